//! What is known of a process that has ended when the next one starts, and what follows for a plug-in.

use backplane_tests::node::{Dirs, TestNode};
use backplane_tests::process::{Program, backplane, run_arguments};
use backplane_tests::rpc::RpcLines;
use backplane_tests::wait::eventually_some;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;

const PLUGINS: &[&str] = &["backplane_chat", "backplane_faulty"];
const SETS: &[&str] = &["network.inbound=tcp://127.0.0.1:0", "rpc.listen=tcp://127.0.0.1:0"];
const SIGABRT: i32 = 6;
const SIGSEGV: i32 = 11;

/// A node that runs as a process, with its RPC.
struct Running {
    program: Program,
    rpc: RpcLines,
    address: String,
}

impl Running {
    async fn start(dirs: &Dirs, sets: &[&str]) -> Self {
        let mut program = Program::start(&run_arguments(dirs, &[SETS, sets].concat()));
        let address = program.logs_address("listening for peers").await.to_string();
        let rpc = RpcLines::connect(&program.logs_address("RPC listens").await).await;
        Self { program, rpc, address }
    }

    /// What `plugin.list` says of a plug-in.
    async fn plugin(&mut self, name: &str) -> Value {
        let list = self.rpc.call("plugin.list", json!([])).await.unwrap();
        let found = list.as_array().unwrap().iter().find(|plugin| plugin["name"] == name);
        found.unwrap_or_else(|| panic!("no {name} in {list}")).clone()
    }

    /// What it said about the end of the process before it.
    fn last_exit(&self) -> Option<&str> {
        let line = self.program.log().iter().find_map(|line| line.split_once("last exit: "));
        line.map(|(_, said)| said)
    }

    async fn stop(mut self) {
        self.program.signal("TERM").await;
        assert_eq!(self.program.ended().await.code(), Some(0));
    }
}

/// A node in the test's process that talks to one that runs as a process.
async fn peer_of(address: &str) -> TestNode {
    let peer = TestNode::start(PLUGINS, &[&format!("network.peers={address}")]).await;
    peer.speaks("faulty", 1).await;
    peer.speaks("chat", 1).await;
    peer
}

/// Starts a node whose plug-in does `fault` when it is handed a message, and hands it one: the signal that ended it.
async fn crash(dirs: &Dirs, fault: &str) -> Option<i32> {
    let sets = ["plugin.faulty.config.fault_in=receive", &format!("plugin.faulty.config.fault={fault}")];
    let mut node = Running::start(dirs, &sets).await;
    let peer = peer_of(&node.address).await;
    assert_eq!(peer.call("faulty.broadcast", json!([1, 0])).await, Ok(json!(1)));
    node.program.ended().await.signal()
}

#[tokio::test]
async fn the_next_start_names_the_plugin_on_whose_turn_the_process_ended() {
    for (fault, signal, name) in [
        ("segfault", SIGSEGV, "SIGSEGV"),
        ("abort", SIGABRT, "SIGABRT"),
        ("overflow", SIGABRT, "SIGSEGV (stack overflow)"),
    ] {
        let dirs = Dirs::with(PLUGINS);
        assert_eq!(crash(&dirs, fault).await, Some(signal), "{fault}");
        let mut node = Running::start(&dirs, &[]).await;
        let said = node.last_exit().unwrap_or_else(|| panic!("{fault}: nothing is said")).to_owned();
        assert!(said.starts_with(&format!("{name} in faulty 0.1.0, protocol faulty, channel ")), "{said}");
        assert!(said.ends_with(", job receive, command fault"), "{said}");
        let [faulty, chat] = [node.plugin("faulty").await, node.plugin("chat").await];
        assert_eq!(faulty["state"], "running");
        assert!(faulty["last_crash"].as_str().unwrap().ends_with(&said), "{faulty}");
        assert_eq!(chat["last_crash"], Value::Null, "{chat}");
        node.stop().await;

        // Told once.
        let node = Running::start(&dirs, &[]).await;
        assert_eq!(node.last_exit(), None);
        node.stop().await;
    }
}

