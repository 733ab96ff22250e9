//! Which payloads share the memory that was read into, and which are copied out of it.

use crate::kit::*;
use backplane::message::Subscription;

/// Where the bytes of the next chunk lie.
async fn place(subscription: &Subscription) -> *const u8 {
    let chunks = batch(subscription).await.expect("a message comes");
    chunks.first().expect("a batch has a chunk").bytes.as_ptr()
}

/// A large payload of `a` and a small one of `b`, in one packet, as two subscribers to each hear it.
async fn hear() -> [[*const u8; 2]; 2] {
    let (mut rig, mut peer) = usual_rig();
    let [a, b] = ["a", "b"].map(|name| rig.command(name));
    let subscriptions = [[a.subscribe(), a.subscribe()], [b.subscribe(), b.subscribe()]];
    peer.write(&[frame("a", &[1; 40_000]), frame("b", &[2; 10])].concat()).await;
    rig.start();
    let mut places = [[std::ptr::null(); 2]; 2];
    for (places, subscriptions) in places.iter_mut().zip(&subscriptions) {
        for (at, subscription) in places.iter_mut().zip(subscriptions) {
            *at = place(subscription).await;
        }
    }
    places
}

#[tokio::test(start_paused = true)]
async fn two_subscribers_share_the_same_bytes() {
    for [one, other] in hear().await {
        assert_eq!(one, other);
    }
}

#[tokio::test(start_paused = true)]
async fn a_large_payload_shares_what_was_read_and_a_small_one_beside_it_is_copied() {
    let (mut rig, mut peer) = usual_rig();
    let [large, small] = ["a", "b"].map(|name| rig.command(name).subscribe());
    peer.write(&[frame("a", &[1; 40_000]), frame("b", &[2; 10])].concat()).await;
    rig.start();
    let (large, small) = (batch(&large).await, batch(&small).await);
    let (large, small) = (large.expect("a message comes"), small.expect("a message comes"));
    let whole = frame("a", &[1; 40_000]).len() + frame("b", &[2; 10]).len();
    assert_eq!(large[0].bytes.len(), whole, "the chunk is all that was read");
    assert_eq!(small[0].bytes.len(), 10, "the chunk is the payload alone");
    assert_eq!(payloads(&large), [vec![1; 40_000]]);
    assert_eq!(payloads(&small), [[2; 10]]);
}
