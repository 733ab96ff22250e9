//! A terminal that nobody looks at, with a program in it.

use backplane::clock;
use backplane_tests::wait::DEADLINE;
use parking_lot::Mutex;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::process::Command;
use tokio::time::{interval, timeout};

/// A program in a terminal of its own. It ends with this.
pub(crate) struct Terminal {
    socket: String,
    home: TempDir,
}

impl Terminal {
    /// Starts a command line; `{home}` in it is a folder that is removed at the end.
    pub(crate) async fn start(command: &str) -> Self {
        Self::start_sized((150, 50), command).await
    }

    /// Starts a command line in a terminal of so many columns and rows.
    pub(crate) async fn start_sized((columns, rows): (u16, u16), command: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let socket = home.path().join("tmux").display().to_string();
        let command = command.replace("{home}", &home.path().display().to_string());
        let terminal = Self { socket, home };
        let (columns, rows) = (columns.to_string(), rows.to_string());
        let session = ["-f", "/dev/null", "new-session", "-d", "-x", &columns, "-y", &rows, &command];
        let started = terminal.tmux(&session).await;
        assert!(started.is_some(), "tmux cannot start {command}: is it installed?");
        terminal
    }

    /// Types a line.
    pub(crate) async fn types(&self, line: &str) {
        self.keys(&["-l", line]).await;
        self.keys(&["Enter"]).await;
    }

    /// Presses keys by their names, or after `-l` writes a text.
    pub(crate) async fn keys(&self, keys: &[&str]) {
        self.tmux(&[&["send-keys"], keys].concat()).await;
    }

    /// Waits until the screen contains a text; the line of it.
    pub(crate) async fn shows(&self, text: &str) -> String {
        let line = |screen: &str| screen.lines().find(|line| line.contains(text)).map(ToOwned::to_owned);
        self.becomes(&format!("{text:?} on the screen"), line).await
    }

    /// Waits until no line of the screen contains a text.
    pub(crate) async fn loses(&self, text: &str) {
        let gone = |screen: &str| (!screen.contains(text)).then_some(());
        self.becomes(&format!("no {text:?} on the screen"), gone).await;
    }

    /// Waits until `probe` finds something in the screen.
    pub(crate) async fn becomes<T>(&self, what: &str, mut probe: impl FnMut(&str) -> Option<T>) -> T {
        let last = Mutex::new(String::new());
        let watching = async {
            let mut ticks = interval(Duration::from_millis(20));
            loop {
                ticks.tick().await;
                let screen = self.screen().await;
                if let Some(found) = probe(&screen) {
                    return found;
                }
                *last.lock() = screen;
            }
        };
        let found = timeout(DEADLINE, watching).await;
        found.unwrap_or_else(|_| panic!("waited for {what}; the screen is\n{}", last.lock()))
    }

    /// Presses a key again and again until the screen contains a text.
    pub(crate) async fn presses_until(&self, key: &str, text: &str) {
        let end = clock::now() + DEADLINE;
        while !self.screen().await.contains(text) {
            self.keys(&[key]).await;
            let late = clock::now() > end;
            assert!(!late, "{text:?} does not come by {key}; the screen is\n{}", self.screen().await);
        }
    }

    pub(crate) async fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"]).await.unwrap_or_default()
    }

    /// The title that the program has given to the terminal.
    pub(crate) async fn title(&self) -> String {
        self.tmux(&["display-message", "-p", "#{pane_title}"]).await.unwrap_or_default()
    }

    /// The folder that `{home}` stands for.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// What a command of tmux prints; `None` when it fails.
    async fn tmux(&self, arguments: &[&str]) -> Option<String> {
        let mut command = Command::new("tmux");
        command.args(["-u", "-S", &self.socket]).args(arguments).stdin(Stdio::null());
        command.env("LC_ALL", "C.UTF-8").env("TERM", "xterm-256color").env_remove("TMUX");
        let output = command.output().await.ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let mut command = std::process::Command::new("tmux");
        // It is gone already when the program has ended.
        let _ = command.args(["-S", &self.socket, "kill-server"]).stderr(Stdio::null()).status();
    }
}
