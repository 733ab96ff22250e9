//! What the simulated host is made of, as the objects that the plug-in is given reach it.

use super::clock::Clock;
use super::dials::Dials;
use super::executor::{Executor, Owner, Task};
use super::limits::TestLimits;
use super::link::Link;
use super::report::{Emitted, Failure, LogEvent};
use crate::error::PluginError;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;
use tracing::Level;

/// The simulated host.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) clock: Arc<Clock>,
    pub(crate) dials: Arc<Dials>,
    pub(super) executor: Executor,
    pub(super) limits: TestLimits,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The channels whose jobs have not been dropped.
    links: BTreeMap<u32, Arc<Link>>,
    /// How many there have been.
    count: u32,
    random: u64,
    level: Level,
    events: Vec<LogEvent>,
    emitted: Vec<Emitted>,
    failures: Vec<Failure>,
    folder: Option<Folder>,
    stopped: bool,
}

/// Where the plug-in keeps its files.
#[derive(Debug)]
enum Folder {
    /// The test's.
    Given(PathBuf),
    /// Made at the first call; it goes with the host.
    Made(TempDir),
}

impl Node {
    pub(super) fn new(limits: TestLimits, seed: u64, folder: Option<PathBuf>) -> Arc<Self> {
        let state = State {
            links: BTreeMap::new(),
            count: 0,
            random: seed,
            level: Level::TRACE,
            events: Vec::new(),
            emitted: Vec::new(),
            failures: Vec::new(),
            folder: folder.map(Folder::Given),
            stopped: false,
        };
        let (clock, dials) = (Arc::default(), Arc::default());
        Arc::new(Self { clock, dials, executor: Executor::default(), limits, state: Mutex::new(state) })
    }

    pub(super) fn links(&self) -> Vec<Arc<Link>> {
        self.state.lock().links.values().cloned().collect()
    }

    /// The channels that the plug-in may speak on.
    pub(crate) fn served(&self) -> Vec<Arc<Link>> {
        let open = |link: &Arc<Link>| link.closed().is_none() && !link.running().is_empty();
        self.links().into_iter().filter(open).collect()
    }

    pub(super) fn next_id(&self) -> u32 {
        let mut state = self.state.lock();
        state.count += 1;
        state.count
    }

    pub(super) fn enter(&self, link: &Arc<Link>) {
        self.state.lock().links.insert(link.id, Arc::clone(link));
    }

    pub(super) fn leave(&self, link: &Link) {
        self.state.lock().links.remove(&link.id);
    }

    /// Queues a payload on every channel on which its protocol runs; how many those are.
    pub(crate) fn broadcast(&self, command: &str, payload: &[u8]) -> u32 {
        let reached = self.served().iter().filter(|link| link.broadcast(command, payload)).count();
        u32::try_from(reached).unwrap_or(u32::MAX)
    }

    /// Spawns a job if the limit allows it, and drops it otherwise.
    pub(crate) fn spawn(&self, owner: Owner, name: &str, job: Task) -> Result<(), u64> {
        let running = self.executor.count(|owner| owner != Owner::Call);
        if running as u64 >= self.limits.jobs {
            return Err(self.limits.jobs);
        }
        if !self.state.lock().stopped {
            self.executor.spawn(owner, name, job);
        }
        Ok(())
    }

    /// From now on what is spawned is dropped.
    pub(super) fn stop(&self) {
        self.state.lock().stopped = true;
        self.dials.stop();
    }

    pub(crate) fn random(&self) -> u64 {
        // SplitMix64: short, and any seed will do.
        let mut state = self.state.lock();
        state.random = state.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state.random ^ (state.random >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn data_dir(&self) -> Result<PathBuf, PluginError> {
        let mut state = self.state.lock();
        if state.folder.is_none() {
            let made = tempfile::Builder::new().prefix("backplane-").tempdir().map_err(PluginError::new)?;
            state.folder = Some(Folder::Made(made));
        }
        match &state.folder {
            Some(Folder::Given(path)) => {
                std::fs::create_dir_all(path).map_err(PluginError::new)?;
                Ok(path.clone())
            }
            Some(Folder::Made(dir)) => Ok(dir.path().to_owned()),
            None => Err(PluginError::new("there is no folder")),
        }
    }

    pub(crate) fn level(&self) -> Level {
        self.state.lock().level
    }

    pub(super) fn set_level(&self, level: Level) {
        self.state.lock().level = level;
    }

    pub(crate) fn log(&self, event: LogEvent) {
        self.state.lock().events.push(event);
    }

    pub(super) fn events(&self) -> Vec<LogEvent> {
        self.state.lock().events.clone()
    }

    pub(crate) fn emit(&self, event: Emitted) {
        self.state.lock().emitted.push(event);
    }

    pub(super) fn emitted(&self) -> Vec<Emitted> {
        self.state.lock().emitted.clone()
    }

    pub(super) fn take_emitted(&self) -> Vec<Emitted> {
        std::mem::take(&mut self.state.lock().emitted)
    }

    pub(crate) fn failed(&self, channel: Option<u32>, what: &str, error: PluginError) {
        self.state.lock().failures.push(Failure { channel, what: what.to_owned(), error });
    }

    pub(super) fn take_failures(&self) -> Vec<Failure> {
        std::mem::take(&mut self.state.lock().failures)
    }
}
