//! One check, in a process of its own.

use super::case::Case;
use super::outcome::Outcome;
use super::table::CHECKS;
use crate::random;
use std::io;
use std::path::{Path, PathBuf};

/// Where a check writes what became of it, below its folder.
pub(super) fn report(scratch: &Path) -> PathBuf {
    scratch.join("report.json")
}

/// Runs the check of this name, and writes what became of it into the folder of the case, for the
/// [`Supervisor`](super::Supervisor) that waits for this process. To be run on a runtime of one thread.
///
/// # Errors
///
/// When there is no such check, or it cannot be written.
pub async fn run_one(name: &str, case: Case) -> io::Result<()> {
    let check = CHECKS.iter().find(|check| check.name == name);
    let check = check.ok_or_else(|| io::Error::other(format!("there is no check {name}")))?;
    let path = report(&case.scratch);
    // What the host draws on this thread, too.
    let _seeded = random::seed(case.seed);
    let outcome = Outcome::from((check.run)(case).await);
    std::fs::write(path, serde_json::to_vec(&outcome)?)
}
