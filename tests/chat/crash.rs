//! Three real processes, of which one after the other is killed in the middle of a sentence.

use backplane::address::Address;
use backplane_chat::hash::parse_hash;
use backplane_chat::store::Store;
use backplane_tests::node::Dirs;
use backplane_tests::process::{Program, free_address, run_arguments};
use backplane_tests::rpc::RpcLines;
use backplane_tests::wait::eventually_some;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A node in a process of its own, which comes back at the same address.
struct Talker {
    program: Program,
    rpc: RpcLines,
    arguments: Vec<String>,
    rpc_address: Address,
    dirs: Dirs,
    /// What was acknowledged.
    said: BTreeSet<String>,
}

async fn begin(arguments: &[String], rpc_address: &Address) -> (Program, RpcLines) {
    let mut program = Program::start(arguments);
    program.logs("RPC listens").await;
    let rpc = RpcLines::connect(rpc_address).await;
    (program, rpc)
}

impl Talker {
    async fn start(own: &Address, peers: &[&Address]) -> Self {
        let (dirs, rpc_address) = (Dirs::with(&["backplane_chat"]), free_address());
        let peers: Vec<_> = peers.iter().map(ToString::to_string).collect();
        let sets = [
            format!("network.inbound={own}"),
            format!("network.peers={}", peers.join(",")),
            format!("rpc.listen={rpc_address}"),
        ];
        let arguments = run_arguments(&dirs, &sets.each_ref().map(String::as_str));
        let (program, rpc) = begin(&arguments, &rpc_address).await;
        Self { program, rpc, arguments, rpc_address, dirs, said: BTreeSet::new() }
    }

    /// Says something, and waits until it is acknowledged.
    async fn say(&mut self, text: &str) {
        let sent = self.rpc.call("chat.send", json!(["#lobby", text])).await.unwrap();
        self.said.insert(sent["id"].as_str().unwrap().to_owned());
    }

    /// Is killed while it has much to say, and comes back. What was acknowledged is in its files.
    async fn dies_and_comes_back(&mut self, text: &str) {
        for number in 0..5 {
            self.rpc.send("chat.send", json!(["#lobby", format!("{text} {number}")])).await;
        }
        self.program.signal("KILL").await;
        self.program.ended().await;
        {
            let folder = self.dirs.settings(&[]).plugin_data_dir("chat");
            let (store, aside) = Store::open(&folder, 0).unwrap();
            assert_eq!(aside, None);
            let lost: Vec<_> =
                self.said.iter().filter(|id| !store.has(&parse_hash(id).unwrap()).unwrap()).collect();
            assert!(lost.is_empty(), "{lost:?} of {}", self.said.len());
        }
        (self.program, self.rpc) = begin(&self.arguments, &self.rpc_address).await;
    }

    /// Its history: ids in order.
    async fn history(&mut self) -> Vec<String> {
        let history = self.rpc.call("chat.history", json!({ "room": "#lobby", "limit": 200 })).await.unwrap();
        let messages = history["messages"].as_array().unwrap();
        messages.iter().map(|message| message["id"].as_str().unwrap().to_owned()).collect()
    }
}

#[tokio::test]
async fn nothing_that_was_acknowledged_is_lost_when_nodes_are_killed() {
    let [a, b, c] = [(); 3].map(|()| free_address());
    let mut talkers =
        [Talker::start(&a, &[]).await, Talker::start(&b, &[&a]).await, Talker::start(&c, &[&a, &b]).await];
    for victim in 0..3 {
        for round in 0..4 {
            for (number, talker) in talkers.iter_mut().enumerate() {
                talker.say(&format!("{number} before {victim}, {round}")).await;
            }
        }
        let talker = &mut talkers[victim];
        talker.say("the last one that is acknowledged").await;
        talker.dies_and_comes_back("perhaps").await;
        for (number, talker) in talkers.iter_mut().enumerate() {
            talker.say(&format!("{number} after {victim}")).await;
        }
    }
    let acknowledged: BTreeSet<_> = talkers.iter().flat_map(|talker| talker.said.clone()).collect();
    let histories = eventually_some("three equal histories", async || {
        let mut histories = Vec::new();
        for talker in &mut talkers {
            histories.push(talker.history().await);
        }
        let all: BTreeSet<_> = histories.first()?.iter().cloned().collect();
        let agree = histories.iter().all(|history| Some(history) == histories.first());
        (agree && acknowledged.is_subset(&all)).then_some(histories)
    })
    .await;
    // What was not acknowledged may be there too, each once.
    assert!(histories[0].len() <= acknowledged.len() + 15);
    for talker in &mut talkers {
        let rooms = talker.rpc.call("chat.rooms", json!([])).await.unwrap();
        let lobby = rooms.as_array().unwrap().iter().find(|room| room["name"] == "#lobby").unwrap();
        assert_eq!((&lobby["missing"], &lobby["syncing"]), (&json!(0), &Value::Bool(false)));
        talker.program.signal("TERM").await;
        assert_eq!(talker.program.ended().await.code(), Some(0));
    }
}
