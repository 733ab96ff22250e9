//! How the program ends when it is told to.

use backplane_tests::node::Dirs;
use backplane_tests::process::{Program, run_arguments};
use backplane_tests::raw_peer::RawPeer;
use backplane_tests::vectors::{MAGIC, MAGIC_SETTING};
use std::fs;

const SETS: &[&str] = &[MAGIC_SETTING, "network.inbound=tcp://127.0.0.1:0"];

/// The names of what is in a folder.
fn names(dir: &std::path::Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test]
async fn a_signal_stops_the_node_in_order() {
    for signal in ["TERM", "INT"] {
        let dirs = Dirs::with(&["backplane_chat"]);
        let mut program = Program::start(&run_arguments(&dirs, SETS));
        let address = program.logs_address("listening for peers").await;
        program.logs("the node is ready").await;
        let mut peer = RawPeer::dial(&address, MAGIC).await;
        peer.shake_hands().await;
        let nonce = peer.next_of("ping").await.payload;
        peer.send("pong", &nonce).await;

        program.signal(signal).await;
        // Fails when the connection ends within a frame.
        peer.rest().await;
        for step in ["stopping", "channel closed", "plug-in stopped", "the node has stopped"] {
            program.logs(step).await;
        }
        assert_eq!(program.ended().await.code(), Some(0), "{signal}");
        let left = names(dirs.data.path());
        let kept = ["hosts.tsv", "hosts.key", "node-ids.json", "node.key", "plugins", "vault", "flight.rec"];
        assert!(left.iter().all(|name| kept.contains(&name.as_str())), "{left:?}");
        assert_eq!(names(&dirs.data.path().join("vault")), [""; 0], "no copy of a plug-in is left");
        assert_eq!(names(dirs.plugins.path()).len(), 1);
    }
}

#[tokio::test]
async fn a_second_signal_ends_the_node_at_once() {
    let dirs = Dirs::with(&["backplane_faulty"]);
    // Without the second signal it would take an hour.
    let hang = ["plugin.faulty.config.hang=true", "node.shutdown_deadline=1h"];
    let mut program = Program::start(&run_arguments(&dirs, &[SETS, &hang].concat()));
    program.logs("the node is ready").await;
    program.signal("TERM").await;
    program.logs("a second signal ends the node at once").await;
    program.signal("INT").await;
    assert_eq!(program.ended().await.code(), Some(1));
}

#[tokio::test]
async fn a_plugin_that_does_not_stop_neither_outlives_the_deadline_nor_keeps_others_from_stopping() {
    let dirs = Dirs::with(&["backplane_chat", "backplane_faulty"]);
    let hang = ["plugin.faulty.config.hang=true", "node.shutdown_deadline=1s"];
    let mut program = Program::start(&run_arguments(&dirs, &[SETS, &hang].concat()));
    program.logs("the node is ready").await;
    program.signal("TERM").await;
    let stopped = program.logs("plug-in stopped").await;
    assert!(stopped.contains("chat"), "{stopped}");
    let late = program.logs("the plug-in did not stop in time").await;
    assert!(late.contains("faulty"), "{late}");
    program.logs("the node has stopped").await;
    assert_eq!(program.ended().await.code(), Some(0));
}
