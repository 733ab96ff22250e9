//! Runs checks, each in a child process with a limit of time.

use super::case::{Case, last_step};
use super::child::report;
use super::outcome::{Done, Outcome};
use super::table::{CHECKS, Check, Stage};
use crate::clock;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::ffi::OsString;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// How much of the end of a check's log is kept, in bytes.
const LOG_BYTES: usize = 8 * 1024;
/// How long the end of a log may take to come after the process has ended: somebody else may hold its other end.
const LOG_TIME: Duration = Duration::from_millis(500);

/// Runs checks.
#[derive(Debug)]
pub struct Supervisor {
    /// What the checks are about; each gets a folder of its own.
    pub case: Case,
    /// How long one check may take.
    pub time_limit: Duration,
    /// Makes the arguments with which this program runs one check.
    pub arguments: fn(name: &str, case: &Case) -> Vec<OsString>,
    /// The first stage in which a check has failed.
    pub failed: Option<Stage>,
}

impl Supervisor {
    /// The checks whose names contain one of `include`, or any if there is none, and none of `exclude`.
    #[must_use]
    pub fn choose(include: &[String], exclude: &[String]) -> Vec<&'static Check> {
        let has = |name: &str, parts: &[String]| parts.iter().any(|part| name.contains(part.as_str()));
        let is_chosen =
            |check: &&Check| (include.is_empty() || has(check.name, include)) && !has(check.name, exclude);
        CHECKS.iter().filter(is_chosen).collect()
    }

    /// Runs one check.
    ///
    /// # Errors
    ///
    /// When no process can be started.
    ///
    /// # Cancel safety
    ///
    /// Safe: the process is killed.
    pub async fn run(&mut self, check: &Check) -> io::Result<Done> {
        let begun = clock::now();
        let skipped = self.failed.filter(|stage| *stage < check.stage);
        let (outcome, log) = match skipped {
            Some(_) => {
                (Outcome::Skipped("a check that comes before it has failed".to_owned()), String::new())
            }
            None => self.in_child(check).await?,
        };
        if outcome.is_bad() {
            self.failed.get_or_insert(check.stage);
        }
        Ok(Done { name: check.name, outcome, time: clock::now() - begun, log })
    }

    async fn in_child(&self, check: &Check) -> io::Result<(Outcome, String)> {
        let scratch = tempfile::tempdir()?;
        let case = Case { scratch: scratch.path().to_owned(), ..self.case.clone() };
        let mut command = Command::new(std::env::current_exe()?);
        command.args((self.arguments)(check.name, &case)).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let log = Arc::new(Mutex::new(Tail::default()));
        let mut reading = JoinSet::new();
        if let Some(stderr) = child.stderr.take() {
            reading.spawn(read(stderr, Arc::clone(&log)));
        }
        let ended = timeout(self.time_limit, child.wait()).await;
        if ended.is_err() {
            child.kill().await?;
        }
        let _ = timeout(LOG_TIME, reading.join_next()).await;
        let written = std::fs::read(report(scratch.path())).ok();
        let said = written.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let step = std::fs::read_to_string(last_step(scratch.path())).unwrap_or_default();
        let step = if step.is_empty() { step } else { format!(", after {step}") };
        let outcome = match ended {
            Ok(status) => judge(status?, said, &step),
            Err(_) => Outcome::TimedOut(format!("it did not end within {:?}{step}", self.time_limit)),
        };
        let log = log.lock().text();
        Ok((outcome, log))
    }
}

/// Keeps the end of what a process writes.
async fn read(mut from: impl AsyncRead + Unpin, tail: Arc<Mutex<Tail>>) {
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        tail.lock().push(buffer.iter().take(count));
    }
}

/// What became of a check whose process ended so after a step, and said this.
fn judge(status: ExitStatus, said: Option<Outcome>, step: &str) -> Outcome {
    match (status.signal(), status.code(), said) {
        (Some(signal), ..) => Outcome::Crashed(signal_name(signal) + step),
        (None, Some(0), Some(outcome)) => outcome,
        (None, Some(code), _) => {
            Outcome::Crashed(format!("it ended the process with exit code {code}{step}"))
        }
        (None, None, _) => Outcome::Crashed("the process ended".to_owned()),
    }
}

fn signal_name(signal: i32) -> String {
    let name = match signal {
        4 => "SIGILL",
        5 => "SIGTRAP",
        6 => "SIGABRT",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        15 => "SIGTERM",
        7 if cfg!(target_os = "linux") => "SIGBUS",
        _ => return format!("signal {signal}"),
    };
    name.to_owned()
}

/// The end of a log.
#[derive(Debug, Default)]
struct Tail {
    bytes: VecDeque<u8>,
}

impl Tail {
    fn push<'a>(&mut self, bytes: impl Iterator<Item = &'a u8>) {
        self.bytes.extend(bytes);
        let surplus = self.bytes.len().saturating_sub(LOG_BYTES);
        self.bytes.drain(..surplus);
    }

    fn text(&self) -> String {
        let bytes: Vec<u8> = self.bytes.iter().copied().collect();
        String::from_utf8_lossy(&bytes).trim().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_says_what_became_of_it_only_by_ending_well() {
        let passed = || Some(Outcome::Passed);
        let with = ExitStatus::from_raw;
        assert_eq!(judge(with(0), passed(), ", after all"), Outcome::Passed);
        for (status, said, expected) in [
            (11, passed(), "SIGSEGV"),
            (64, None, "signal 64"),
            (1 << 8, passed(), "it ended the process with exit code 1"),
            (0, None, "it ended the process with exit code 0"),
        ] {
            assert_eq!(judge(with(status), said, ""), Outcome::Crashed(expected.to_owned()));
        }
    }

    #[test]
    fn checks_are_chosen_by_parts_of_their_names() {
        let names = |include: &[&str], exclude: &[&str]| {
            let owned = |parts: &[&str]| parts.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>();
            let chosen = Supervisor::choose(&owned(include), &owned(exclude));
            chosen.iter().map(|check| check.name).collect::<Vec<_>>()
        };
        assert_eq!(names(&[], &[]).len(), CHECKS.len());
        assert_eq!(names(&["load"], &[]), ["load", "load-twice"]);
        assert_eq!(names(&["load", "rpc"], &["twice"]), ["load", "rpc"]);
    }

    #[tokio::test]
    async fn of_a_long_log_the_end_is_kept() {
        let tail = Arc::default();
        let text = format!("{}the end\n", "line\n".repeat(10_000));
        read(text.as_bytes(), Arc::clone(&tail)).await;
        let kept = tail.lock().text();
        assert!(kept.len() <= LOG_BYTES && kept.ends_with("line\nthe end"));
    }
}
