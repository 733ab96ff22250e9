//! What a node knows of others: it survives any end, and leads nobody astray.

use backplane::session::dial;
use backplane_plugin::SessionKind;
use backplane_tests::node::{Dirs, TestNode};
use backplane_tests::process::{Program, backplane, run_arguments};
use backplane_tests::wait::{eventually, within};
use serde_json::Value;
use std::fs;

/// Tells a node that dials by itself of an address.
fn tell(dirs: &Dirs, address: &str) {
    fs::write(dirs.data.path().join("hosts.tsv"), format!("grey\t{address}\t1\n")).unwrap();
}

fn file(dirs: &Dirs, name: &str) -> String {
    fs::read_to_string(dirs.data.path().join(name)).unwrap_or_default()
}

#[tokio::test]
async fn a_killed_node_finds_its_address_book_and_its_anchors_again() {
    let peer = TestNode::start(&[], &[]).await;
    let address = peer.address().to_string();
    let dirs = Dirs::with(&[]);
    tell(&dirs, &address);
    let sets = ["network.outbound_connections=1", "network.hosts_save_interval=10ms"];
    let arguments = run_arguments(&dirs, &sets);
    let mut program = Program::start(&arguments);
    let gold = format!("gold\t{address}\t");
    for name in ["hosts.tsv", "anchors.tsv"] {
        eventually(&format!("the peer in {name}"), || file(&dirs, name).contains(&gold)).await;
    }
    let secret = file(&dirs, "hosts.key");
    program.signal("KILL").await;
    program.ended().await;
    assert!(file(&dirs, "hosts.tsv").contains(&gold), "the address book is whole");

    // Only the anchors know the peer now.
    fs::remove_file(dirs.data.path().join("hosts.tsv")).unwrap();
    let mut program = Program::start(&arguments);
    let line = program.logs("channel open").await;
    assert!(line.contains(&address) && line.contains("outbound"), "{line}");
    assert_eq!(file(&dirs, "hosts.key"), secret, "no address has lost its place");
    program.signal("TERM").await;
    assert_eq!(program.ended().await.code(), Some(0));
}

/// What a command that prints JSON prints.
async fn printed(arguments: &[&str]) -> Value {
    let output = within("the command", backplane(arguments).output()).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test]
async fn a_running_node_and_its_file_are_analysed_alike() {
    let dirs = Dirs::with(&[]);
    tell(&dirs, "tcp://127.0.0.1:9/");
    let rpc = format!("unix://{}/rpc.sock", dirs.data.path().display());
    let data_dir = format!("node.data_dir={}", dirs.data.path().display());
    let listen = format!("rpc.listen={rpc}");
    let mut program = Program::start(&run_arguments(&dirs, &[&listen]));
    program.logs("the node is ready").await;
    let of_node = printed(&["hosts", "analyze", "--json", "--rpc", &rpc]).await;
    assert_eq!(of_node["lists"][0]["groups"]["count"], 1, "{of_node}");
    program.signal("TERM").await;
    program.ended().await;
    let sets =
        ["--set", &data_dir, "--set", "network.localnet=true", "--set", "network.outbound_connections=0"];
    let of_file = printed(&[&["hosts", "analyze", "--json"][..], &sets].concat()).await;
    assert_eq!(of_file, of_node);
}

#[tokio::test]
async fn a_name_that_was_heard_of_does_not_lead_to_this_machine() {
    let peer = TestNode::start(&[], &[]).await;
    let port = peer.address().port().unwrap();
    let address = format!("tcp://localhost:{port}").parse().unwrap();
    let public = TestNode::start(&[], &["network.localnet=false"]).await;
    for session in [SessionKind::Outbound, SessionKind::Refine] {
        let Err(error) = dial(public.node().context(), &address, session).await else {
            panic!("{session} came through")
        };
        let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        assert!(source.contains("is not to be dialled"), "{session}: {error}: {source}");
    }
    let manual = dial(public.node().context(), &address, SessionKind::Manual).await;
    assert!(manual.is_ok(), "the operator may name any host");
    let local = TestNode::start(&[], &[]).await;
    assert!(dial(local.node().context(), &address, SessionKind::Outbound).await.is_ok());
}
