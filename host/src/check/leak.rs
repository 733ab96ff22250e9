//! The check that nothing is left of channels that have ended.

use super::case::Case;
use super::generate;
use super::outcome::{Verdict, failed};
use super::patience::PATIENCE;
use super::world::World;
use crate::channel::Channel;
use rand::rngs::StdRng;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// How many channels.
const CHANNELS: usize = 1000;
/// A plug-in may know some of them for a while.
const FEW: usize = CHANNELS / 100;
/// How many times as many are made while the memory is looked at: what grows once need not go on growing.
const ROUNDS: usize = 3;
/// What a channel may leave behind for good, in bytes of the plug-in's heap where it is counted.
const HEAP_BYTES: u64 = 128;
/// The same in bytes of the process, of which a plug-in's are not told apart.
const PROCESS_BYTES: u64 = 1024;

pub(super) async fn leak(case: Case) -> Verdict {
    let (world, mut rng) = (World::create(&case).await?, case.rng());
    let sessions = world.sessions()?;
    let mut channels = Vec::with_capacity(CHANNELS);
    for session in sessions.iter().copied().cycle().take(CHANNELS) {
        let mut visit = world.start(session)?;
        talk(&world, &mut visit, &mut rng).await?;
        channels.push(Arc::downgrade(&visit.channel));
        visit.end().await?;
    }
    held(&world, &channels).await?;
    let mut growths = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let before = memory(&world);
        for session in sessions.iter().copied().cycle().take(CHANNELS) {
            world.start(session)?.end().await?;
        }
        // What the watch itself keeps of them.
        world.watch.jobs_held();
        growths.push(memory(&world).growth_since(&before));
    }
    judge(&growths).map_or(Ok(()), failed)?;
    world.end().await
}

async fn talk(world: &World, visit: &mut super::visit::Visit, rng: &mut StdRng) -> Verdict {
    for speech in world.speeches().unwrap_or_default() {
        if speech.session == visit.channel.session() {
            let mut payload = generate::payload(rng);
            payload.truncate(speech.max_bytes);
            visit.say(&speech.command, &payload).await?;
        }
    }
    visit.received().await
}

/// Fails if the plug-in still has what it was given for channels that have ended.
async fn held(world: &World, channels: &[Weak<Channel>]) -> Verdict {
    let count = || channels.iter().filter(|channel| channel.strong_count() > 0).count();
    let letting_go = async {
        while count() > FEW {
            sleep(Duration::from_millis(1)).await;
        }
    };
    if timeout(PATIENCE, letting_go).await.is_err() {
        return failed(format!("{} of {CHANNELS} channels that have ended are still held", count()));
    }
    let jobs = world.watch.jobs_held();
    if jobs > FEW {
        return failed(format!(
            "of {CHANNELS} channels that have ended, the jobs of {jobs} protocols are still held"
        ));
    }
    Ok(())
}

/// How much memory is in use, in bytes, as far as it is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Memory {
    heap: Option<u64>,
    process: Option<u64>,
}

impl Memory {
    fn growth_since(&self, before: &Self) -> Self {
        let grown = |now: Option<u64>, before: Option<u64>| Some(now?.saturating_sub(before?));
        Self { heap: grown(self.heap, before.heap), process: grown(self.process, before.process) }
    }
}

fn memory(world: &World) -> Memory {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = resident.and_then(|text| text.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    Memory { heap: world.library.heap(), process: kib.map(|kib| kib * 1024) }
}

/// What is wrong with memory that grows in every round.
fn judge(growths: &[Memory]) -> Option<String> {
    let least = |of: fn(&Memory) -> Option<u64>| growths.iter().filter_map(of).min().unwrap_or(0);
    let channels = CHANNELS as u64;
    let (heap, process) = (least(|growth| growth.heap), least(|growth| growth.process));
    let of = |bytes: u64, whose: &str| {
        format!("{whose} grows by {} bytes with every channel that comes and goes", bytes / channels)
    };
    if heap > HEAP_BYTES * channels {
        return Some(of(heap, "its heap"));
    }
    let is_counted = growths.iter().any(|growth| growth.heap.is_some());
    (!is_counted && process > PROCESS_BYTES * channels).then(|| of(process, "the process"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grown(heap: Option<u64>, process: u64) -> Memory {
        Memory { heap, process: Some(process) }
    }

    #[test]
    fn only_what_grows_in_every_round_is_a_leak() {
        let much = 2 * PROCESS_BYTES * CHANNELS as u64;
        assert_eq!(judge(&[grown(None, much), grown(None, 0), grown(None, much)]), None);
        let told = judge(&[grown(None, much), grown(None, much)]).unwrap();
        assert_eq!(told, "the process grows by 2048 bytes with every channel that comes and goes");
        // The plug-in's own count knows better.
        assert_eq!(judge(&[grown(Some(0), much), grown(Some(0), much)]), None);
        let heap = Some(2 * HEAP_BYTES * CHANNELS as u64);
        assert!(judge(&[grown(heap, 0), grown(heap, 0)]).unwrap().starts_with("its heap grows by 256 bytes"));
    }
}
