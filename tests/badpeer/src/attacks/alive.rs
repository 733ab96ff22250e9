//! Peers that do not show that they live, or pretend to.

use crate::attack::{Answer, Attack, Held, Opening, Script};
use crate::attacker::{Attacker, frame_of};
use Answer::Closed;
use backplane_tests::forge::{Forged, varint};
use backplane_tests::raw_peer::RawPeer;
use backplane_tests::vectors::MAGIC;

/// The victim asks as often as metering allows without a delay, and does not wait long.
pub(super) const BRISK: &[&str] =
    &["network.profiles.tcp.heartbeat_interval=2600ms", "network.profiles.tcp.connect_timeout=2s"];

/// What a channel is closed for on which nothing comes through any more.
pub(super) const NO_PONG: Answer = Closed("no pong within");

/// The attacks.
#[must_use]
pub fn all() -> Vec<Attack> {
    let wrong = Closed("another nonce");
    vec![
        Attack::new(
            "wrong pong",
            "a pong of another nonce",
            wrong,
            Script::Steps(|on| Box::pin(wrong_pong(on))),
        ),
        Attack::new(
            "pong that nobody asked for",
            "a pong in advance",
            wrong,
            Script::Steps(|on| Box::pin(early_pong(on))),
        ),
        Attack::new(
            "no pong",
            "never an answer to a ping",
            NO_PONG,
            Script::Steps(|on| Box::pin(no_pong(on))),
        )
        .with(BRISK),
        Attack::new(
            "header a byte at a time",
            "a byte of a header for each round of honest traffic, and never the last",
            NO_PONG,
            Script::Steps(|on| Box::pin(slow_header(on))),
        )
        .with(BRISK),
        Attack::new(
            "payload a byte at a time",
            "a byte of a payload for each round of honest traffic, and never the last",
            NO_PONG,
            Script::Steps(|on| Box::pin(slow_payload(on))),
        )
        .with(BRISK),
        Attack::new(
            "frame that is never finished",
            "a byte of a long line for each round of honest traffic, between two pings",
            Closed("did not finish a frame"),
            Script::Steps(|on| Box::pin(unfinished(on))),
        )
        .with(&["network.profiles.tcp.heartbeat_interval=1h"]),
        Attack::new(
            "unknown command without end",
            "a header with an unknown command and 2^64 - 1 bytes to come",
            NO_PONG,
            Script::Steps(|on| Box::pin(endless(on))),
        )
        .with(BRISK),
    ]
}

async fn wrong_pong(on: &Attacker) -> Held {
    let mut peer = on.meet(Opening::Shaken).await;
    let nonce: Vec<u8> = peer.next_of("ping").await.payload.iter().map(|byte| !byte).collect();
    peer.send("pong", &nonce).await;
    peer.rest().await;
    Vec::new()
}

async fn early_pong(on: &Attacker) -> Held {
    let mut peer = on.meet(Opening::Shaken).await;
    // Right by chance in one of 65 536: two of them are never both right.
    peer.send("pong", &[1, 0]).await;
    let ping = peer.next_of("ping").await;
    if ping.payload == [1, 0] {
        peer.send("pong", &[2, 0]).await;
    }
    peer.rest().await;
    Vec::new()
}

async fn no_pong(on: &Attacker) -> Held {
    let mut peer = on.meet(Opening::Shaken).await;
    peer.rest().await;
    Vec::new()
}

/// Answers pings until it begins to send these bytes, one by one. It takes what it is told meanwhile: it is slow in nothing else.
async fn drip(on: &Attacker, bytes: &[u8]) -> Held {
    let mut peer = on.meet(Opening::Ponged).await;
    for byte in bytes {
        if peer.write(&[*byte]).await.is_err() {
            break;
        }
        on.round().await;
        peer.take_in();
    }
    peer.drain().await;
    Vec::new()
}

async fn ended(mut peer: RawPeer) -> Held {
    peer.rest().await;
    Vec::new()
}

async fn slow_header(on: &Attacker) -> Held {
    let frame = frame_of("DchatMsg", b"\x04line");
    drip(on, frame.get(..12).unwrap_or_default()).await
}

async fn slow_payload(on: &Attacker) -> Held {
    let frame = frame_of("DchatMsg", &[b"\x50", &[b'x'; 80][..]].concat());
    drip(on, frame.get(..frame.len() - 1).unwrap_or_default()).await
}

/// More bytes than are sent before the victim has had enough.
async fn unfinished(on: &Attacker) -> Held {
    let frame = frame_of("DchatMsg", &[&varint(1 << 20)[..], &[b'x'; 1 << 20][..]].concat());
    drip(on, &frame).await
}

async fn endless(on: &Attacker) -> Held {
    let mut peer = on.meet(Opening::Ponged).await;
    let mut frame = Forged::new(MAGIC, b"nope", &[0; 4096]);
    frame.payload_len = varint(u64::MAX);
    // The victim may have closed already.
    let _ = peer.write(&frame.bytes()).await;
    ended(peer).await
}
