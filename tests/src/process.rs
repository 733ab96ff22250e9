//! The real program as a child process.

use crate::libraries::profile_dir;
use crate::node::Dirs;
use crate::wait::{eventually_some, within};
use backplane::address::Address;
use std::ffi::OsStr;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};

/// A running program. It is killed when dropped.
#[derive(Debug)]
pub struct Program {
    child: Child,
    lines: Lines<BufReader<ChildStderr>>,
    log: Vec<String>,
}

/// The program that plain `cargo test` builds for the tests of its own package.
///
/// # Panics
///
/// When it has not been built.
#[must_use]
pub fn binary() -> PathBuf {
    let path = profile_dir().join("backplane");
    assert!(path.is_file(), "{} is missing: build it with `cargo build -p backplane`", path.display());
    path
}

/// A command of the program, with nothing in its environment.
#[must_use]
pub fn backplane(arguments: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command.env_clear().args(arguments).kill_on_drop(true).stdin(Stdio::null());
    command
}

/// An address on this machine that is free now: for a program that comes back where it was.
///
/// # Panics
///
/// When there is none.
#[must_use]
pub fn free_address() -> Address {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let bound = listener.local_addr().expect("it is bound");
    format!("tcp://{bound}").parse().expect("it is an address")
}

/// The arguments of a node in these folders, on this machine only, with more settings on top.
#[must_use]
pub fn run_arguments(dirs: &Dirs, sets: &[&str]) -> Vec<String> {
    let all = [
        format!("node.data_dir={}", dirs.data.path().display()),
        format!("plugins.dir={}", dirs.plugins.path().display()),
        "network.localnet=true".to_owned(),
        "network.outbound_connections=0".to_owned(),
    ];
    let all = all.into_iter().chain(sets.iter().map(|set| (*set).to_owned()));
    std::iter::once("run".to_owned()).chain(all.flat_map(|set| ["--set".to_owned(), set])).collect()
}

impl Program {
    /// Starts it.
    ///
    /// # Panics
    ///
    /// When it cannot be started.
    #[must_use]
    pub fn start(arguments: &[String]) -> Self {
        Self::start_in(arguments, &[])
    }

    /// Starts it with these variables in its environment.
    ///
    /// # Panics
    ///
    /// When it cannot be started.
    #[must_use]
    pub fn start_in(arguments: &[String], environment: &[(&str, &OsStr)]) -> Self {
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let mut command = backplane(&arguments);
        let child =
            command.envs(environment.iter().copied()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        let mut child = child.expect("the program can be started");
        let stderr = child.stderr.take().expect("the error output was piped");
        Self { child, lines: BufReader::new(stderr).lines(), log: Vec::new() }
    }

    /// Waits for a line of the log that contains `text`.
    ///
    /// # Panics
    ///
    /// When the log ends before.
    pub async fn logs(&mut self, text: &str) -> String {
        within(&format!("a log line with {text:?}"), async {
            while let Some(line) = self.lines.next_line().await.expect("the log is text") {
                self.log.push(line.clone());
                if line.contains(text) {
                    return line;
                }
            }
            panic!("the log ended before {text:?} came:\n{}", self.log.join("\n"))
        })
        .await
    }

    /// A line of the log that contains `text`: one that has been read already, or the next one.
    pub async fn has_logged(&mut self, text: &str) -> String {
        match self.log.iter().find(|line| line.contains(text)) {
            Some(line) => line.clone(),
            None => self.logs(text).await,
        }
    }

    /// The address in the line of the log that contains `text`, such as `listening for peers`.
    ///
    /// # Panics
    ///
    /// When there is none.
    pub async fn logs_address(&mut self, text: &str) -> Address {
        let line = self.has_logged(text).await;
        let address = line.split_whitespace().find_map(|word| word.strip_prefix("address="));
        let address = address.unwrap_or_else(|| panic!("no address in {line}"));
        address.parse().unwrap_or_else(|error| panic!("{error} in {line}"))
    }

    /// The lines of the log that have been waited for, and those before them.
    #[must_use]
    pub fn log(&self) -> &[String] {
        &self.log
    }

    /// Its process id.
    ///
    /// # Panics
    ///
    /// When it has ended.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id().expect("the program runs")
    }

    /// Sends it a signal, `TERM` or `INT`.
    ///
    /// # Panics
    ///
    /// When there is no `kill`.
    pub async fn signal(&self, name: &str) {
        let id = self.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status().await;
        assert!(sent.expect("the system has kill").success(), "kill -s {name} {id}");
    }

    /// Waits for its end.
    ///
    /// # Panics
    ///
    /// When it does not end.
    pub async fn ended(&mut self) -> ExitStatus {
        eventually_some("the end of the program", async || self.child.try_wait().expect("it is our child"))
            .await
    }
}
