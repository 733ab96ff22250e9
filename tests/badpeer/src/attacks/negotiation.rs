//! Absurd lists of protocols.

use crate::attack::{Answer, Attack, Held, Script};
use crate::attacker::{Attacker, frame_of};
use crate::hello::{USUAL, introduce, list_frame, negotiating, protocols_frame};
use Answer::{Banned, Tolerated};
use backplane_tests::forge::{text, varint};
use backplane_tests::raw_peer::RawPeer;

/// The attacks.
#[must_use]
pub fn all() -> Vec<Attack> {
    let steps = |name, does, answer, steps| Attack::new(name, does, answer, Script::Steps(steps));
    vec![
        steps("256 protocols", "a list with as many protocols as may be", Tolerated, |on| {
            Box::pin(many(on, 256))
        }),
        steps("257 protocols", "a list with one more", Banned("rules of version"), |on| {
            Box::pin(many(on, 257))
        }),
        steps("too many protocols", "a list that is too long", Banned("which may have 16384"), |on| {
            Box::pin(too_many(on))
        }),
        steps("protocols that are no text", "names that are not UTF-8", Banned("rules of version"), |on| {
            Box::pin(no_text(on))
        }),
        steps("protocols of one name", "the same protocols several times", Tolerated, |on| {
            Box::pin(twins(on))
        }),
        steps("protocols told twice", "the same list again", Banned("rules of version"), |on| {
            Box::pin(again(on, protocols_frame(USUAL)))
        }),
        steps(
            "protocols that always change",
            "one list after the other, and no word of the victim's",
            Banned("rules of version"),
            |on| Box::pin(again(on, restless())),
        ),
        steps(
            "an answer to nothing",
            "a list that has heard what was never sent",
            Banned("rules of version"),
            |on| Box::pin(again(on, list_frame(2, 9, USUAL))),
        ),
        steps(
            "command of a protocol that was not offered",
            "lines by a peer that says it has no chat",
            Banned("unknown commands"),
            |on| Box::pin(unoffered(on)),
        ),
    ]
}

/// Shakes hands as a node that has these protocols; the list is a frame.
async fn offer(on: &Attacker, protocols: &[u8]) -> RawPeer {
    let mut peer = on.dial().await;
    let theirs = introduce(&mut peer, &negotiating(7)).await;
    assert!(theirs.is_some(), "the victim closed the channel");
    // A victim that has closed already has seen enough.
    let _ = peer.write(protocols).await;
    peer
}

async fn served(mut peer: RawPeer) -> Held {
    assert!(peer.is_served().await, "the victim closed the channel");
    vec![peer]
}

async fn closed(mut peer: RawPeer) -> Held {
    peer.rest().await;
    Vec::new()
}

/// Tells of this many protocols.
async fn many(on: &Attacker, count: usize) -> Held {
    let names: Vec<_> = (USUAL.len()..count).map(|number| format!("p{number}")).collect();
    let mut all = USUAL.to_vec();
    all.extend(names.iter().map(|name| (name.as_str(), &["a", "b"][..])));
    let peer = offer(on, &protocols_frame(&all)).await;
    if count > 256 { closed(peer).await } else { served(peer).await }
}

async fn too_many(on: &Attacker) -> Held {
    closed(offer(on, &frame_of("bp.protocols", &vec![0; 16_385])).await).await
}

async fn no_text(on: &Attacker) -> Held {
    let one = [text(&[0xff; 5]), vec![1, 0, 0, 0], varint(0)].concat();
    closed(
        offer(on, &frame_of("bp.protocols", &[vec![1, 0, 0, 0, 0, 0, 0, 0], varint(1), one].concat())).await,
    )
    .await
}

async fn twins(on: &Attacker) -> Held {
    served(offer(on, &protocols_frame(&[USUAL, USUAL, USUAL].concat())).await).await
}

/// Tells its protocols, and then these.
async fn again(on: &Attacker, lists: Vec<u8>) -> Held {
    closed(offer(on, &[protocols_frame(USUAL), lists].concat()).await).await
}

/// Chat comes and goes.
fn restless() -> Vec<u8> {
    let all = |revision: u32| {
        let count = if revision.is_multiple_of(2) { 2 } else { USUAL.len() };
        list_frame(revision, 1, USUAL.get(..count).unwrap_or_default())
    };
    (2..50).flat_map(all).collect()
}

async fn unoffered(on: &Attacker) -> Held {
    let mut peer = offer(on, &protocols_frame(USUAL.get(..2).unwrap_or_default())).await;
    assert!(peer.is_served().await, "the victim closed the channel");
    // From here on the victim knows that chat is not shared.
    let _ = peer.write(&frame_of("DchatMsg", b"\x04line").repeat(17)).await;
    closed(peer).await
}
