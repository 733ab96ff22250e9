//! A disk without room for more.

use backplane_tests::node::{Dirs, TestNode};
use backplane_tests::process::{binary, run_arguments};
use backplane_tests::rpc::RpcLines;
use backplane_tests::wait::{eventually_some, within};
use serde_json::json;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tokio::task::JoinSet;

/// So large may a file be: less than the database is.
const LIMIT: &str = "--fsize=65536";

#[tokio::test]
async fn what_cannot_be_kept_is_refused_with_the_reason_and_the_node_goes_on() {
    let peer = TestNode::start(&["backplane_chat"], &[]).await;
    let dirs = Dirs::with(&["backplane_chat"]);
    let as_peer = peer.as_peer();
    let arguments = run_arguments(&dirs, &[&as_peer, "rpc.listen=tcp://127.0.0.1:0"]);
    // A file that would grow beyond its limit fails like one on a full disk, if the signal for that is ignored.
    let mut command = Command::new("bash");
    command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(binary()).args(arguments).env_clear();
    let mut node = command.stderr(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    let mut log = BufReader::new(node.stderr.take().unwrap()).lines();
    let listens = within("the node to listen", async {
        loop {
            let line = log.next_line().await.unwrap().expect("the node has not ended");
            if line.contains("RPC listens") {
                break line;
            }
        }
    })
    .await;
    let mut reading = JoinSet::new();
    reading.spawn(async move { while let Ok(Some(_)) = log.next_line().await {} });
    let address = listens.split_whitespace().find_map(|word| word.strip_prefix("address=")).unwrap();
    let mut rpc = RpcLines::connect(&address.parse().unwrap()).await;

    assert_eq!(rpc.call("chat.send", json!(["#lobby", "while there is room"])).await.map(|_| ()), Ok(()));
    let process = node.id().expect("the node runs").to_string();
    let limited = Command::new("prlimit").args(["--pid", &process, LIMIT]).status().await;
    assert!(limited.expect("the system has prlimit").success());
    let large = "x".repeat(8000);
    let refused = eventually_some("a full disk", async || {
        match rpc.call("chat.send", json!(["#lobby", large])).await {
            Err(error) if error["code"] == 7 => Some(error),
            Err(error) if error["code"] == 5 => None,
            other => other.map(|_| None).unwrap(),
        }
    })
    .await;
    assert!(refused["message"].as_str().unwrap().starts_with("chat cannot keep anything: "), "{refused}");
    // Lines go to the neighbours as ever, and what is there can be read.
    assert_eq!(rpc.call("chat.send", json!(["a line"])).await, Ok(json!(true)));
    peer.hears("a line").await;
    let history = rpc.call("chat.history", json!({ "room": "#lobby" })).await.unwrap();
    assert_eq!(history["messages"][0]["text"], "while there is room");
    let plugins = rpc.call("plugin.list", json!([])).await.unwrap();
    assert_eq!(plugins[0]["state"], "running");
}
