//! What breaks the rules of `chat.room`.

use crate::attack::{Answer, Attack, Held, Script};
use crate::attacker::{Attacker, frame_of};
use crate::hello::{introduce, negotiating, protocols_frame};
use Answer::Banned;
use backplane_chat::net::messages::{Announce, Fetch, Messages, Rooms, Sync};
use backplane_chat::room::{Draft, Envelope, Heads, Opened, Room, RoomName, Writer};
use backplane_chat::secret::Identity;
use backplane_plugin::{Message, wire};
use backplane_tests::raw_peer::RawPeer;

const RULES: Answer = Banned("rules of chat.room");
const COMMANDS: &[&str] = &[Rooms::NAME, Announce::NAME, Fetch::NAME, Messages::NAME, Sync::NAME];

/// The attacks.
#[must_use]
pub fn all() -> Vec<Attack> {
    let steps = |name, does, answer, steps| Attack::new(name, does, answer, Script::Steps(steps));
    vec![
        steps("message that nobody asked for", "a signed message, just so", RULES, |on| {
            Box::pin(unasked(on))
        }),
        steps("signature of somebody else", "a message that its author has not signed", RULES, |on| {
            Box::pin(forged(on))
        }),
        steps("announcement of 1001 ids", "an announcement that is an id too long", RULES, |on| {
            Box::pin(says(on, frame(&Announce { room: room().id, ids: vec![[7; 32]; 1001] })))
        }),
        steps("flood of announcements", "40 000 ids of messages that are nowhere", RULES, |on| {
            Box::pin(says(on, (0..40).flat_map(nowhere).collect()))
        }),
        steps("question for 257 messages", "a question that is an id too long", RULES, |on| {
            Box::pin(says(on, frame(&Fetch { ids: vec![[7; 32]; 257] })))
        }),
        steps("questions without end", "a million questions, faster than they are answered", RULES, |on| {
            Box::pin(says(on, frame(&Fetch { ids: vec![[7; 32]; 256] }).repeat(4000)))
        }),
        steps("more rooms than there may be", "257 rooms", RULES, |on| {
            Box::pin(says(on, frame(&Rooms { rooms: vec![[7; 32]; 257], floors: vec![0; 257] })))
        }),
        steps("reconciliation of nonsense", "a round that cannot be read", RULES, |on| {
            Box::pin(nonsense(on))
        }),
        steps("envelopes of 281 KiB", "an answer that is too long", Banned("which may have 286720"), |on| {
            Box::pin(says(on, frame_of(Messages::NAME, &vec![0; 281 * 1024])))
        }),
    ]
}

fn room() -> Room {
    Room::public(&RoomName::parse("#lobby").expect("it is a name"))
}

/// A signed message.
fn message(text: &str) -> Opened {
    let (identity, room, heads) = (Identity::from_secret([7; 32]), room(), Heads::default());
    let writer = Writer { identity: &identity, name: "mallory", room: &room, heads: &heads };
    let written =
        writer.write(Draft::Text { text, reply: None }, backplane::clock::unix_seconds() * 1000, &mut || 0);
    written.expect("it can be said")
}

fn frame<M: Message>(message: &M) -> Vec<u8> {
    frame_of(M::NAME, &wire::to_bytes(message).expect("a message can be encoded"))
}

/// An announcement of a thousand messages that do not exist.
fn nowhere(number: u16) -> Vec<u8> {
    let id = |place: u16| {
        let mut id = [9; 32];
        id[..4].copy_from_slice(&[number.to_le_bytes(), place.to_le_bytes()].concat());
        id
    };
    frame(&Announce { room: room().id, ids: (0..1000).map(id).collect() })
}

/// Shakes hands as a node with rooms, until the victim speaks of its own.
async fn meet(on: &Attacker) -> RawPeer {
    let mut peer = on.dial().await;
    let theirs = introduce(&mut peer, &negotiating(7)).await;
    assert!(theirs.is_some(), "the victim closed the channel");
    // A victim that has closed already has seen enough.
    let _ = peer.write(&protocols_frame(&[("chat.room", COMMANDS)])).await;
    peer.next_of(Rooms::NAME).await;
    peer
}

async fn closed(mut peer: RawPeer) -> Held {
    peer.drain().await;
    Vec::new()
}

/// Says this.
async fn says(on: &Attacker, frames: Vec<u8>) -> Held {
    let mut peer = meet(on).await;
    let _ = peer.write(&frames).await;
    closed(peer).await
}

async fn unasked(on: &Attacker) -> Held {
    let envelopes = vec![message("unasked").envelope().clone()];
    says(on, frame(&Messages { envelopes, gone: Vec::new() })).await
}

async fn forged(on: &Attacker) -> Held {
    let mut peer = meet(on).await;
    let mut envelope: Envelope = message("forged").envelope().clone();
    let _ = peer.write(&frame(&Announce { room: room().id, ids: vec![envelope.id()] })).await;
    peer.next_of(Fetch::NAME).await;
    envelope.signature = [5; 64];
    let _ = peer.write(&frame(&Messages { envelopes: vec![envelope], gone: Vec::new() })).await;
    closed(peer).await
}

async fn nonsense(on: &Attacker) -> Held {
    let mut peer = meet(on).await;
    let joined = frame(&Rooms { rooms: vec![room().id], floors: vec![0] });
    let round = frame(&Sync { room: room().id, round: 0, floor: 0, payload: vec![0xff; 1000] });
    let _ = peer.write(&[joined, round].concat()).await;
    closed(peer).await
}
