//! Nodes that are known by their keys: pins, changes, and oneself.

use backplane::node::{Node, StartError};
use backplane::session::ManualPeer;
use backplane_tests::node::{Dirs, TestNode};
use backplane_tests::wait::{eventually, eventually_some};
use std::fs;

const TLS: &str = "network.inbound=tcp+tls://127.0.0.1:0";

fn own(node: &TestNode) -> String {
    node.node().context().known.own().to_string()
}

/// The only configured peer of a node, once it is as wanted.
async fn peer(node: &TestNode, what: &str, wanted: impl Fn(&ManualPeer) -> bool) -> ManualPeer {
    eventually_some(what, async || node.node().context().peers.all().into_iter().find(&wanted)).await
}

#[tokio::test]
async fn a_pinned_peer_is_connected_when_it_has_its_key() {
    let server = TestNode::start(&["backplane_chat"], &[TLS]).await;
    let pinned = format!("network.peers=[\"{}#{}\"]", server.address(), own(&server));
    let client = TestNode::start(&["backplane_chat"], &[TLS, &pinned]).await;
    client.speaks("chat", 1).await;
    let peer = peer(&client, "a connected peer", |peer| peer.error.is_none()).await;
    assert_eq!((peer.pinned.map(|id| id.to_string()), peer.alarm), (Some(own(&server)), false));
}

#[tokio::test]
async fn another_node_in_the_place_of_a_pinned_one_is_refused_again_and_again() {
    let server = TestNode::start(&["backplane_chat"], &[TLS]).await;
    let expected = "ab".repeat(32);
    let pinned = format!("network.peers=[\"{}#{expected}\"]", server.address());
    let client = TestNode::start(&["backplane_chat"], &[TLS, &pinned]).await;
    let peer = peer(&client, "a second alarm", |peer| peer.failures >= 2).await;
    assert!(peer.alarm);
    let error = peer.error.unwrap_or_default();
    assert!(error.contains(&expected) && error.contains(&own(&server)), "{error}");
    assert!(client.channels().is_empty() && server.channels().is_empty());
}

#[tokio::test]
async fn a_node_keeps_its_key_over_a_restart_and_remembers_others() {
    let server = TestNode::start(&["backplane_chat"], &[TLS]).await;
    let dirs = Dirs::with(&["backplane_chat"]);
    let settings = || dirs.settings(&[TLS, &server.as_peer()]);
    let standard = backplane::transport::Transports::standard;
    let first = Node::start(settings(), standard()).await.unwrap();
    eventually("the server in the memory", || first.context().known.at(server.address()).is_some()).await;
    first.stop().await;
    let second = Node::start(settings(), standard()).await.unwrap();
    assert_eq!(first.context().known.own(), second.context().known.own());
    assert_eq!(second.context().known.at(server.address()), Some(server.node().context().known.own()));
    second.stop().await;
}

#[tokio::test]
async fn a_damaged_key_keeps_a_node_from_starting_and_is_named() {
    let dirs = Dirs::with(&[]);
    let path = dirs.data.path().join("node.key");
    fs::write(&path, "no key").unwrap();
    let error = TestNode::try_start(dirs, &[]).await.map(|_| ()).unwrap_err();
    assert!(matches!(error, StartError::Key(_)), "{error}");
    assert!(error.to_string().contains(&path.display().to_string()), "{error}");
}

#[tokio::test]
async fn a_node_that_dials_itself_over_tls_finds_out_by_its_key() {
    let dirs = Dirs::with(&["backplane_chat"]);
    // A free port, found by a listener that is gone again.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("tcp+tls://127.0.0.1:{port}");
    let sets = [format!("network.inbound={address}"), format!("network.peers={address}")];
    let node = TestNode::try_start(dirs, &[&sets[0], &sets[1]]).await.unwrap();
    let peer = peer(&node, "a failed dial", |peer| peer.error.is_some()).await;
    assert_eq!(peer.error.as_deref(), Some("the peer is this node itself"));
    let address = address.parse().unwrap();
    assert!(node.node().context().is_connected(&address), "it is not dialled again");
}
