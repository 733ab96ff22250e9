//! What is left of a channel after its end.

use crate::kit::*;
use backplane::channel::CloseReason;
use backplane_plugin::abi::SendStatus;

#[tokio::test(start_paused = true)]
async fn what_was_queued_before_the_close_is_written_as_whole_frames() {
    let (mut rig, mut peer) = usual_rig();
    let command = rig.command("a");
    rig.start();
    for number in 0..100_u8 {
        assert_eq!(rig.channel.send(&command, &[number; 500], false), SendStatus::Sent);
    }
    rig.channel.close(CloseReason::Done);
    assert_eq!(rig.channel.send(&command, b"late", false), SendStatus::Closed);
    for number in 0..100_u8 {
        assert_eq!(peer.frame().await, Some(("a".to_owned(), vec![number; 500])));
    }
    assert_eq!(peer.frame().await, None);
    rig.finished().await;
}

#[tokio::test(start_paused = true)]
async fn only_the_first_reason_counts() {
    let (mut rig, _peer) = usual_rig();
    rig.start();
    rig.channel.close(CloseReason::Done);
    rig.channel.close(CloseReason::Shutdown);
    assert_eq!(rig.ended().await, CloseReason::Done);
}

#[tokio::test(start_paused = true)]
async fn a_subscription_drains_and_then_ends() {
    let (mut rig, mut peer) = usual_rig();
    let subscription = rig.command("a").subscribe();
    rig.start();
    peer.write(&frame("a", b"last")).await;
    peer.shutdown().await;
    assert_eq!(rig.ended().await, CloseReason::PeerClosed);
    assert_eq!(drain(&subscription).await, [b"last"]);
}

#[tokio::test(start_paused = true)]
async fn a_subscription_made_after_the_end_is_at_its_end() {
    let (mut rig, _peer) = usual_rig();
    let command = rig.command("a");
    rig.start();
    rig.channel.close(CloseReason::Done);
    assert!(drain(&command.subscribe()).await.is_empty());
    assert!(drain(&rig.command("b").subscribe()).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_commands_of_a_protocol_that_is_removed_are_unknown_and_cannot_be_sent() {
    let (mut rig, mut peer) = usual_rig();
    let command = rig.command("a");
    let subscription = command.subscribe();
    rig.start();
    rig.channel.messages().remove_protocol("test");
    peer.write(&frame("a", b"to nobody")).await;
    assert!(drain(&subscription).await.is_empty());
    assert_eq!(rig.channel.send(&command, b"", false), SendStatus::Closed);
    assert_eq!(settled(rig.channel.ended()).await, None, "the channel lives");
}
