//! A plug-in that fails too often is disabled, alone; a required one takes its node along, in order.

use backplane::plugin::{Reason, State};
use backplane_tests::node::{Dirs, TestNode};
use backplane_tests::process::{Program, backplane, run_arguments};
use backplane_tests::wait::{eventually, within};
use serde_json::json;

const PLUGINS: &[&str] = &["backplane_chat", "backplane_faulty"];

async fn is_disabled(node: &TestNode, reason: &str) {
    eventually("the plug-in is disabled", || node.plugin("faulty").state == "disabled").await;
    let given = node.plugin("faulty").reason.unwrap_or_default();
    assert!(given.contains(reason), "{given}");
    node.speaks("faulty", 0).await;
}

#[tokio::test]
async fn a_plugin_that_panics_too_often_is_disabled_until_it_is_enabled() {
    let a = TestNode::start(PLUGINS, &["plugin.faulty.config.panic_in=rpc_call"]).await;
    let b = TestNode::start(PLUGINS, &[&a.as_peer()]).await;
    b.speaks("faulty", 1).await;
    let channel = a.channels()[0].id();
    for _ in 0..2 {
        a.call("faulty.call", json!([])).await.unwrap_err();
    }
    a.call("faulty.future", json!([])).await.unwrap();
    assert_eq!(a.plugin("faulty").state, "running");
    a.call("faulty.call", json!([])).await.unwrap_err();
    is_disabled(&a, "it failed too often (3 times within 1h), at last: panicked at ").await;
    b.speaks("faulty", 0).await;
    let refused = a.call("faulty.future", json!([])).await.unwrap_err();
    assert!(refused.message.starts_with("plug-in disabled: it failed too often"), "{refused:?}");

    a.say("chat goes on").await;
    b.hears("chat goes on").await;
    a.node().plugins().enable("faulty").await.unwrap();
    for node in [&a, &b] {
        node.speaks("faulty", 1).await;
    }
    assert_eq!(a.channels()[0].id(), channel, "another channel");
    // It begins anew.
    a.call("faulty.call", json!([])).await.unwrap_err();
    a.call("faulty.future", json!([])).await.unwrap();
    let faulty = a.plugin("faulty");
    assert_eq!((faulty.state, faulty.panics, faulty.usage.unwrap().failures), ("running", 4, 1));
}

#[tokio::test]
async fn panics_on_channels_disable_the_plugin_and_are_held_against_no_peer() {
    for place in ["attach", "start", "job_poll", "job_drop", "protocol_drop"] {
        let panic_in = format!("plugin.faulty.config.panic_in={place}");
        let a = TestNode::start(PLUGINS, &[&panic_in, "plugin.faulty.restart.max=2"]).await;
        let mut peers = Vec::new();
        for _ in 0..3 {
            peers.push(TestNode::start(PLUGINS, &[&a.as_peer()]).await);
        }
        is_disabled(&a, "it failed too often").await;
        a.speaks("chat", 3).await;
        for (number, peer) in peers.iter().enumerate() {
            peer.speaks("faulty", 0).await;
            let line = format!("from {number}");
            assert_eq!(peer.say(&line).await, 1);
            a.hears(&line).await;
        }
    }
}

#[tokio::test]
async fn a_configuration_that_mends_a_disabled_plugin_is_that_of_the_next_instance() {
    let sets = ["plugin.faulty.config.panic_in=rpc_call", "plugin.faulty.restart.max=1"];
    let node = TestNode::start(PLUGINS, &sets).await;
    node.call("faulty.call", json!([])).await.unwrap_err();
    is_disabled(&node, "it failed too often").await;
    let mended = node.dirs().settings(&["plugin.faulty.config.fail=false"]);
    node.node().plugins().reconfigure(&mended, "faulty").await.unwrap();
    node.node().plugins().enable("faulty").await.unwrap();
    node.call("faulty.call", json!([])).await.unwrap();

    let broken = node.dirs().settings(&["plugin.faulty.config.fail=true"]);
    node.node()
        .plugins()
        .end("faulty", State::Disabled { reason: "for the test".to_owned() }, sound())
        .await
        .unwrap();
    node.node().plugins().reconfigure(&broken, "faulty").await.unwrap();
    let error = node.node().plugins().enable("faulty").await.unwrap_err();
    assert_eq!((error.to_string().as_str(), node.plugin("faulty").state), ("told to fail", "failed"));
    node.node().plugins().reconfigure(&mended, "faulty").await.unwrap();
    node.node().plugins().enable("faulty").await.unwrap();
    assert_eq!(node.plugin("faulty").state, "running");
}

fn sound() -> Reason {
    Reason::Sound("for the test".to_owned())
}

