//! Frames that a channel does not know, or does not allow.

use crate::kit::*;
use backplane::channel::{ChannelLimits, CloseReason, Fault};
use backplane::message::CommandInfo;
use backplane_plugin::SessionKind;

fn allowing(unknown_commands: Option<u32>) -> (Rig, Peer) {
    rig(SessionKind::Inbound, ChannelLimits { unknown_commands, ..ChannelLimits::default() })
}

#[tokio::test(start_paused = true)]
async fn known_frames_around_an_unknown_one_in_the_same_packet_are_heard_once() {
    let (mut rig, mut peer) = usual_rig();
    let subscription = rig.command("a").subscribe();
    rig.start();
    peer.write(&[frame("a", b"one"), frame("x", b"stranger"), frame("a", b"two")].concat()).await;
    peer.shutdown().await;
    assert_eq!(drain(&subscription).await, [b"one", b"two"]);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_frame_is_passed_over_wherever_it_is_split() {
    let stranger = frame("x", &frame("a", b"inside"));
    for at in 0..=stranger.len() {
        let (mut rig, mut peer) = usual_rig();
        let subscription = rig.command("a").subscribe();
        rig.start();
        peer.write(&[&frame("a", b"before"), &stranger[..at]].concat()).await;
        settled(std::future::pending::<()>()).await;
        peer.write(&[&stranger[at..], &frame("a", b"after")].concat()).await;
        peer.shutdown().await;
        assert_eq!(drain(&subscription).await, [&b"before"[..], b"after"], "split at {at}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_claimed_length_without_end_is_passed_over_as_it_arrives() {
    let (mut rig, mut peer) = usual_rig();
    rig.start();
    peer.write(&header("x", usize::MAX)).await;
    for _ in 0..64 {
        peer.write(&[0; 64 * 1024]).await;
    }
    peer.shutdown().await;
    assert_eq!(rig.ended().await, CloseReason::PeerClosed);
}

#[tokio::test(start_paused = true)]
async fn unknown_frames_beyond_the_allowance_are_the_peers_fault() {
    let (mut rig, mut peer) = allowing(Some(2));
    let subscription = rig.command("a").subscribe();
    rig.start();
    for name in ["x", "y"] {
        peer.write(&frame(name, b"")).await;
    }
    peer.write(&frame("a", b"still here")).await;
    assert_eq!(take(&subscription, 1).await, [b"still here"]);
    peer.write(&frame("z", b"")).await;
    let reason = rig.ended().await;
    assert_eq!(reason, CloseReason::UnknownCommands { count: 3, last: "z".into() });
    assert_eq!(reason.fault(), Fault::Peer);
}

#[tokio::test(start_paused = true)]
async fn without_an_allowance_any_number_is_passed_over() {
    let (mut rig, mut peer) = allowing(None);
    let subscription = rig.command("a").subscribe();
    rig.start();
    for _ in 0..1000 {
        peer.write(&frame("x", b"stranger")).await;
    }
    peer.write(&frame("a", b"still here")).await;
    assert_eq!(take(&subscription, 1).await, [b"still here"]);
}

#[tokio::test(start_paused = true)]
async fn a_payload_above_its_limit_closes_before_it_arrives() {
    let (mut rig, mut peer) = usual_rig();
    let subscription = rig.add(CommandInfo { max_bytes: 10, ..command("a") }).subscribe();
    rig.start();
    peer.write(&[frame("a", &[1; 10]), header("a", 11)].concat()).await;
    assert_eq!(rig.ended().await, CloseReason::TooLarge { command: "a".into(), bytes: 11, max: 10 });
    assert_eq!(drain(&subscription).await, [[1; 10]], "what came before is heard");
}

#[tokio::test(start_paused = true)]
async fn a_malformed_message_that_nobody_subscribes_to_is_misbehaviour() {
    let (mut rig, mut peer) = usual_rig();
    rig.add(CommandInfo { check: Some(|payload| payload == b"good"), ..command("a") });
    rig.start();
    peer.write(&frame("a", b"good")).await;
    assert_eq!(settled(rig.channel.ended()).await, None);
    peer.write(&frame("a", b"evil")).await;
    let what = "a malformed a".to_owned();
    assert_eq!(rig.ended().await, CloseReason::Misbehaved { protocol: "test".into(), what });
}

#[tokio::test(start_paused = true)]
async fn a_stream_of_another_network_is_refused_at_its_first_byte() {
    let (mut rig, mut peer) = usual_rig();
    rig.start();
    peer.write(b"G").await;
    let reason = rig.ended().await;
    assert!(matches!(reason, CloseReason::BadFrame(_)), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_ends_within_a_frame_is_nobodys_fault() {
    let (mut rig, mut peer) = usual_rig();
    rig.command("a");
    rig.start();
    peer.write(&header("a", 100)).await;
    peer.shutdown().await;
    let reason = rig.ended().await;
    assert_eq!((reason.fault(), reason), (Fault::Nobody, CloseReason::PeerClosed));
}