/// What `plugin why` says of the plug-in with no node there.
async fn why(dirs: &Dirs, data_dir: &str) -> String {
    let plugins = format!("plugins.dir={}", dirs.plugins.path().display());
    let sets = ["--set", &plugins, "--set", data_dir, "--set", "rpc.listen=tcp://127.0.0.1:1"];
    let output = backplane(&[&["plugin", "why", "faulty"], &sets[..]].concat()).output().await.unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn the_third_crash_leaves_a_plugin_in_quarantine_until_it_is_released() {
    let dirs = Dirs::with(PLUGINS);
    for number in 0..3 {
        assert_eq!(crash(&dirs, "segfault").await, Some(SIGSEGV), "crash {number}");
    }
    let mut node = Running::start(&dirs, &["plugin.faulty.config.fault_in=receive"]).await;
    let faulty = node.plugin("faulty").await;
    assert_eq!(faulty["state"], "quarantined");
    let reason = faulty["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("it ended the node 3 times, last ") && reason.contains("job receive"),
        "{reason}"
    );
    // The others run, and the channel does.
    let peer = TestNode::start(PLUGINS, &[&format!("network.peers={}", node.address)]).await;
    peer.speaks("chat", 1).await;
    assert_eq!(peer.say("still there").await, 1);
    eventually_some("the line at the node", async || {
        let lines = node.rpc.call("chat.recv", json!([])).await.unwrap();
        lines.as_array().unwrap().contains(&json!("still there")).then_some(())
    })
    .await;
    assert_eq!(node.rpc.call("plugin.release", json!(["chat"])).await, Ok(json!(false)));
    node.stop().await;

    let data_dir = format!("node.data_dir={}", dirs.data.path().display());
    assert!(why(&dirs, &data_dir).await.contains(": quarantined: it ended the node 3 times"));
    let release = || async {
        let output = backplane(&["plugin", "release", "faulty", "--set", &data_dir]).output().await.unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, said) = release().await;
    assert_eq!((code, said.contains("faulty is released")), (Some(0), true), "{said}");
    assert_eq!(release().await.0, Some(1), "it is not in quarantine any more");
    assert!(why(&dirs, &data_dir).await.contains(": nothing is against it"));
    let mut node = Running::start(&dirs, &[]).await;
    assert_eq!(node.plugin("faulty").await["state"], "running");
    node.stop().await;
}

#[tokio::test]
async fn a_plugin_that_crashes_in_its_making_keeps_no_node_from_starting_for_long() {
    let dirs = Dirs::with(PLUGINS);
    let sets = ["plugin.faulty.config.fault_in=create", "plugin.faulty.config.fault=segfault"];
    for _ in 0..3 {
        let mut program = Program::start(&run_arguments(&dirs, &[SETS, &sets].concat()));
        assert_eq!(program.ended().await.signal(), Some(SIGSEGV));
    }
    let mut node = Running::start(&dirs, &sets).await;
    assert_eq!(node.last_exit(), Some("SIGSEGV in faulty 0.1.0, create"));
    assert_eq!(node.plugin("faulty").await["state"], "quarantined");
    assert_eq!(node.plugin("chat").await["state"], "running");

    // A node that runs lets it out, too, and loads it at its next start.
    assert_eq!(node.rpc.call("plugin.release", json!(["faulty"])).await, Ok(json!(true)));
    assert_eq!(node.plugin("faulty").await["state"], "disabled");
    node.stop().await;
    let mut node = Running::start(&dirs, &[]).await;
    assert_eq!(node.plugin("faulty").await["state"], "running");
    node.stop().await;
}

#[tokio::test]
async fn a_required_plugin_in_quarantine_keeps_the_node_from_starting() {
    let dirs = Dirs::with(PLUGINS);
    let sets = ["plugins.crash_max=1", "plugin.faulty.required=true"];
    assert_eq!(crash(&dirs, "abort").await, Some(SIGABRT));
    let mut program = Program::start(&run_arguments(&dirs, &[SETS, &sets].concat()));
    program.logs("error: ").await;
    let line = program.log().last().unwrap();
    assert!(line.contains("the required plug-in faulty cannot be used: it ended the node"), "{line}");
    assert_eq!(program.ended().await.code(), Some(2));
}

#[tokio::test]
async fn nobody_is_blamed_for_a_process_that_was_killed() {
    let dirs = Dirs::with(PLUGINS);
    // SEGV from outside is nobody's fault either, on whichever thread it arrives.
    for (signal, expected) in
        [("KILL", "it was not an orderly exit"), ("SEGV", "SIGSEGV in no plug-in's turn")]
    {
        let mut node = Running::start(&dirs, &[]).await;
        node.program.signal(signal).await;
        assert!(node.program.ended().await.signal().is_some(), "{signal}");
        let mut node = Running::start(&dirs, &[]).await;
        assert_eq!(node.last_exit(), Some(expected));
        assert_eq!(node.plugin("faulty").await["last_crash"], Value::Null);
        node.stop().await;
    }
}

#[tokio::test]
async fn a_damaged_record_keeps_no_node_from_starting() {
    let dirs = Dirs::with(PLUGINS);
    let record: PathBuf = dirs.data.path().join("flight.rec");
    Running::start(&dirs, &[]).await.stop().await;
    let whole = fs::read(&record).unwrap();
    for damaged in [&b""[..], b"this is no record", &whole[..1000], &vec![0xff; whole.len()]] {
        fs::write(&record, damaged).unwrap();
        let node = Running::start(&dirs, &[]).await;
        assert_eq!(node.last_exit(), Some("unknown, its record is damaged"));
        node.stop().await;
    }
    // Nor does a place where none can be.
    fs::remove_file(&record).unwrap();
    fs::create_dir(&record).unwrap();
    let node = Running::start(&dirs, &[]).await;
    assert!(
        node.program.log().iter().any(|line| line.contains("no flight recorder")),
        "{:?}",
        node.program.log()
    );
    node.stop().await;
}

#[tokio::test]
async fn a_node_does_not_take_the_record_of_one_that_runs_for_that_of_one_that_has_ended() {
    let dirs = Dirs::with(PLUGINS);
    let first = Running::start(&dirs, &[]).await;
    let second = Running::start(&dirs, &[]).await;
    let log = second.program.log();
    assert!(log.iter().any(|line| line.contains("another node uses this folder")), "{log:?}");
    assert_eq!(second.last_exit(), None);
    second.stop().await;
    first.stop().await;
    let third = Running::start(&dirs, &[]).await;
    assert_eq!(third.last_exit(), None);
    third.stop().await;
}
