//! The check that no thread is left.

use super::case::Case;
use super::life::{ends, talk};
use super::outcome::{Stop, Verdict, failed};
use super::patience::PATIENCE;
use super::world::World;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// Where the system lists the threads of a process.
const TASKS: &str = "/proc/self/task";

pub(super) async fn left(case: Case) -> Verdict {
    let Some(before) = threads() else {
        return Err(Stop::Skipped("this system has no /proc/self/task"));
    };
    let world = World::create(&case).await?;
    talk(&world, &mut case.rng()).await?;
    ends(&world).await?;
    drop(world);
    let others = || {
        let mut threads = threads().unwrap_or_default();
        threads.retain(|id, _| !before.contains_key(id));
        threads
    };
    let ending = async {
        while !others().is_empty() {
            sleep(Duration::from_millis(1)).await;
        }
    };
    if timeout(PATIENCE, ending).await.is_ok() {
        return Ok(());
    }
    let names: Vec<_> = others().into_values().collect();
    failed(format!("threads that are left after it has stopped: {}", names.join(", ")))
}

/// The threads of this process with their names, if the system tells.
fn threads() -> Option<BTreeMap<String, String>> {
    let listed = std::fs::read_dir(TASKS).ok()?;
    let ids = listed.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let named = ids.filter_map(|id| {
        // One that has just ended has no name any more.
        let name = std::fs::read_to_string(format!("{TASKS}/{id}/comm")).ok()?;
        Some((id, name.trim().to_owned()))
    });
    Some(named.collect())
}
