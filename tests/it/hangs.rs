//! Plug-ins that do not return: what the node does, and that the others lose nothing meanwhile.

use backplane_tests::node::{Dirs, TestNode};
use backplane_tests::process::{Program, run_arguments};
use backplane_tests::rpc::RpcLines;
use backplane_tests::wait::{eventually, eventually_some, within};
use serde_json::{Value, json};

const PLUGINS: &[&str] = &["backplane_chat", "backplane_faulty"];
const SETS: &[&str] = &[
    "network.inbound=tcp://127.0.0.1:0",
    "rpc.listen=tcp://127.0.0.1:0",
    // One thread more than a plug-in can hold up.
    "network.threads=4",
    "plugin.faulty.hang_after=500ms",
];

/// A node that runs as a process, and one in the test that talks to it.
struct Pair {
    program: Program,
    rpc: RpcLines,
    peer: TestNode,
    /// Where the process accepts peers, as a setting.
    as_peer: String,
    _dirs: Dirs,
}

impl Pair {
    /// Both speak chat; the process has these settings on top.
    async fn start(sets: &[&str]) -> Self {
        let pair = Self::connect(sets).await;
        pair.peer.speaks("chat", 1).await;
        pair
    }

    async fn connect(sets: &[&str]) -> Self {
        let dirs = Dirs::with(PLUGINS);
        let mut program = Program::start(&run_arguments(&dirs, &[SETS, sets].concat()));
        let address = program.logs_address("listening for peers").await;
        let rpc = RpcLines::connect(&program.logs_address("RPC listens").await).await;
        let as_peer = format!("network.peers={address}");
        let peer = TestNode::start(PLUGINS, &[&as_peer]).await;
        Self { program, rpc, peer, as_peer, _dirs: dirs }
    }

    /// Whose faulty plug-in does `fault` in a place, once.
    async fn with(place: &str, fault: &str, sets: &[&str]) -> Self {
        let fault = once(place, fault);
        let fault: Vec<_> = fault.iter().map(String::as_str).collect();
        Self::start(&[&fault, sets].concat()).await
    }

    /// What `plugin.list` says of a plug-in.
    async fn plugin(&mut self, name: &str) -> Value {
        let list = within("plugin.list", self.rpc.call("plugin.list", json!([]))).await.unwrap();
        let found = list.as_array().unwrap().iter().find(|plugin| plugin["name"] == name);
        found.unwrap_or_else(|| panic!("no {name} in {list}")).clone()
    }

    /// Waits until the faulty plug-in is in this state, with so many instances left behind: its reason.
    async fn is(&mut self, state: &str, abandoned: u32) -> String {
        eventually_some(&format!("faulty is {state} after {abandoned}"), async || {
            let faulty = self.plugin("faulty").await;
            let is_so = faulty["state"] == state && faulty["abandoned"] == abandoned;
            is_so.then(|| faulty["reason"].as_str().unwrap_or_default().to_owned())
        })
        .await
    }

    /// Hands a message over to the faulty plug-in.
    async fn hand_over(&self) {
        self.peer.speaks("faulty", 1).await;
        assert_eq!(self.peer.call("faulty.broadcast", json!([1, 0])).await, Ok(json!(1)));
    }

    /// Chat goes both ways while `meanwhile` runs, and on after it, over the one channel from before.
    async fn chats_while(&mut self, meanwhile: impl AsyncFnOnce(&mut Self)) {
        let channel = self.peer.channels()[0].id();
        self.says("before").await;
        meanwhile(self).await;
        self.says("after").await;
        assert_eq!(self.peer.channels()[0].id(), channel, "another channel");
        let lines = self.rpc.call("chat.recv", json!([])).await.unwrap();
        let said: Vec<_> = ["before", "after"].iter().flat_map(|when| said(when, "peer")).collect();
        assert_eq!(lines, json!(said));
    }

    async fn says(&mut self, when: &str) {
        for (to_peer, to_node) in said(when, "node").into_iter().zip(said(when, "peer")) {
            let sent = within("chat.broadcast", self.rpc.call("chat.broadcast", json!([to_peer]))).await;
            assert!(sent.unwrap().as_u64().unwrap() > 0);
            assert_eq!(self.peer.say(&to_node).await, 1);
        }
        let last = said(when, "node").pop().unwrap();
        self.peer.hears(&last).await;
        let last = said(when, "peer").pop().unwrap();
        eventually_some("the last line at the node", async || {
            let lines = self.rpc.call("chat.recv", json!([])).await.unwrap();
            lines.as_array().unwrap().contains(&json!(last)).then_some(())
        })
        .await;
    }
}

