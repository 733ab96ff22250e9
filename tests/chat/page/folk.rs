//! People who chat: each a real node in a process of its own, with a page.

use super::browser::Browser;
use super::past;
use backplane::address::Address;
use backplane_tests::node::Dirs;
use backplane_tests::process::{Program, run_arguments};
use backplane_tests::rpc::RpcLines;
use backplane_tests::wait::eventually_some;
use serde_json::{Value, json};

/// A node with somebody's name.
#[derive(Debug)]
pub(super) struct Person {
    program: Program,
    dirs: Dirs,
    sets: Vec<String>,
    rpc: RpcLines,
    peers: Address,
    page: Address,
}

impl Person {
    /// Starts a node; its peers are those of these people.
    pub(super) async fn start(name: &str, friends: &[&Self]) -> Self {
        let friends: Vec<_> = friends.iter().map(|friend| friend.peers.to_string()).collect();
        let mut sets = vec![format!("plugin.chat.config.name={name}")];
        if !friends.is_empty() {
            sets.push(format!("network.peers={}", friends.join(",")));
        }
        Self::start_in(Dirs::with(&["backplane_chat"]), sets, &free_ports()).await
    }

    /// Starts a node of Mara's in whose `#lobby` others have written so many messages.
    pub(super) async fn start_after(messages: u64) -> Self {
        let dirs = Dirs::with(&["backplane_chat"]);
        past::write(&dirs.settings(&[]).plugin_data_dir("chat"), messages);
        Self::start_in(dirs, vec!["plugin.chat.config.name=Mara".to_owned()], &free_ports()).await
    }

    async fn start_in(dirs: Dirs, sets: Vec<String>, ports: &[String]) -> Self {
        let mut all: Vec<_> = sets.iter().chain(ports).map(String::as_str).collect();
        all.push("rpc.listen=tcp://127.0.0.1:0");
        let mut program = Program::start(&run_arguments(&dirs, &all));
        let rpc = RpcLines::connect(&program.logs_address("RPC listens").await).await;
        let page = program.logs_address("http listens").await;
        let peers = program.logs_address("listening for peers").await;
        Self { program, dirs, sets, rpc, peers, page }
    }

    /// Ends the node in order, and returns what starts it again.
    pub(super) async fn stop(mut self) -> Away {
        self.program.signal("TERM").await;
        assert!(self.program.ended().await.success(), "the node stops in order");
        let ports = vec![format!("network.inbound={}", self.peers), format!("http.listen={}", self.page)];
        Away { dirs: self.dirs, sets: self.sets, ports }
    }

    /// Where peers are accepted.
    pub(super) const fn peers(&self) -> &Address {
        &self.peers
    }

    /// The address of the page.
    pub(super) fn page(&self) -> String {
        let (host, port) = (self.page.host().unwrap(), self.page.port().unwrap());
        format!("http://{host}:{port}/chat/")
    }

    /// A browser that shows the page with a room open.
    pub(super) async fn browser(&self, room: &str) -> Browser {
        let browser = Browser::start().await;
        browser.open(&self.page()).await;
        browser.shows_text(".room", room.trim_start_matches('#')).await;
        browser.enter(room).await;
        browser
    }

    /// What `chat.NAME` answers.
    pub(super) async fn call(&mut self, name: &str, params: Value) -> Value {
        let answer = self.rpc.call(&format!("chat.{name}"), params.clone()).await;
        answer.unwrap_or_else(|error| panic!("chat.{name} {params}: {error}"))
    }

    /// Joins a public room.
    pub(super) async fn join(&mut self, room: &str) {
        self.call("join", json!({"name": room})).await;
    }

    /// Says something: the message's id.
    pub(super) async fn say(&mut self, room: &str, text: &str) -> String {
        let sent = self.call("send", json!({"room": room, "text": text})).await;
        sent["id"].as_str().expect("what was sent has an id").to_owned()
    }

    /// The fingerprint.
    pub(super) async fn fingerprint(&mut self) -> String {
        self.call("status", json!([])).await["fingerprint"].as_str().unwrap().to_owned()
    }

    /// Waits for a message with a text in a room.
    pub(super) async fn hears(&mut self, room: &str, text: &str) -> Value {
        eventually_some(&format!("{text:?} in {room}"), async || {
            let history = self.call("history", json!({"room": room})).await;
            let messages = history["messages"].as_array()?;
            messages.iter().find(|message| message["text"] == text).cloned()
        })
        .await
    }

    /// Waits until a message is here.
    pub(super) async fn has(&mut self, id: &str) {
        eventually_some("a message", async || self.rpc.call("chat.message", json!([id])).await.ok()).await;
    }

    /// Waits until so many neighbours are in a room.
    pub(super) async fn meets(&mut self, room: &str, neighbours: u64) {
        eventually_some(&format!("{neighbours} neighbours in {room}"), async || {
            let rooms = self.call("rooms", json!([])).await;
            let found = rooms.as_array()?.iter().find(|one| one["name"] == room)?;
            (found["peers"] == neighbours).then_some(())
        })
        .await;
    }
}

fn free_ports() -> [String; 2] {
    ["network.inbound", "http.listen"].map(|key| format!("{key}=tcp://127.0.0.1:0"))
}

/// A node that does not run.
#[derive(Debug)]
pub(super) struct Away {
    dirs: Dirs,
    sets: Vec<String>,
    ports: Vec<String>,
}

impl Away {
    /// Starts it again, at the same addresses.
    pub(super) async fn start(self) -> Person {
        Person::start_in(self.dirs, self.sets, &self.ports).await
    }
}

/// Two people in `#lobby` who hear one another.
pub(super) async fn two() -> (Person, Person) {
    let mut mara = Person::start("Mara", &[]).await;
    let mut ada = Person::start("Ada", &[&mara]).await;
    mara.meets("#lobby", 1).await;
    ada.meets("#lobby", 1).await;
    (mara, ada)
}
