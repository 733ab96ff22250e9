//! Profiles of a row: its node processes run under `perf record`, and their functions are listed by self cost.

use crate::child::Failure;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;

/// Functions that are printed of each process.
const FUNCTIONS: usize = 12;
/// Samples a second: no divisor of what a scheduler does.
const SAMPLES: &str = "1999";

/// Where profiles are written, when any are.
static FOLDER: OnceLock<PathBuf> = OnceLock::new();
/// How many processes have been started to be profiled.
static STARTED: AtomicUsize = AtomicUsize::new(0);

/// A command that runs this program; as a node, under the profiler when profiles are written.
pub(crate) fn command(program: &Path, kind: &str) -> Command {
    let Some(folder) = FOLDER.get().filter(|_| kind == NODE) else { return Command::new(program) };
    let number = STARTED.fetch_add(1, Ordering::Relaxed);
    record(&file(folder, number), program)
}

/// A folder for what a process writes; when profiles are written it stays, since they name the libraries in it.
pub(crate) fn scratch() -> io::Result<TempDir> {
    let mut scratch = tempfile::tempdir()?;
    scratch.disable_cleanup(FOLDER.get().is_some());
    Ok(scratch)
}

/// The kind of process that is profiled.
const NODE: &str = "node";

/// Runs the work with every node under the profiler, and prints what they did.
pub(crate) fn take(row: &str, work: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
    let available = Command::new("perf").arg("--version").stdout(Stdio::null()).status();
    if !available.is_ok_and(|status| status.success()) {
        return Err(
            "profiles are taken with perf, which cannot be started: install linux-perf (or linux-tools), \
                    or use valgrind --tool=callgrind with --function NAME"
                .into(),
        );
    }
    let folder = tempfile::Builder::new().prefix("backplane-profile-").tempdir()?.keep();
    FOLDER.set(folder.clone()).map_err(|_| "a profile is being taken already")?;
    work()?;
    for number in 0..STARTED.load(Ordering::Relaxed) {
        let file = file(&folder, number);
        println!("\n{row}, node {} in the order of starting ({})", number + 1, file.display());
        for (by, most) in [("comm", 4), ("dso", 4), ("symbol", FUNCTIONS)] {
            println!("  by {by}");
            report(&file, by)?.iter().take(most).for_each(|line| println!("    {line}"));
        }
    }
    Ok(())
}

/// A command that runs this program for one function of [`crate::functions`], as a node is run.
pub(crate) fn function(name: &str, count: u64) -> Result<(), Failure> {
    let program = std::env::current_exe()?;
    let mut command = command(&program, NODE);
    command.args(["--function", name, "--count", &count.to_string()]);
    if command.status()?.success() { Ok(()) } else { Err(format!("{name} failed").into()) }
}

fn file(folder: &Path, number: usize) -> PathBuf {
    folder.join(format!("node-{}.data", number + 1))
}

fn record(file: &Path, program: &Path) -> Command {
    let mut command = Command::new("perf");
    command.args(["record", "--quiet", "--freq", SAMPLES, "--output"]).arg(file).arg("--").arg(program);
    command
}

/// The lines of a profile by self cost, the costliest first.
fn report(file: &Path, by: &str) -> Result<Vec<String>, Failure> {
    let output = Command::new("perf")
        .args(["report", "--stdio", "--no-children", "--percent-limit", "0.5", "--sort", by, "--input"])
        .arg(file)
        .output()?;
    if !output.status.success() {
        return Err(format!("perf report: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    // What ends a line are columns that are empty here.
    let lines = text
        .lines()
        .map(|line| line.trim_end_matches([' ', '-']).trim_start())
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(lines.map(str::to_owned).collect())
}
