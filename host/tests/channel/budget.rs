//! Metering: what a peer may send in ten seconds.

use crate::kit::*;
use backplane::channel::{CloseReason, Fault};
use backplane::clock;
use backplane::message::{CommandInfo, Subscription};
use backplane_plugin::Metering;
use backplane_plugin::abi::SendStatus;
use std::time::Duration;

/// The commands that every channel has, with their thresholds: 28 points together.
const COMMANDS: [(&str, u32); 6] =
    [("version", 4), ("verack", 4), ("ping", 4), ("pong", 4), ("getaddr", 6), ("addr", 6)];

fn metered() -> (Rig, Peer, Vec<Subscription>) {
    let (mut rig, peer) = usual_rig();
    let subscribe = |(name, threshold)| {
        let metering = Metering::per_ten_seconds(threshold);
        rig.add(CommandInfo { metering, ..command(name) }).subscribe()
    };
    let subscriptions = COMMANDS.map(subscribe).into();
    rig.start();
    (rig, peer, subscriptions)
}

#[tokio::test(start_paused = true)]
async fn twenty_eight_points_in_ten_seconds_are_fine_and_the_next_one_is_not() {
    for (count, fine) in [(28, true), (29, false)] {
        let (rig, mut peer, _subscriptions) = metered();
        peer.write(&frame("ping", b"").repeat(count)).await;
        if fine {
            assert_eq!(settled(rig.channel.ended()).await, None);
        } else {
            let reason = rig.ended().await;
            assert_eq!(reason, CloseReason::OverBudget { points: 29, budget: 28 });
            assert_eq!(reason.fault(), Fault::Peer);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_points_of_all_commands_count_together() {
    let (rig, mut peer, _subscriptions) = metered();
    let each: Vec<u8> = COMMANDS.iter().flat_map(|(name, _)| frame(name, b"").repeat(4)).collect();
    peer.write(&[each, frame("pong", b"").repeat(5)].concat()).await;
    assert_eq!(rig.ended().await, CloseReason::OverBudget { points: 29, budget: 28 });
}

#[tokio::test(start_paused = true)]
async fn points_of_other_commands_expire_too() {
    let (rig, mut peer, _subscriptions) = metered();
    for (name, threshold) in COMMANDS {
        let count = usize::try_from(threshold).expect("thresholds are small");
        peer.write(&frame(name, b"").repeat(count)).await;
    }
    settled(std::future::pending::<()>()).await;
    tokio::time::advance(Duration::from_secs(11)).await;
    peer.write(&frame("ping", b"").repeat(28)).await;
    assert_eq!(settled(rig.channel.ended()).await, None, "points of the last window were counted");
}

#[tokio::test(start_paused = true)]
async fn above_its_threshold_a_command_delays_the_reading() {
    let (_rig, mut peer, subscriptions) = metered();
    let start = clock::now();
    let pings = subscriptions.get(2).expect("ping is the third");
    peer.write(&frame("ping", b"1").repeat(6)).await;
    assert_eq!(take(pings, 6).await.len(), 6);
    settled(std::future::pending::<()>()).await;
    peer.write(&frame("ping", b"2")).await;
    assert_eq!(take(pings, 1).await, [b"2"]);
    assert_eq!((clock::now() - start).as_secs(), 2, "two points above the threshold are two seconds");
}

#[tokio::test(start_paused = true)]
async fn a_sender_is_held_back_twice_as_long_as_a_receiver_would() {
    let (rig, mut peer, _subscriptions) = metered();
    let ping = rig.channel.messages().find(b"ping").expect("ping is one of the commands");
    let statuses: Vec<_> = (0..6).map(|_| rig.channel.send(&ping, b"", false)).collect();
    let delayed = |seconds: u64| SendStatus::Delayed { nanos: seconds * 1_000_000_000 };
    let sent = SendStatus::Sent;
    assert_eq!(statuses, [sent, sent, sent, sent, delayed(2), delayed(4)]);
    assert_eq!(rig.channel.send(&ping, b"prepaid", true), SendStatus::Sent);
    for _ in 0..4 {
        assert_eq!(peer.frame().await, Some(("ping".to_owned(), Vec::new())));
    }
    assert_eq!(peer.frame().await, Some(("ping".to_owned(), b"prepaid".to_vec())));
}

#[tokio::test(start_paused = true)]
async fn a_command_without_metering_costs_nothing() {
    let (mut rig, mut peer) = usual_rig();
    let subscription = rig.command("a").subscribe();
    rig.start();
    peer.write(&frame("a", b"").repeat(5000)).await;
    assert_eq!(take(&subscription, 5000).await.len(), 5000);
    assert_eq!(rig.channel.close_reason(), None);
}