/// Settings that let the faulty plug-in do `fault` in a place, once.
fn once(place: &str, fault: &str) -> [String; 3] {
    [
        format!("plugin.faulty.config.fault_in={place}"),
        format!("plugin.faulty.config.fault={fault}"),
        "plugin.faulty.config.fault_times=1".to_owned(),
    ]
}

fn said(when: &str, who: &str) -> Vec<String> {
    (0..100).map(|number| format!("{who} {when} {number}")).collect()
}

#[tokio::test]
async fn a_slow_job_is_told_of_with_all_that_is_known_of_it() {
    let mut pair = Pair::with("receive", "nap", &[]).await;
    pair.hand_over().await;
    let line = pair.program.logs("a plug-in does not return").await;
    let what = "plugin=\"faulty\" work=\"job receive\" protocol=\"faulty\" channel=";
    assert!(line.contains(what) && line.contains("command=\"fault\" for_ms="), "{line}");
    pair.is("running", 0).await;
}

#[tokio::test]
async fn an_instance_whose_job_does_not_return_is_replaced() {
    for fault in ["spin", "sleep"] {
        let mut pair = Pair::with("receive", fault, &[]).await;
        pair.peer.speaks("faulty", 1).await;
        pair.chats_while(async |pair| {
            pair.hand_over().await;
            pair.is("running", 1).await;
        })
        .await;
        // The new instance runs on the channel that was there, and works.
        pair.hand_over().await;
        assert_eq!(pair.rpc.call("faulty.call", json!([])).await, Ok(json!("called")));
        assert!(pair.program.log().iter().all(|line| !line.contains("thread of the network")));
    }
}

#[tokio::test]
async fn a_call_that_does_not_return_is_answered_when_its_instance_is_left_behind() {
    let mut pair = Pair::with("rpc_call", "spin", &[]).await;
    pair.chats_while(async |pair| {
        let error = within("an answer", pair.rpc.call("faulty.call", json!([]))).await.unwrap_err();
        assert_eq!(error["data"], "the plug-in hangs", "{error}");
        pair.is("running", 1).await;
    })
    .await;
    assert_eq!(pair.rpc.call("faulty.call", json!([])).await, Ok(json!("called")));
}

#[tokio::test]
async fn a_plugin_that_hangs_again_and_again_stays_off() {
    let sets = [
        "plugin.faulty.config.fault_in=rpc_call",
        "plugin.faulty.config.fault=sleep",
        "plugin.faulty.max_abandoned=2",
    ];
    let mut pair = Pair::start(&sets).await;
    pair.chats_while(async |pair| {
        for abandoned in 1..=2 {
            pair.rpc.call("faulty.call", json!([])).await.unwrap_err();
            pair.is("running", abandoned).await;
        }
        pair.rpc.call("faulty.call", json!([])).await.unwrap_err();
        let reason = pair.is("hung", 3).await;
        assert!(reason.starts_with("it does not return since 0."), "{reason}");
        assert!(reason.ends_with(": faulty 0.1.0, rpc faulty.call"), "{reason}");
        pair.peer.speaks("faulty", 0).await;
        pair.rpc.call("faulty.call", json!([])).await.unwrap_err();
    })
    .await;
    // Until somebody who knows better enables it.
    assert_eq!(pair.rpc.call("plugin.enable", json!(["faulty"])).await, Ok(json!(true)));
    pair.is("running", 3).await;
    pair.peer.speaks("faulty", 1).await;
}

#[tokio::test]
async fn what_holds_up_a_thread_of_the_network_is_not_tried_again() {
    for (place, more) in [("start", &[][..]), ("receive", &["plugin.faulty.threads=0"])] {
        let fault = once(place, "sleep");
        let fault: Vec<_> = fault.iter().map(String::as_str).collect();
        let mut pair = Pair::connect(&[&fault, more].concat()).await;
        if place == "receive" {
            pair.hand_over().await;
        }
        let reason = pair.is("hung", 1).await;
        assert!(reason.contains(": faulty 0.1.0, protocol faulty, channel "), "{place}: {reason}");
        pair.program.logs("holds up a thread of the network").await;

        // The channel that was being served by that thread is lost; others are served.
        pair.peer = TestNode::start(PLUGINS, &[&pair.as_peer]).await;
        pair.peer.speaks("chat", 1).await;
        pair.chats_while(async |_| {}).await;
        pair.peer.speaks("faulty", 0).await;
    }
}

#[tokio::test]
async fn a_plugin_whose_stop_does_not_return_keeps_no_node_from_stopping() {
    let mut pair = Pair::with("stop", "spin", &["node.shutdown_deadline=2s"]).await;
    pair.program.signal("TERM").await;
    pair.program.logs("the node has stopped").await;
    assert_eq!(pair.program.ended().await.code(), Some(0));
    eventually("the channel has ended", || pair.peer.channels().is_empty()).await;
}
