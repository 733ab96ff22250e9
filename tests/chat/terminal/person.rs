//! People who chat, each on a node of their own, one of them in a terminal.

use crate::irc::tmux::Terminal;
use crate::page::past;
use backplane::address::Address;
use backplane_tests::node::{Dirs, TestNode};
use backplane_tests::process::{Program, binary, free_address, run_arguments};
use backplane_tests::rpc::RpcLines;
use backplane_tests::wait::eventually_some;
use serde_json::{Value, json};

const PLUGINS: &[&str] = &["backplane_chat"];

/// Alice, whose node is a program of its own: it can go and come back at the same addresses.
pub(super) struct Alice {
    program: Option<Program>,
    arguments: Vec<String>,
    rpc: Address,
    peers: Address,
    _dirs: Dirs,
}

impl Alice {
    pub(super) async fn start() -> Self {
        Self::start_in(Dirs::with(PLUGINS)).await
    }

    /// With so many messages of others in `#lobby`.
    pub(super) async fn start_after(messages: u64) -> Self {
        let dirs = Dirs::with(PLUGINS);
        past::write(&dirs.settings(&[]).plugin_data_dir("chat"), messages);
        Self::start_in(dirs).await
    }

    async fn start_in(dirs: Dirs) -> Self {
        let (rpc, peers) = (free_address(), free_address());
        let sets = [
            format!("rpc.listen={rpc}"),
            format!("network.inbound={peers}"),
            "plugin.chat.config.name=alice".to_owned(),
        ];
        let arguments = run_arguments(&dirs, &sets.each_ref().map(String::as_str));
        let mut alice = Self { program: None, arguments, rpc, peers, _dirs: dirs };
        alice.come().await;
        alice
    }

    /// Her node starts, and answers.
    pub(super) async fn come(&mut self) {
        let mut program = Program::start(&self.arguments);
        program.logs("RPC listens").await;
        self.program = Some(program);
    }

    /// Her node stops.
    pub(super) async fn go(&mut self) {
        let mut program = self.program.take().expect("it runs");
        program.signal("TERM").await;
        assert!(program.ended().await.success(), "the node stops in order");
    }

    /// Her terminal, with the program in it.
    pub(super) async fn terminal(&self, size: (u16, u16), arguments: &str) -> Terminal {
        Terminal::start_sized(size, &self.command(arguments)).await
    }

    /// A command line of `backplane chat` that talks to her node.
    pub(super) fn command(&self, arguments: &str) -> String {
        let program = binary().display().to_string();
        format!("env TZ=UTC COLORTERM=truecolor {program} chat --rpc {} {arguments}", self.rpc)
    }

    /// The address of her node for calls, as an argument.
    pub(super) fn rpc(&self) -> String {
        self.rpc.to_string()
    }

    /// What a method of chat answers.
    pub(super) async fn asks(&self, method: &str, params: Value) -> Value {
        let answer = RpcLines::connect(&self.rpc).await.call(&format!("chat.{method}"), params).await;
        answer.unwrap_or_else(|error| panic!("chat.{method}: {error}"))
    }

    /// Waits until she has a message with this text in `#lobby`.
    pub(super) async fn hears(&self, text: &str) -> Value {
        heard(text, async |method, params| self.asks(method, params).await).await
    }
}

/// Somebody else, in the process of the test.
pub(super) struct Friend {
    node: TestNode,
}

impl Friend {
    /// Somebody whose node is a peer of Alice's.
    pub(super) async fn of(alice: &Alice, name: &str) -> Self {
        let sets = [format!("network.peers={}", alice.peers), format!("plugin.chat.config.name={name}")];
        let node = TestNode::start(PLUGINS, &sets.each_ref().map(String::as_str)).await;
        let friend = Self { node };
        friend.meets().await;
        friend
    }

    /// Waits until the nodes compare `#lobby`.
    pub(super) async fn meets(&self) {
        eventually_some("a neighbour in #lobby", async || {
            let rooms = self.asks("rooms", json!([])).await;
            rooms.as_array()?.iter().find(|room| room["name"] == "#lobby" && room["peers"] == 1).map(drop)
        })
        .await;
    }

    /// What a method of chat answers.
    pub(super) async fn asks(&self, method: &str, params: Value) -> Value {
        let answer = self.node.call(&format!("chat.{method}"), params).await;
        answer.unwrap_or_else(|error| panic!("chat.{method}: {error}"))
    }

    /// Says something in a room; its id.
    pub(super) async fn says(&self, room: &str, text: &str) -> String {
        let sent = self.asks("send", json!([room, text])).await;
        sent["id"].as_str().expect("what was sent has an id").to_owned()
    }

    /// Waits until a message with this text is in `#lobby`.
    pub(super) async fn hears(&self, text: &str) -> Value {
        heard(text, async |method, params| self.asks(method, params).await).await
    }

    /// The first digits of the fingerprint.
    pub(super) async fn digits(&self) -> String {
        let status = self.asks("status", json!([])).await;
        status["fingerprint"].as_str().expect("everybody has one").chars().take(4).collect()
    }
}

/// Waits until the history of `#lobby`, as `asks` has it, has a message with this text.
async fn heard(text: &str, asks: impl AsyncFn(&'static str, Value) -> Value) -> Value {
    eventually_some(&format!("{text:?} in #lobby"), async || {
        let history = asks("history", json!({"room": "#lobby"})).await;
        history["messages"].as_array()?.iter().find(|message| message["text"] == text).cloned()
    })
    .await
}