#[tokio::test]
async fn a_panic_while_an_instance_ends_or_is_told_of_pressure_does_not_keep_the_next_one_away() {
    for place in ["stop", "plugin_drop", "pressure"] {
        let panic_in = format!("plugin.faulty.config.panic_in={place}");
        // Whatever it takes is above the soft limit.
        let sets = [&panic_in, "plugin.faulty.limits.heap_soft=1", "plugin.faulty.restart.max=5"];
        let a = TestNode::start(PLUGINS, &sets).await;
        let b = TestNode::start(PLUGINS, &[&a.as_peer()]).await;
        b.speaks("faulty", 1).await;
        a.call("faulty.hold", json!([1_000_000])).await.unwrap();
        a.node().plugins().restart("faulty", sound()).await.unwrap();
        eventually("the panic is counted", || a.plugin("faulty").panics > 0).await;
        for node in [&a, &b] {
            node.speaks("faulty", 1).await;
        }
        let faulty = a.plugin("faulty");
        assert_eq!((faulty.state, faulty.abandoned), ("running", 0), "{place}");
        assert_eq!(b.say(place).await, 1);
        a.hears(place).await;
    }
}

#[tokio::test]
async fn a_node_stops_in_order_when_a_required_plugin_is_disabled() {
    let dirs = Dirs::with(PLUGINS);
    let sets = [
        "network.localnet=true",
        "network.outbound_connections=0",
        "network.inbound=tcp://127.0.0.1:0",
        "plugin.faulty.required=true",
        "plugin.faulty.restart.max=1",
        "plugin.faulty.config.panic_in=job_poll",
    ];
    let mut program = Program::start(&run_arguments(&dirs, &sets));
    let address = program.logs_address("listening for peers").await;
    program.logs("the node is ready").await;
    let peer = TestNode::start(PLUGINS, &[&format!("network.peers={address}")]).await;
    program.logs("the plug-in is disabled").await;
    program.logs("a required plug-in is lost: the node stops").await;
    program.logs("the node has stopped").await;
    let line = program.logs("error: the required plug-in faulty is disabled: it failed too often").await;
    assert!(line.contains("job_poll") || line.contains("JobPoll"), "{line}");
    assert_eq!(program.ended().await.code(), Some(1));
    eventually("the peer has noticed", || peer.channels().is_empty()).await;
}

/// Runs a command of the program against the node at `rpc`: whether it succeeded, and what it printed.
async fn command(rpc: &str, arguments: &[&str]) -> (bool, String) {
    let output = within("a command", backplane(arguments).env("BACKPLANE_RPC", rpc).output()).await.unwrap();
    let printed = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(printed).unwrap())
}

#[tokio::test]
async fn the_operator_sees_why_a_plugin_is_disabled_and_enables_it() {
    let dirs = Dirs::with(PLUGINS);
    let rpc = format!("unix://{}", dirs.data.path().join("rpc").display());
    let listen = format!("rpc.listen={rpc}");
    let sets = [&listen, "plugin.faulty.restart.max=1", "plugin.faulty.config.panic_in=rpc_call"];
    let mut program = Program::start(&run_arguments(&dirs, &sets));
    program.logs("the node is ready").await;
    assert!(!command(&rpc, &["call", "faulty.call"]).await.0);
    program.logs("the plug-in is disabled").await;
    program.logs("plug-in stopped").await;

    let why = "disabled: it failed too often (1 times within 1h), at last: panicked at ";
    let (called, answer) = command(&rpc, &["call", "faulty.future"]).await;
    assert!(!called && answer.contains(&format!("plug-in {why}")), "{answer}");
    let listed = command(&rpc, &["plugin", "list"]).await.1;
    assert!(listed.contains("it failed too often (1 times within 1h)"), "{listed}");
    let (_, listed) = command(&rpc, &["plugin", "list", "--json"]).await;
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let faulty = listed.as_array().unwrap().iter().find(|plugin| plugin["name"] == "faulty").unwrap();
    assert_eq!((&faulty["state"], &faulty["usage"]["failures"]), (&json!("disabled"), &json!(1)));

    assert_eq!(command(&rpc, &["plugin", "enable", "faulty"]).await, (true, String::new()));
    assert!(command(&rpc, &["call", "faulty.future"]).await.0);
    assert_eq!(command(&rpc, &["plugin", "restart", "faulty"]).await, (true, String::new()));
    assert_eq!(command(&rpc, &["plugin", "disable", "faulty"]).await, (true, String::new()));
    let (enabled, answer) = command(&rpc, &["plugin", "enable", "nonesuch"]).await;
    assert!(!enabled && answer.contains("no plug-in nonesuch runs"), "{answer}");
}
