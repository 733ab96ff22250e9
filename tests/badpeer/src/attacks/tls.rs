//! Connections that are never set up: what comes where the victim expects TLS.

use crate::attack::{Answer, Attack, Held, Script};
use crate::attacker::Attacker;
use crate::hello::{verack_frame, version, version_frame};
use Answer::Closed;

/// The attacks.
#[must_use]
pub fn all() -> Vec<Attack> {
    let steps = |name, does, answer, steps| Attack::new(name, does, answer, Script::Steps(steps));
    vec![
        steps(
            "TLS that never ends",
            "8 connections with the first bytes of a hello",
            Closed("not set up in time"),
            |on| Box::pin(endless(on)),
        ),
        steps(
            "TLS a byte at a time",
            "a byte of a hello for each round of honest traffic",
            Closed("not set up in time"),
            |on| Box::pin(slow(on)),
        ),
        steps(
            "noise instead of TLS",
            "40 connections with noise, one after the other",
            Closed("cannot be set up"),
            |on| Box::pin(noise(on)),
        ),
        steps(
            "frames instead of TLS",
            "a version and a verack in the clear",
            Closed("cannot be set up"),
            |on| Box::pin(clear(on)),
        ),
    ]
}

/// The beginning of a hello of 16 KiB.
const HELLO: [u8; 43] = {
    let mut bytes = [0x77; 43];
    let record = [0x16, 3, 1, 0x40, 0, 1, 0, 0x3f, 0xfc, 3, 3];
    let mut at = 0;
    while at < record.len() {
        bytes[at] = record[at];
        at += 1;
    }
    bytes
};

async fn endless(on: &Attacker) -> Held {
    let mut peers = Vec::new();
    for host in 0..8 {
        let mut peer = on.dial_for_tls(host).await;
        peer.write(&HELLO).await.expect("the victim reads");
        peers.push(peer);
    }
    for mut peer in peers {
        peer.drain().await;
    }
    Vec::new()
}

async fn slow(on: &Attacker) -> Held {
    let mut peer = on.dial_for_tls(0).await;
    for byte in HELLO.iter().chain(&[0x77; 10_000]) {
        if peer.write(&[*byte]).await.is_err() {
            break;
        }
        on.round().await;
    }
    peer.drain().await;
    Vec::new()
}

async fn noise(on: &Attacker) -> Held {
    for host in 0..40 {
        let mut peer = on.dial_for_tls(host).await;
        // The victim may have closed already.
        let _ = peer.write(&[0xa5; 4096]).await;
        peer.drain().await;
    }
    Vec::new()
}

async fn clear(on: &Attacker) -> Held {
    let mut peer = on.dial_for_tls(0).await;
    // The victim may have closed already.
    let _ = peer.write(&[version_frame(&version()), verack_frame("dchatd", "0.4.1")].concat()).await;
    peer.drain().await;
    Vec::new()
}
