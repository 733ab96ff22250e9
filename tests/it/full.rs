//! A node whose inbound slots are all taken.

use backplane::channel::CloseReason;
use backplane_tests::node::TestNode;
use backplane_tests::raw_peer::RawPeer;
use backplane_tests::vectors::{MAGIC, MAGIC_SETTING};
use backplane_tests::wait::eventually;

#[tokio::test]
async fn a_peer_that_shares_a_plugin_gets_the_slot_of_one_that_does_not() {
    let one_slot = [MAGIC_SETTING, "network.inbound_connections=1"];
    let node = TestNode::start(&["backplane_chat"], &one_slot).await;
    let useless = TestNode::start(&[], &[MAGIC_SETTING, &node.as_peer()]).await;
    eventually("the first peer", || node.channels().len() == 1).await;
    let evicted = node.channels()[0].clone();
    let slots = || node.node().context().inbound.status().channels;
    assert_eq!(slots(), [evicted.id()]);

    let mut useful = RawPeer::dial(node.address(), MAGIC).await;
    useful.shake_hands().await;
    eventually("the first peer leaves", || evicted.close_reason() == Some(&CloseReason::Evicted)).await;
    useless.stop().await;
    eventually("the slot is the other's", || {
        node.channels().len() == 1 && slots() == [node.channels()[0].id()]
    })
    .await;
    assert_eq!(node.channels()[0].close_reason(), None);

    // Of the same group as the one that stays, and later.
    let mut late = RawPeer::dial(node.address(), MAGIC).await;
    late.shake_hands().await;
    late.rest().await;
    eventually("the late one is gone", || node.channels().len() == 1).await;
    assert_eq!(node.channels()[0].close_reason(), None);
    assert!(node.node().context().hosts.bans().is_empty());
}
