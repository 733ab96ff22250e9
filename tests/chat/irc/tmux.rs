//! A terminal that nobody looks at, with a program in it.

use backplane_tests::wait::eventually_some;
use std::process::Stdio;
use tempfile::TempDir;
use tokio::process::Command;

/// A program in a terminal of its own. It ends with this.
pub(crate) struct Terminal {
    socket: String,
    _home: TempDir,
}

impl Terminal {
    /// Starts a command line; `{home}` in it is a folder that is removed at the end.
    pub(crate) async fn start(command: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let socket = home.path().join("tmux").display().to_string();
        let command = command.replace("{home}", &home.path().display().to_string());
        let terminal = Self { socket, _home: home };
        let started =
            terminal.tmux(&["-f", "/dev/null", "new-session", "-d", "-x", "150", "-y", "50", &command]).await;
        assert!(started.is_some(), "tmux cannot start {command}: is it installed?");
        terminal
    }

    /// Types a line.
    pub(crate) async fn types(&self, line: &str) {
        self.tmux(&["send-keys", "-l", line]).await;
        self.tmux(&["send-keys", "Enter"]).await;
    }

    /// Waits until the screen contains a text; the line of it.
    pub(crate) async fn shows(&self, text: &str) -> String {
        let mut last = String::new();
        eventually_some(&format!("{text:?} on the screen"), async || {
            last = self.screen().await;
            last.lines().find(|line| line.contains(text)).map(ToOwned::to_owned)
        })
        .await
    }

    pub(crate) async fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"]).await.unwrap_or_default()
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
