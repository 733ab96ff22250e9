//! weechat without a screen: what it shows is in its logs, what is typed goes into its pipe.

use super::node::{Friend, IrcNode};
use backplane_tests::wait::{eventually_some, within};
use serde_json::json;
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use tempfile::TempDir;
use tokio::process::{Child, Command};

/// A running weechat. It ends with this.
struct Weechat {
    _child: Child,
    home: TempDir,
}

impl Weechat {
    async fn start(node: &IrcNode, commands: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let (host, port) = node.host_and_port();
        let logs = home.path().join("logs").display().to_string();
        let mut all = vec![
            format!("/set logger.file.path {logs}"),
            "/set logger.file.mask $name.log".to_owned(),
            "/set logger.file.flush_delay 0".to_owned(),
            format!("/server add node {host}/{port} -nossl"),
        ];
        all.extend(commands.iter().map(ToString::to_string));
        all.push("/connect node".to_owned());
        let mut command = Command::new("weechat-headless");
        command.arg("-d").arg(home.path());
        for line in &all {
            command.args(["-r", line]);
        }
        command.env("TZ", "UTC").env("LC_ALL", "C.UTF-8").kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().expect("weechat-headless is installed");
        Self { _child: child, home }
    }

    /// What is in the log of a buffer such as `node.#lobby`.
    fn log(&self, buffer: &str) -> String {
        fs::read_to_string(self.home.path().join("logs").join(format!("{buffer}.log"))).unwrap_or_default()
    }

    /// Waits for a line that ends with a text.
    async fn shows(&self, buffer: &str, text: &str) -> String {
        eventually_some(&format!("{text:?} in {buffer}"), async || {
            self.log(buffer).lines().find(|line| line.ends_with(text)).map(ToOwned::to_owned)
        })
        .await
    }

    /// Types a line in a buffer such as `irc.node.#lobby`.
    async fn types(&self, buffer: &str, line: &str) {
        let pipe = eventually_some("the pipe", async || self.pipe()).await;
        let text = format!("{buffer} *{line}\n");
        within("the pipe to be read", tokio::fs::write(pipe, text)).await.unwrap();
    }

    fn pipe(&self) -> Option<PathBuf> {
        let mut files = fs::read_dir(self.home.path()).ok()?.filter_map(Result::ok).map(|file| file.path());
        files.find(|path| path.to_string_lossy().contains("weechat_fifo_"))
    }
}

#[tokio::test]
async fn weechat_joins_sees_history_with_its_times_and_talks() {
    let mut node = IrcNode::start(&["plugin.chat.config.irc_password=secret"]).await;
    let alice = Friend::of(&node, "alice").await;
    alice.says("#lobby", "said before").await;
    let before = eventually_some("the history on the clients' node", async || {
        let history = node.rpc.call("chat.history", json!({"room": "#lobby"})).await.unwrap();
        history["messages"].as_array().unwrap().first().cloned()
    })
    .await;
    let sasl = ["/set irc.server.node.sasl_username me", "/set irc.server.node.sasl_password secret"];
    let join = ["/set irc.server.node.autojoin #lobby", "/set logger.file.time_format %s"];
    let weechat = Weechat::start(&node, &[sasl, join].concat()).await;
    let shown = weechat.shows("node.#lobby", "\talice\tsaid before").await;
    let seconds = before["time"].as_u64().unwrap() / 1000;
    assert!(shown.starts_with(&format!("{seconds}\t")), "{shown} is not of {seconds}");

    weechat.types("irc.node.#lobby", "hello from weechat").await;
    weechat.shows("node.#lobby", "\tme\thello from weechat").await;
    let seen = alice.sees("#lobby", "hello from weechat").await;
    alice.asks("send", json!({"room": "#lobby", "text": "welcome", "reply": seen["id"]})).await;
    weechat.shows("node.#lobby", "\talice\twelcome").await;
    weechat.types("irc.node.#lobby", "/topic all about nothing").await;
    eventually_some("the topic", async || {
        let rooms = alice.asks("rooms", json!([])).await;
        rooms.as_array().unwrap().iter().find(|room| room["topic"] == "all about nothing").cloned()
    })
    .await;
    weechat.types("irc.node.#lobby", "/query alice psst").await;
    let direct = eventually_some("the words for alice", async || {
        let rooms = alice.asks("rooms", json!([])).await;
        rooms.as_array().unwrap().iter().find(|room| room["kind"] == "direct").cloned()
    })
    .await;
    alice.says(direct["room"].as_str().unwrap(), "what is it?").await;
    weechat.shows("node.alice", "\talice\twhat is it?").await;
    weechat.types("irc.node.#lobby", "/join #cellar sesame").await;
    let cellar = alice.asks("join", json!({"name": "#cellar", "passphrase": "sesame"})).await;
    weechat.shows("node.#cellar", "has joined #cellar").await;
    alice.says(cellar["room"].as_str().unwrap(), "down here").await;
    weechat.shows("node.#cellar", "\talice\tdown here").await;
    weechat.types("irc.node.#lobby", "/quit").await;
    node.logs("an IRC client has gone").await;
}
