//! More than one host, one group of hosts or one node may have.

use super::flow::deaf;
use crate::attack::{Answer, Attack, Held, Opening, Script};
use crate::attacker::{Attacker, GROUPS};
use Answer::{Banned, Closed};

/// The attacks.
#[must_use]
pub fn all() -> Vec<Attack> {
    let steps = |name, does, answer, steps| Attack::new(name, does, answer, Script::Steps(steps));
    vec![
        steps(
            "a host too often",
            "6 connections of one host",
            Closed("as many as one host may have"),
            |on| Box::pin(one_host(on)),
        ),
        steps(
            "a group too often",
            "12 connections of 12 hosts of one group",
            Closed("as many as one group may have"),
            |on| Box::pin(one_group(on)),
        )
        .with(&["network.inbound_connections=32"]),
        steps(
            "wrong magic again and again",
            "a frame of another network, eleven times over",
            Banned("bad frame"),
            |on| Box::pin(stubborn(on)),
        ),
        steps(
            "never reads, of a small node",
            "takes nothing, where all queues together have 8 MiB",
            Closed("queues of the node were full"),
            |on| Box::pin(deaf(on)),
        )
        .with(&["limits.memory_bytes=8388608", "limits.protocol_memory_percent=100"]),
    ]
}

async fn one_host(on: &Attacker) -> Held {
    let mut peers = Vec::new();
    for _ in 0..3 {
        peers.push(on.meet(Opening::Shaken).await);
    }
    for _ in 0..3 {
        let said = on.dial().await.rest().await;
        assert!(said.is_empty(), "the victim talks to a connection too many: {said:?}");
    }
    peers
}

async fn one_group(on: &Attacker) -> Held {
    let mut peers = Vec::new();
    for number in 0..12 {
        let mut peer = on.dial_from(number * GROUPS).await;
        if peer.try_to_shake_hands().await {
            peers.push(peer);
        }
    }
    assert_eq!(peers.len(), 8, "as many as one group may have");
    peers
}

async fn stubborn(on: &Attacker) -> Held {
    for _ in 0..11 {
        let mut peer = on.dial().await;
        // The victim may have closed already.
        let _ = peer.write(b"GET / HTTP/1.1\r\n\r\n").await;
        peer.rest().await;
    }
    while on.victim.node().context().hosts.bans().is_empty() {
        on.round().await;
    }
    let said = on.dial().await.rest().await;
    assert!(said.is_empty(), "the victim talks to a banned peer: {said:?}");
    Vec::new()
}
