//! A measured process: started from this program, told what to do a line at a time.

use crate::profile;
use serde_json::{Value, json};
use std::future::Future;
use std::io::{BufRead, BufReader, Write};
use std::process::{self, ChildStdin, ChildStdout, Command, Stdio};
use tempfile::TempDir;

pub(crate) use crate::functions::Failure;

/// The parent's handle. The process ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Child {
    process: process::Child,
    requests: Option<ChildStdin>,
    replies: BufReader<ChildStdout>,
    /// What it has written, removed after its end: what the system still has to write of it would cost the next one.
    _scratch: TempDir,
}

/// How a process is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Placement {
    /// Where the system wants it.
    Anywhere,
    /// On the first CPU.
    Pinned,
}

impl Child {
    /// Starts a process of this kind.
    pub(crate) fn start(kind: &str, placement: Placement) -> Result<Self, Failure> {
        let inner = profile::command(&std::env::current_exe()?, kind);
        let mut command = match placement {
            Placement::Anywhere => inner,
            Placement::Pinned => {
                let mut command = Command::new("taskset");
                command.args(["-c", "0"]).arg(inner.get_program()).args(inner.get_args());
                command
            }
        };
        let scratch = profile::scratch()?;
        command.args(["--child", kind]).env("TMPDIR", scratch.path());
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let requests = process.stdin.take();
        let replies = BufReader::new(process.stdout.take().ok_or("the process has no output")?);
        Ok(Self { process, requests, replies, _scratch: scratch })
    }

    /// The process's id.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Tells the process to do something without waiting for it.
    pub(crate) fn tell(&mut self, what: &str, with: Value) -> Result<(), Failure> {
        let requests = self.requests.as_mut().ok_or("the process is closed")?;
        writeln!(requests, "{}", json!([what, with]))?;
        Ok(requests.flush()?)
    }

    /// The answer to the oldest request that has none.
    pub(crate) fn answer(&mut self) -> Result<Value, Failure> {
        let mut line = String::new();
        self.replies.read_line(&mut line)?;
        let reply: Value = serde_json::from_str(&line).map_err(|error| format!("a process died: {error}"))?;
        match reply.get("error") {
            Some(error) => Err(error.to_string().into()),
            None => Ok(reply.get("ok").cloned().unwrap_or_default()),
        }
    }

    /// Tells and waits.
    pub(crate) fn ask(&mut self, what: &str, with: Value) -> Result<Value, Failure> {
        self.tell(what, with)?;
        self.answer()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // The end of its input tells it to stop.
        self.requests.take();
        let _ = self.process.wait();
    }
}

/// What a measured process does.
pub(crate) trait Role {
    /// Does one thing.
    fn act(&mut self, what: &str, with: Value) -> impl Future<Output = Result<Value, Failure>>;

    /// How many threads its runtime has; 0 for one per CPU.
    fn threads() -> usize {
        let threads = std::env::var("BACKPLANE_BENCH_THREADS").ok();
        threads.and_then(|threads| threads.parse().ok()).unwrap_or(0)
    }
}

/// Runs as a measured process until the input ends.
pub(crate) fn serve<R: Role>(mut role: R) -> Result<(), Failure> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if R::threads() > 0 {
        builder.worker_threads(R::threads());
    }
    let runtime = builder.enable_all().build()?;
    for line in std::io::stdin().lock().lines() {
        let request: (String, Value) = serde_json::from_str(&line?)?;
        let reply = match runtime.block_on(role.act(&request.0, request.1)) {
            Ok(value) => json!({ "ok": value }),
            Err(error) => json!({ "error": error.to_string() }),
        };
        let mut output = std::io::stdout().lock();
        writeln!(output, "{reply}")?;
        output.flush()?;
    }
    // Whatever still runs has been measured.
    process::exit(0);
}
