//! A peer that begins frames and does not finish them.

use crate::kit::*;
use backplane::channel::{ChannelLimits, CloseReason, Fault, FrameLimits, PaceLimits};
use backplane_plugin::SessionKind;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const LIMITS: FrameLimits = FrameLimits { time: Duration::from_secs(30), bytes_per_second: 1000 };

fn limited() -> (Rig, Peer) {
    rig(SessionKind::Inbound, ChannelLimits { frame: LIMITS, ..ChannelLimits::default() })
}

/// Writes bytes piece by piece, a piece a second, until they end or the channel does: how many seconds that were.
async fn trickle(rig: &Rig, peer: &mut Peer, bytes: &[u8], piece: usize) -> u64 {
    let start = backplane::clock::now();
    for piece in bytes.chunks(piece) {
        if rig.channel.close_reason().is_some() {
            break;
        }
        peer.write(piece).await;
        settled(std::future::pending::<()>()).await;
        tokio::time::advance(SECOND).await;
        settled(std::future::pending::<()>()).await;
    }
    (backplane::clock::now() - start).as_secs()
}

#[tokio::test(start_paused = true)]
async fn a_header_a_byte_a_second_ends_the_channel() {
    let (mut rig, mut peer) = limited();
    rig.start();
    let header = header(&"a".repeat(200), 0);
    let took = trickle(&rig, &mut peer, &header, 1).await;
    let reason = rig.channel.close_reason();
    assert_eq!(reason, Some(&CloseReason::Unfinished), "after {took} s");
    assert_eq!(reason.map(CloseReason::fault), Some(Fault::Peer));
    assert!((30..=31).contains(&took), "it took {took} s");
}

#[tokio::test(start_paused = true)]
async fn a_payload_that_stops_ends_the_channel_even_if_no_more_comes() {
    let (mut rig, mut peer) = limited();
    rig.command("a");
    rig.start();
    let start = backplane::clock::now();
    peer.write(&header("a", 100)).await;
    assert_eq!(rig.ended().await, CloseReason::Unfinished);
    assert_eq!((backplane::clock::now() - start).as_secs(), 30);
}

#[tokio::test(start_paused = true)]
async fn a_large_payload_has_longer_as_long_as_it_comes_at_the_least_speed() {
    let (mut rig, mut peer) = limited();
    let subscription = rig.command("a").subscribe();
    rig.start();
    let took = trickle(&rig, &mut peer, &frame("a", &[7; 200_000]), 1100).await;
    assert!(took > 150, "it took {took} s only");
    assert_eq!(take(&subscription, 1).await, [[7; 200_000]]);
    assert_eq!(rig.channel.close_reason(), None);
}

#[tokio::test(start_paused = true)]
async fn a_large_payload_below_the_least_speed_ends_the_channel() {
    let (mut rig, mut peer) = limited();
    rig.command("a");
    rig.start();
    let took = trickle(&rig, &mut peer, &frame("a", &[7; 200_000]), 500).await;
    assert_eq!(rig.channel.close_reason(), Some(&CloseReason::Unfinished));
    assert!((55..=65).contains(&took), "half of the least speed doubles the time: it took {took} s");
}

#[tokio::test(start_paused = true)]
async fn the_payload_of_an_unknown_command_has_a_deadline_too() {
    let (mut rig, mut peer) = limited();
    rig.start();
    let endless = [header("x", usize::MAX), vec![0; 1000]].concat();
    let took = trickle(&rig, &mut peer, &endless, 1).await;
    assert_eq!(rig.channel.close_reason(), Some(&CloseReason::Unfinished));
    assert!(took < 62, "header and payload have their time each: it took {took} s");
}

#[tokio::test(start_paused = true)]
async fn every_frame_has_the_whole_time_and_between_frames_there_is_no_limit() {
    let (mut rig, mut peer) = limited();
    let subscription = rig.command("a").subscribe();
    rig.start();
    for _ in 0..3 {
        for frame in [frame("a", &[7; 20]), frame("x", &[7; 20])] {
            assert!(trickle(&rig, &mut peer, &frame, 2).await > 10);
        }
        assert_eq!(take(&subscription, 1).await, [[7; 20]]);
        tokio::time::advance(LIMITS.time * 100).await;
    }
    assert_eq!(settled(rig.channel.ended()).await, None);
}

#[tokio::test(start_paused = true)]
async fn the_time_in_which_this_node_does_not_read_is_not_held_against_the_peer() {
    let pace = PaceLimits { bytes_per_second: 1000, cpu_percent: 0 };
    let frame_limits = FrameLimits { time: SECOND / 2, bytes_per_second: u64::MAX };
    let limits = ChannelLimits { pace, frame: frame_limits, ..ChannelLimits::default() };
    let (mut rig, mut peer) = rig(SessionKind::Inbound, limits);
    let subscription = rig.command("a").subscribe();
    rig.start();
    // Each piece is worth a rest of a second.
    let took = trickle(&rig, &mut peer, &frame("a", &[7; 200_000]), 10_000).await;
    assert!(took >= 20, "it took {took} s only");
    assert_eq!(take(&subscription, 1).await, [[7; 200_000]]);
    assert_eq!(rig.channel.close_reason(), None);
}
