//! Connections that are slow, that break, and that never take what is sent to them.

use super::alive::{BRISK, NO_PONG};
use crate::attack::{Answer, Attack, Held, Opening, Script};
use crate::attacker::{Attacker, frame_of};
use Answer::{Closed, Tolerated};
use backplane_tests::forge::{Forged, varint};
use backplane_tests::raw_peer::RawPeer;
use backplane_tests::vectors::MAGIC;

/// The longest line.
const LINE: usize = 16 * 1024 * 1024;
/// What the victim says to everybody at a time, to one that does not read as well: for each round of honest traffic so
/// much that the honest ones are always done with it.
const SAID: usize = 1024 * 1024;
/// More rounds than it takes for all buffers of the system and of the victim to fill.
const ROUNDS: usize = 64;

/// The attacks.
#[must_use]
pub fn all() -> Vec<Attack> {
    let steps = |name, does, answer, steps| Attack::new(name, does, answer, Script::Steps(steps));
    vec![
        steps("end within a frame", "a frame, ended in the middle", Tolerated, |on| Box::pin(end_within(on))),
        steps("reset within a frame", "a frame, broken off by a reset", Tolerated, |on| {
            Box::pin(reset_within(on))
        }),
        steps("half-closed connection", "an end of what it says, and open ears", Tolerated, |on| {
            Box::pin(half(on))
        }),
        steps("16 MiB in pieces of 1 KiB", "the longest line, by four peers at once", Tolerated, |on| {
            Box::pin(pieces(on))
        }),
        steps(
            "16 MiB without their end",
            "all but the last byte of the longest line, by four peers",
            NO_PONG,
            |on| Box::pin(unfinished(on)),
        )
        .with(BRISK),
        steps(
            "never reads",
            "takes nothing of what the victim says to it",
            Closed("too slow to take"),
            |on| Box::pin(deaf(on)),
        ),
        steps(
            "reads a byte at a time",
            "takes a byte for each round of honest traffic",
            Closed("too slow to take"),
            |on| Box::pin(sipping(on)),
        ),
        steps(
            "questions, and never reads",
            "pings without end, and takes no answer",
            Answer::Banned("metered messages"),
            |on| Box::pin(asks_and_never_reads(on)),
        ),
    ]
}

async fn end_within(on: &Attacker) -> Held {
    for cut in [2, 6, 13, 14, 16] {
        let mut peer = on.meet(Opening::Ponged).await;
        let frame = frame_of("DchatMsg", b"\x04line");
        peer.write(frame.get(..cut).unwrap_or_default()).await.expect("the victim reads");
        peer.finish().await.expect("the victim reads");
        peer.rest().await;
    }
    Vec::new()
}

async fn reset_within(on: &Attacker) -> Held {
    for cut in [2, 6, 13, 14, 16] {
        let mut peer = on.meet(Opening::Ponged).await;
        let frame = frame_of("DchatMsg", b"\x04line");
        peer.write(frame.get(..cut).unwrap_or_default()).await.expect("the victim reads");
        peer.reset().expect("the system can reset");
    }
    Vec::new()
}

async fn half(on: &Attacker) -> Held {
    let mut peer = on.meet(Opening::Ponged).await;
    peer.finish().await.expect("the victim reads");
    peer.rest().await;
    Vec::new()
}

/// The longest line that there is, of a peer with a number.
fn longest() -> Vec<u8> {
    let mut text = varint(LINE as u64 - 5);
    text.resize(LINE, b'x');
    let mut frame = Forged::new(MAGIC, b"DchatMsg", &[]);
    frame.payload_len = varint(LINE as u64);
    frame.payload = text;
    frame.bytes()
}

/// Four peers that write these bytes in small pieces, side by side.
async fn four(on: &Attacker, bytes: &[u8]) -> [RawPeer; 4] {
    let one = async |host: usize| {
        let mut peer = on.dial_from(host).await;
        peer.shake_hands().await;
        peer.answer_ping().await;
        for piece in bytes.chunks(1024) {
            if peer.write(piece).await.is_err() {
                break;
            }
        }
        peer
    };
    tokio::join!(one(0), one(1), one(2), one(3)).into()
}

async fn pieces(on: &Attacker) -> Held {
    let mut peers = four(on, &longest()).await;
    for peer in &mut peers {
        assert!(peer.is_served().await, "the victim closed the channel");
    }
    peers.into()
}

async fn unfinished(on: &Attacker) -> Held {
    let line = longest();
    for mut peer in four(on, line.get(..line.len() - 1).unwrap_or_default()).await {
        peer.rest().await;
    }
    Vec::new()
}

/// Whether the victim has a channel with the attacker.
fn is_connected(on: &Attacker) -> bool {
    let channels = on.victim.channels();
    channels.iter().any(|channel| channel.address().ip_lenient() == Some(on.host(0).into()))
}

/// The victim talks until it gives the attacker up.
async fn talk(on: &Attacker, mut sipping: Option<&mut RawPeer>) {
    let line = "x".repeat(SAID);
    for _ in 0..ROUNDS {
        if !is_connected(on) {
            return;
        }
        on.victim.say(&line).await;
        if let Some(peer) = sipping.as_mut() {
            peer.sip().await;
        }
        on.round().await;
    }
}

pub(super) async fn deaf(on: &Attacker) -> Held {
    let peer = on.meet(Opening::Ponged).await;
    talk(on, None).await;
    vec![peer]
}

async fn sipping(on: &Attacker) -> Held {
    let mut peer = on.meet(Opening::Ponged).await;
    talk(on, Some(&mut peer)).await;
    vec![peer]
}

async fn asks_and_never_reads(on: &Attacker) -> Held {
    let mut peer = on.meet(Opening::Ponged).await;
    let pings = frame_of("ping", &[1, 0]).repeat(20);
    while peer.write(&pings).await.is_ok() {
        on.round().await;
    }
    vec![peer]
}
