//! The check that no thread is left.

use super::case::Case;
use super::life::{ends, talk};
use super::outcome::{Stop, Verdict, failed};
use super::patience::PATIENCE;
use super::world::World;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// Where the system lists the threads of a process.
const TASKS: &str = "/proc/self/task";
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(1);

pub(super) async fn left(case: Case) -> Verdict {
    if !Path::new(TASKS).exists() {
        return Err(Stop::Skipped("this system has no /proc/self/task"));
    }
    let Ok(before) = timeout(PATIENCE, whole()).await else {
        return Err(Stop::Skipped("the threads of this process change all the time"));
    };
    let world = World::create(&case).await?;
    talk(&world, &mut case.rng()).await?;
    ends(&world).await?;
    drop(world);
    let mut left = Vec::new();
    let ending = async {
        loop {
            let threads = whole().await.into_iter();
            left = threads.filter(|(id, _)| !before.contains_key(id)).map(|(_, name)| name).collect();
            if left.is_empty() {
                return;
            }
            sleep(PAUSE).await;
        }
    };
    if timeout(PATIENCE, ending).await.is_ok() {
        return Ok(());
    }
    failed(format!("threads that are left after it has stopped: {}", left.join(", ")))
}

/// The threads of this process with their names, once they stand still for as long as it takes to list them.
async fn whole() -> BTreeMap<String, String> {
    loop {
        if let Some(threads) = threads() {
            return threads;
        }
        sleep(PAUSE).await;
    }
}

/// The threads of this process with their names; `None` when the list may not be whole: the system cuts it short at a thread
/// that ends while it is written.
fn threads() -> Option<BTreeMap<String, String>> {
    let before = count()?;
    let listed = std::fs::read_dir(TASKS).ok()?;
    let ids = listed.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let named = ids.filter_map(|id| {
        // One that has just ended has no name any more.
        let name = std::fs::read_to_string(format!("{TASKS}/{id}/comm")).ok()?;
        Some((id, name.trim().to_owned()))
    });
    let threads: BTreeMap<_, _> = named.collect();
    (threads.len() == before && Some(before) == count()).then_some(threads)
}

/// How many threads this process has.
fn count() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("Threads:"))?.trim().parse().ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::sync::{Arc, Barrier};
    use std::thread;

    const EARLIER: usize = 8;

    #[test]
    fn no_list_that_counts_lacks_a_thread_while_earlier_ones_end() {
        for _ in 0..300 {
            let (go, gone) = (Arc::new(Barrier::new(EARLIER + 1)), Arc::new(Barrier::new(2)));
            let earlier: Vec<_> = (0..EARLIER)
                .map(|_| {
                    let go = Arc::clone(&go);
                    thread::spawn(move || _ = go.wait())
                })
                .collect();
            let stays = Arc::clone(&gone);
            let keeper =
                thread::Builder::new().name("keeper".to_owned()).spawn(move || _ = stays.wait()).unwrap();
            let lists = |most: usize| (0..most).filter_map(|_| threads());
            // It has its name once it runs.
            while !lists(1).any(|threads| threads.values().any(|name| name == "keeper")) {
                thread::yield_now();
            }
            go.wait();
            for threads in lists(16) {
                assert!(threads.values().any(|name| name == "keeper"), "{threads:?}");
            }
            gone.wait();
            earlier.into_iter().chain([keeper]).for_each(|thread| thread.join().unwrap());
        }
    }
}
