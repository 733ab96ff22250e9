//! What comes where the victim expects TLS: connections that are never set up, and records that break the rules.

use crate::attack::{Answer, Attack, Held, Script};
use crate::attacker::Attacker;
use crate::hello::{verack_frame, version, version_frame};
use Answer::Closed;
use backplane::key::{CERTIFICATE_NAME, NodeKey};
use backplane::transport::Tls;
use backplane_tests::raw_peer::RawPeer;
use rustls::ClientConnection;
use std::io::Write;

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
        steps(
            "a changed record of TLS",
            "a version whose record has one bit that is another",
            Closed("the connection broke: invalid data"),
            |on| Box::pin(changed(on)),
        ),
        steps(
            "nothing but changes of keys",
            "40 wishes for another key, with nothing between them",
            Closed("the connection broke: invalid data"),
            |on| Box::pin(restless(on)),
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

async fn changed(on: &Attacker) -> Held {
    let (mut tls, mut peer) = set_up(on).await;
    tls.writer().write_all(&version_frame(&version())).expect("there is room for it");
    let mut record = sealed(&mut tls);
    if let Some(last) = record.last_mut() {
        *last ^= 1;
    }
    peer.write(&record).await.expect("the victim reads");
    peer.drain().await;
    Vec::new()
}

async fn restless(on: &Attacker) -> Held {
    let (mut tls, mut peer) = set_up(on).await;
    for _ in 0..40 {
        tls.refresh_traffic_keys().expect("it may at any time");
        // The victim may have closed already.
        let _ = peer.write(&sealed(&mut tls)).await;
    }
    peer.drain().await;
    Vec::new()
}

/// A connection with stock rustls that is set up.
async fn set_up(on: &Attacker) -> (ClientConnection, RawPeer) {
    let mut peer = on.dial_for_tls(0).await;
    let name = CERTIFICATE_NAME.try_into().expect("it is a name");
    let client = Tls::new(&NodeKey::fresh()).client();
    let mut tls = ClientConnection::new(client, name).expect("the settings are those of a node");
    loop {
        peer.write(&sealed(&mut tls)).await.expect("the victim reads");
        if !tls.is_handshaking() {
            return (tls, peer);
        }
        let byte = peer.sip().await.expect("the victim shakes hands");
        tls.read_tls(&mut &[byte][..]).expect("it takes bytes");
        tls.process_new_packets().expect("the victim keeps to the rules");
    }
}

/// What is to be written.
fn sealed(tls: &mut ClientConnection) -> Vec<u8> {
    let mut bytes = Vec::new();
    while tls.wants_write() {
        tls.write_tls(&mut bytes).expect("memory takes it");
    }
    bytes
}
