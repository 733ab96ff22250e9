//! The built-in ping as a plug-in, its protocol code unchanged: the boundary is where it should be.

use backplane::node::Node;
use backplane::transport::Transports;
use backplane_tests::node::{Dirs, TestNode};
use backplane_tests::raw_peer::{Frame, RawPeer};
use backplane_tests::vectors::{MAGIC, MAGIC_SETTING};
use backplane_tests::wait::eventually;

/// A node whose only ping is the plug-in.
async fn start(sets: &[&str]) -> TestNode {
    let dirs = Dirs::with(&["backplane_ping"]);
    let sets: Vec<_> = [MAGIC_SETTING, "plugin.ping.required=true"].iter().chain(sets).copied().collect();
    let node = Node::start_without(&["ping"], dirs.settings(&sets), Transports::standard()).await;
    let node = TestNode::around(node.expect("the plug-in takes the place of the built-in"), dirs);
    assert_eq!(node.plugin("ping").protocols, ["ping"]);
    node
}

async fn connect(node: &TestNode) -> RawPeer {
    let mut peer = RawPeer::dial(node.address(), MAGIC).await;
    peer.shake_hands().await;
    peer
}

#[tokio::test]
async fn ping_as_a_plugin_answers_with_the_same_nonce() {
    let node = start(&[]).await;
    let mut peer = connect(&node).await;
    for nonce in [[0x34, 0x12], [0xff, 0xff]] {
        peer.send("ping", &nonce).await;
        assert_eq!(peer.next_of("pong").await.payload, nonce);
    }
}

#[tokio::test]
async fn ping_as_a_plugin_asks_again_after_a_good_pong() {
    let node = start(&["plugin.ping.config.interval_ms=1"]).await;
    let mut peer = connect(&node).await;
    for _ in 0..3 {
        let Frame { payload, .. } = peer.next_of("ping").await;
        peer.send("pong", &payload).await;
    }
    node.speaks("ping", 1).await;
}

#[tokio::test]
async fn ping_as_a_plugin_closes_the_channel_on_a_wrong_nonce() {
    let node = start(&[]).await;
    let mut peer = connect(&node).await;
    let Frame { mut payload, .. } = peer.next_of("ping").await;
    let channel = node.channels().remove(0);
    payload[0] ^= 1;
    peer.send("pong", &payload).await;
    peer.rest().await;
    eventually("the channel is closed", || channel.close_reason().is_some()).await;
    let reason = channel.close_reason().expect("it is closed").to_string();
    assert_eq!(reason, "ping closed the channel: the pong has another nonce than the ping");
    assert!(node.node().context().hosts.bans().is_empty());
}

#[tokio::test]
async fn ping_as_a_plugin_closes_the_channel_when_no_pong_comes() {
    let node = start(&["plugin.ping.config.timeout_ms=1"]).await;
    let mut peer = connect(&node).await;
    assert_eq!(peer.rest().await.iter().filter(|frame| frame.command == "ping").count(), 1);
    assert_eq!(node.plugin("ping").panics, 0);
}
