//! A node that serves IRC clients, and somebody to talk to on another one.

use backplane::address::Address;
use backplane_tests::node::{Dirs, TestNode};
use backplane_tests::process::{Program, run_arguments};
use backplane_tests::rpc::RpcLines;
use backplane_tests::wait::eventually_some;
use serde_json::{Value, json};

/// The only plug-in.
const PLUGINS: &[&str] = &["backplane_chat"];
const SETS: &[&str] = &[
    "network.inbound=tcp://127.0.0.1:0",
    "rpc.listen=tcp://127.0.0.1:0",
    "plugin.chat.config.irc_listen=tcp://127.0.0.1:0",
    "plugin.chat.config.name=me",
];

/// The node of the clients, as a program of its own.
pub(crate) struct IrcNode {
    program: Program,
    pub(crate) rpc: RpcLines,
    /// Where peers are accepted.
    pub(crate) peers: Address,
    /// Where clients are served.
    pub(crate) irc: Address,
    _dirs: Dirs,
}

/// A node that does not serve clients yet.
pub(crate) struct Starting {
    program: Program,
    dirs: Dirs,
}

impl IrcNode {
    pub(crate) async fn start(sets: &[&str]) -> Self {
        Starting::with(sets).listens().await
    }

    /// Starts a node, and waits for a line of its log.
    pub(crate) async fn start_until(sets: &[&str], text: &str) -> Starting {
        let mut starting = Starting::with(sets);
        starting.program.logs(text).await;
        starting
    }

    /// Its host and port for clients.
    pub(crate) fn host_and_port(&self) -> (String, u16) {
        let host = self.irc.host().expect("a TCP address has a host").to_string();
        (host, self.irc.port().expect("a bound address has a port"))
    }

    /// Waits for a line of the log.
    pub(crate) async fn logs(&mut self, text: &str) -> String {
        self.program.logs(text).await
    }
}

impl Starting {
    fn with(sets: &[&str]) -> Self {
        let dirs = Dirs::with(PLUGINS);
        Self { program: Program::start(&run_arguments(&dirs, &[SETS, sets].concat())), dirs }
    }

    /// Waits until it serves clients.
    pub(crate) async fn listens(mut self) -> IrcNode {
        let irc = logged(&mut self.program, "listening for IRC clients").await;
        let peers = logged(&mut self.program, "listening for peers").await;
        let rpc = RpcLines::connect(&logged(&mut self.program, "RPC listens").await).await;
        IrcNode { program: self.program, rpc, peers, irc, _dirs: self.dirs }
    }
}

/// The address in a line of the log, which may have come already.
async fn logged(program: &mut Program, text: &str) -> Address {
    let line = program.log().iter().find(|line| line.contains(text)).cloned();
    let line = match line {
        Some(line) => line,
        None => program.logs(text).await,
    };
    let address = line.split_whitespace().find_map(|word| word.strip_prefix("address="));
    address
        .and_then(|address| address.trim_matches('"').parse().ok())
        .unwrap_or_else(|| panic!("no address in {line}"))
}

/// Somebody on a node of their own.
pub(crate) struct Friend {
    pub(crate) node: TestNode,
}

impl Friend {
    /// Somebody whose node is a peer of the clients' one.
    pub(crate) async fn of(node: &IrcNode, name: &str) -> Self {
        let sets = [format!("network.peers={}", node.peers), format!("plugin.chat.config.name={name}")];
        let sets: Vec<_> = sets.iter().map(String::as_str).collect();
        Self { node: TestNode::start(PLUGINS, &sets).await }
    }

    /// Asks chat.
    pub(crate) async fn asks(&self, method: &str, params: Value) -> Value {
        let answer = self.node.call(&format!("chat.{method}"), params).await;
        answer.unwrap_or_else(|error| panic!("chat.{method}: {error}"))
    }

    /// Says something in a room; its id.
    pub(crate) async fn says(&self, room: &str, text: &str) -> String {
        let sent = self.asks("send", json!([room, text])).await;
        sent["id"].as_str().unwrap().to_owned()
    }

    /// Waits until a message with this text is in a room.
    pub(crate) async fn sees(&self, room: &str, text: &str) -> Value {
        eventually_some(&format!("{text:?} in {room}"), async || {
            self.messages(room).await.into_iter().find(|message| message["text"] == text)
        })
        .await
    }

    /// The messages of a room; none of one that is not joined.
    pub(crate) async fn messages(&self, room: &str) -> Vec<Value> {
        let history = self.node.call("chat.history", json!({"room": room, "limit": 200})).await;
        history
            .map(|mut history| history["messages"].take())
            .map_or(vec![], |messages| messages.as_array().cloned().unwrap_or_default())
    }

    pub(crate) async fn fingerprint(&self) -> String {
        let status = self.asks("status", json!([])).await;
        status["fingerprint"].as_str().unwrap().to_owned()
    }
}
