//! What a subscription hears, and in which order.

use crate::kit::*;
use proptest::collection::vec;
use proptest::prelude::*;

#[tokio::test(start_paused = true)]
async fn a_subscription_made_before_the_start_hears_the_first_byte() {
    let (mut rig, mut peer) = usual_rig();
    peer.write(&frame("a", b"first")).await;
    let subscription = rig.command("a").subscribe();
    rig.start();
    assert_eq!(take(&subscription, 1).await, [b"first"]);
}

#[tokio::test(start_paused = true)]
async fn each_command_keeps_its_order_in_a_queue_of_its_own() {
    let (mut rig, mut peer) = usual_rig();
    let subscriptions = ["a", "b"].map(|name| rig.command(name).subscribe());
    rig.start();
    let payload = |number: u32| number.to_le_bytes();
    for number in 0..1000_u32 {
        let name = if number % 3 == 0 { "a" } else { "b" };
        peer.write(&frame(name, &payload(number))).await;
    }
    peer.shutdown().await;
    let [a, b] = [drain(&subscriptions[0]).await, drain(&subscriptions[1]).await];
    let expected = |third: bool| (0..1000).filter(|n| (n % 3 == 0) == third).map(payload).collect::<Vec<_>>();
    assert_eq!(a, expected(true));
    assert_eq!(b, expected(false));
}

#[tokio::test(start_paused = true)]
async fn every_subscription_of_a_command_hears_everything() {
    let (mut rig, mut peer) = usual_rig();
    let command = rig.command("a");
    let subscriptions = [command.subscribe(), command.subscribe()];
    rig.start();
    peer.write(&[frame("a", b"1"), frame("a", b"2")].concat()).await;
    for subscription in &subscriptions {
        assert_eq!(take(subscription, 2).await, [b"1", b"2"]);
    }
}

#[tokio::test(start_paused = true)]
async fn dropping_a_subscription_unsubscribes() {
    let (mut rig, mut peer) = usual_rig();
    let command = rig.command("a");
    let (kept, dropped) = (command.subscribe(), command.subscribe());
    assert_eq!(command.subscriptions(), 2);
    drop(dropped);
    assert_eq!(command.subscriptions(), 1);
    rig.start();
    peer.write(&frame("a", b"1")).await;
    assert_eq!(take(&kept, 1).await, [b"1"]);
}

/// What the subscriptions to `a` and `b` hear of a stream that arrives in these pieces.
fn heard(pieces: &[&[u8]]) -> [Vec<Vec<u8>>; 2] {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime without I/O can be made").block_on(async {
        let (mut rig, mut peer) = usual_rig();
        let [a, b] = ["a", "b"].map(|name| rig.command(name).subscribe());
        rig.start();
        for piece in pieces {
            peer.write(piece).await;
            // Lets the reader have the piece before the next one comes.
            settled(std::future::pending::<()>()).await;
        }
        peer.shutdown().await;
        [drain(&a).await, drain(&b).await]
    })
}

/// A command (`c` is unknown) with its payload.
fn stream() -> impl Strategy<Value = Vec<(&'static str, Vec<u8>)>> {
    let command = prop_oneof![3 => Just("a"), 2 => Just("b"), 1 => Just("c")];
    vec((command, vec(any::<u8>(), 0..12)), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn hears_the_same_wherever_the_stream_is_split(frames in stream(), mut cuts in vec(any::<prop::sample::Index>(), 0..4)) {
        let bytes: Vec<u8> = frames.iter().flat_map(|(command, payload)| frame(command, payload)).collect();
        cuts.sort_by_key(|cut| cut.index(bytes.len()));
        let mut pieces = Vec::new();
        let mut start = 0;
        for end in cuts.iter().map(|cut| cut.index(bytes.len())).chain([bytes.len()]) {
            pieces.push(&bytes[start..end]);
            start = end;
        }
        let sent = |name| frames.iter().filter(move |(command, _)| *command == name).map(|(_, payload)| payload.clone());
        prop_assert_eq!(heard(&pieces), ["a", "b"].map(|name| sent(name).collect::<Vec<_>>()));
    }
}
