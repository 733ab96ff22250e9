//! A peer that reads late or never.

use crate::kit::*;
use backplane::channel::{ChannelLimits, CloseReason, Fault, OutgoingLimits};
use backplane_plugin::SessionKind;
use backplane_plugin::abi::{Bytes, SendStatus};
use std::time::Duration;

const STUCK: Duration = Duration::from_secs(20);
const PAYLOAD: [u8; 1000] = [5; 1000];

fn small_buffer() -> (Rig, Peer) {
    let outgoing = OutgoingLimits { high: 4 * 1024, max: 16 * 1024 };
    let limits = ChannelLimits { outgoing, write_timeout: STUCK, ..ChannelLimits::default() };
    rig(SessionKind::Inbound, limits)
}

#[tokio::test(start_paused = true)]
async fn a_sender_waits_for_a_full_buffer_and_then_goes_on() {
    let (mut rig, mut peer) = small_buffer();
    let command = rig.command("a");
    rig.start();
    let sent = fill(&rig.channel, &command, &PAYLOAD).await;
    let reading = async {
        for _ in 0..sent {
            assert_eq!(peer.frame().await, Some(("a".to_owned(), PAYLOAD.to_vec())));
        }
    };
    let ((), ()) = tokio::join!(within("room", writable(&rig.channel)), reading);
    assert_eq!(rig.channel.send(&command, b"last", false), SendStatus::Sent);
    assert_eq!(peer.frame().await, Some(("a".to_owned(), b"last".to_vec())));
    assert_eq!(rig.channel.close_reason(), None);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_never_reads_is_closed_as_too_slow() {
    let (mut rig, _peer) = small_buffer();
    let command = rig.command("a");
    rig.start();
    fill(&rig.channel, &command, &PAYLOAD).await;
    let start = backplane::clock::now();
    let reason = rig.ended().await;
    assert_eq!(reason, CloseReason::TooSlow);
    assert_eq!(reason.fault(), Fault::Peer);
    assert!(backplane::clock::now() - start <= STUCK);
    within("the sender to be let go", writable(&rig.channel)).await;
    assert_eq!(rig.channel.send(&command, &PAYLOAD, false), SendStatus::Closed);
    rig.finished().await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_reads_a_little_now_and_then_is_not_too_slow() {
    let (mut rig, mut peer) = small_buffer();
    let command = rig.command("a");
    rig.start();
    let sent = fill(&rig.channel, &command, &PAYLOAD).await;
    for _ in 0..sent {
        tokio::time::advance(STUCK / 2).await;
        assert!(peer.frame().await.is_some());
    }
    assert_eq!(rig.channel.close_reason(), None);
}

#[tokio::test(start_paused = true)]
async fn a_broadcast_gives_up_a_peer_whose_buffer_overflows() {
    let (mut rig, _peer) = small_buffer();
    let command = rig.command("a");
    rig.start();
    fill(&rig.channel, &command, &PAYLOAD).await;
    let payload = Bytes::from(PAYLOAD.to_vec());
    let queued =
        (0..1000).take_while(|_| rig.channel.broadcast(&command, &payload) == SendStatus::Sent).count();
    assert!((1..16).contains(&queued), "{queued} broadcasts of 1000 bytes fit");
    assert_eq!(rig.channel.close_reason(), Some(&CloseReason::TooSlow));
}

#[tokio::test(start_paused = true)]
async fn a_payload_above_its_limit_is_not_sent() {
    let (mut rig, mut peer) = usual_rig();
    let limited = rig.add(backplane::message::CommandInfo { max_bytes: 3, ..command("a") });
    rig.start();
    assert_eq!(rig.channel.send(&limited, b"four", false), SendStatus::TooLarge);
    assert_eq!(rig.channel.send(&limited, b"tri", false), SendStatus::Sent);
    assert_eq!(peer.frame().await, Some(("a".to_owned(), b"tri".to_vec())));
}

#[tokio::test(start_paused = true)]
async fn large_and_small_broadcasts_and_messages_arrive_in_the_order_of_the_calls() {
    let (mut rig, mut peer) = usual_rig();
    let command = rig.command("a");
    rig.start();
    let sizes = [10, 5000, 20, 70_000, 30, 4096];
    for (index, size) in sizes.into_iter().enumerate() {
        let payload = vec![9; size];
        let status = if index % 2 == 0 {
            rig.channel.send(&command, payload.as_slice(), false)
        } else {
            rig.channel.broadcast(&command, &payload.into())
        };
        assert_eq!(status, SendStatus::Sent);
    }
    for size in sizes {
        assert_eq!(peer.frame().await, Some(("a".to_owned(), vec![9; size])));
    }
}
