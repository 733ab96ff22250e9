//! The table of the checks.

use super::case::Case;
use super::outcome::Verdict;
use super::{config, file, leak, life, loading, messages, rpc, slow, storm, threads};
use std::fmt;
use std::future::Future;
use std::pin::Pin;

/// What a check needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// A file. No code of it runs.
    File,
    /// A library.
    Read,
    /// A manifest.
    Fit,
    /// A file that a host would open.
    Load,
    /// A library that is what it says.
    Make,
    /// A plug-in that can be made.
    Run,
}

/// One check.
pub struct Check {
    /// Its name.
    pub name: &'static str,
    /// What it shows, in one line.
    pub about: &'static str,
    /// What it needs: it is skipped once a check of an earlier stage has failed.
    pub stage: Stage,
    pub(super) run: fn(Case) -> Running,
}

/// A check that runs.
pub(super) type Running = Pin<Box<dyn Future<Output = Verdict>>>;

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check").field("name", &self.name).finish_non_exhaustive()
    }
}

macro_rules! checks {
    ($($stage:ident $name:literal $run:path: $about:literal),* $(,)?) => {
        &[$(Check {
            name: $name,
            about: $about,
            stage: Stage::$stage,
            run: |case| Box::pin($run(case)),
        }),*]
    };
}

/// All checks, in the order in which they run.
pub const CHECKS: &[Check] = checks![
    File "file" file::whole: "the file is a whole library",
    Read "manifest" file::manifest: "it has one manifest, which can be read",
    Fit "fit" file::fit: "this host can run it: its target, its ABI, its panics, its names, its sessions",
    Fit "names" file::names: "no name in it is there twice or the node's own",
    Load "load" loading::load: "it can be opened, and says what it is",
    Load "agree" loading::agree: "what it says when it is opened agrees with the manifest of the file",
    Make "create" loading::create: "it can be made with its default configuration",
    Run "load-twice" loading::twice: "it can be opened twice, and run beside a copy of itself",
    Run "stop" life::stop: "it stops, with channels that were open a moment ago",
    Run "stop-twice" life::stop_twice: "it is stopped, made anew and stopped again, as a restart does",
    Run "threads" threads::left: "no thread of it is left after it has stopped",
    Run "config" config::refuse: "values that its schema refuses are refused by name, others do no harm",
    Run "reconfigure" config::reconfigure: "a changed configuration is taken over or refused while it runs",
    Run "empty" messages::empty: "an empty payload of every message does no harm",
    Run "maximal" messages::maximal: "the largest payload of every message does no harm",
    Run "oversize" messages::oversize: "a payload larger than that ends the channel and nothing else",
    Run "random" messages::random: "random payloads of every message do no harm, and are received",
    Run "sessions" storm::sessions: "thousands of channels come and go",
    Run "close" storm::close: "a channel may close in the middle of everything",
    Run "slow-host" slow::slow: "a host that is full, and delays what is sent, is waited for",
    Run "rpc" rpc::fuzz: "every RPC method answers whatever it is asked",
    Run "leak" leak::leak: "nothing is left of a thousand channels",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_differ_and_stages_come_one_after_the_other() {
        let mut names: Vec<_> = CHECKS.iter().map(|check| check.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), CHECKS.len());
        assert!(CHECKS.is_sorted_by_key(|check| check.stage));
    }
}
