//! A subscriber that takes its messages late or never.

use crate::kit::*;
use backplane::channel::{ChannelLimits, CloseReason, Fault};
use backplane::message::QueueLimits;
use backplane_plugin::SessionKind;
use std::pin::pin;
use std::time::Duration;

const SLOW: Duration = Duration::from_secs(30);
/// More than the connection and one read hold together.
const MANY: u32 = 400;

fn small_queue() -> (Rig, Peer) {
    let queue = QueueLimits { messages: 4, bytes: 1 << 20 };
    let limits = ChannelLimits { queue, slow_consumer_timeout: SLOW, ..ChannelLimits::default() };
    rig(SessionKind::Inbound, limits)
}

fn payload(number: u32) -> Vec<u8> {
    [number.to_le_bytes().as_slice(), &[0; 1020]].concat()
}

fn stream() -> Vec<u8> {
    (0..MANY).flat_map(|number| frame("a", &payload(number))).collect()
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_stops_the_peer_and_draining_it_in_time_loses_nothing() {
    let (mut rig, mut peer) = small_queue();
    let subscription = rig.command("a").subscribe();
    rig.start();
    let stream = stream();
    let mut writing = pin!(peer.write(&stream));
    assert_eq!(settled(&mut writing).await, None, "the peer could write everything");
    tokio::time::advance(SLOW / 2).await;
    let taking = take(&subscription, MANY as usize);
    let ((), taken) = tokio::join!(writing, taking);
    assert!(taken.iter().eq(&(0..MANY).map(payload).collect::<Vec<_>>()));
    assert_eq!(rig.channel.close_reason(), None);
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_stays_full_closes_the_channel_as_our_overrun() {
    let (mut rig, mut peer) = small_queue();
    let subscription = rig.command("a").subscribe();
    rig.start();
    let (mut stream, start) = (stream(), backplane::clock::now());
    stream.truncate(8 * 1100);
    peer.write(&stream).await;
    let reason = rig.ended().await;
    assert_eq!(reason, CloseReason::Overrun { protocol: "test".into(), command: "a".into() });
    assert_eq!(reason.fault(), Fault::Ours);
    assert_eq!((backplane::clock::now() - start).as_secs(), SLOW.as_secs());
    assert_eq!(drain(&subscription).await.len(), 8, "what had arrived is still there");
}

#[tokio::test(start_paused = true)]
async fn the_times_that_several_queues_stay_full_do_not_add_up() {
    let (mut rig, mut peer) = small_queue();
    let (one, _other) = (rig.command("a").subscribe(), rig.command("b").subscribe());
    rig.start();
    let start = backplane::clock::now();
    let fill = |command| frame(command, b"").repeat(4);
    peer.write(&[fill("a"), fill("b")].concat()).await;
    settled(std::future::pending::<()>()).await;
    tokio::time::advance(SLOW / 2).await;
    assert_eq!(take(&one, 4).await.len(), 4);
    let reason = rig.ended().await;
    assert_eq!(reason, CloseReason::Overrun { protocol: "test".into(), command: "b".into() });
    assert_eq!((backplane::clock::now() - start).as_secs(), SLOW.as_secs());
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_of_bytes_stops_the_reader_too() {
    let queue = QueueLimits { messages: 1000, bytes: 100 };
    let (mut rig, mut peer) = rig(SessionKind::Inbound, ChannelLimits { queue, ..ChannelLimits::default() });
    let subscription = rig.command("a").subscribe();
    rig.start();
    peer.write(&frame("a", &[1; 100])).await;
    settled(std::future::pending::<()>()).await;
    peer.write(&frame("a", &[2; 100])).await;
    settled(std::future::pending::<()>()).await;
    assert_eq!(take(&subscription, 1).await, [[1; 100]], "the second one was read though the queue was full");
    assert_eq!(take(&subscription, 1).await, [[2; 100]]);
}

#[tokio::test(start_paused = true)]
async fn a_subscription_that_is_dropped_while_full_lets_the_reader_go_on() {
    let (mut rig, mut peer) = small_queue();
    let (full, other) = (rig.command("a").subscribe(), rig.command("b").subscribe());
    rig.start();
    for number in 0..4 {
        peer.write(&frame("a", &payload(number))).await;
    }
    settled(std::future::pending::<()>()).await;
    peer.write(&frame("b", b"after")).await;
    assert!(settled(batch(&other)).await.is_none(), "the reader goes on though a queue is full");
    drop(full);
    assert_eq!(take(&other, 1).await, [b"after"]);
}
