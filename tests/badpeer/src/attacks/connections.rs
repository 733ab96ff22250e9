//! Many connections, connections of the banned, and connections that pretend to be somebody else's.

use crate::attack::{Answer, Attack, Held, Opening, Role, Script};
use crate::attacker::{Attacker, frame_of};
use crate::hello::{USUAL, introduce, negotiating, protocols_frame};
use Answer::{Banned, Closed, Tolerated};
use backplane_tests::internet;
use backplane_tests::raw_peer::RawPeer;
use backplane_tests::vectors::MAGIC;
use backplane_tests::wait::within;
use tokio::io::copy_bidirectional;

/// The places that the victim has beside that of its honest peer.
const PLACES: usize = 7;

/// What a host gets that comes again and again.
const RUSHES: Answer = Banned("its host dials too often");

/// The attacks.
#[must_use]
pub fn all() -> Vec<Attack> {
    let steps = |name, does, answer, steps| Attack::new(name, does, answer, Script::Steps(steps));
    vec![
        steps("storm of connections", "500 connections that end at once", RUSHES, |on| Box::pin(storm(on))),
        steps("storm of handshakes", "200 handshakes, each followed by the end", RUSHES, |on| {
            Box::pin(handshakes(on))
        }),
        steps(
            "half-open flood",
            "64 connections of 64 hosts that say nothing",
            Closed("handshake was not done"),
            |on| Box::pin(half_open(on)),
        )
        .with(&["network.profiles.tcp.handshake_timeout=1s"]),
        steps(
            "idle flood",
            "64 hosts: 7 in all places that are left, the others wait for one",
            Tolerated,
            |on| Box::pin(idle(on)),
        ),
        steps(
            "the victim's own voice",
            "everything it says, said back to it",
            Closed("this node itself"),
            |on| Box::pin(mirror(on)),
        )
        .as_met(Role::Outbound),
        steps("an honest node's nonce", "a version with the nonce of an honest node", Tolerated, |on| {
            Box::pin(impostor(on))
        }),
        steps(
            "banned, and back by other ways",
            "20 connections from other ports and by another scheme",
            Banned("rules of ping"),
            |on| Box::pin(evasion(on)),
        ),
    ]
}

async fn storm(on: &Attacker) -> Held {
    for _ in 0..500 {
        drop(on.dial().await);
    }
    Vec::new()
}

async fn handshakes(on: &Attacker) -> Held {
    for _ in 0..200 {
        // One that is not let in any more comes again all the same.
        on.dial().await.try_to_shake_hands().await;
    }
    Vec::new()
}

async fn half_open(on: &Attacker) -> Held {
    let mut peers = Vec::new();
    for host in 0..64 {
        peers.push(on.dial_from(host).await);
    }
    if let Some(peer) = peers.first_mut() {
        peer.rest().await;
    }
    Vec::new()
}

async fn idle(on: &Attacker) -> Held {
    let mut peers = Vec::new();
    for host in 0..64 {
        let mut peer = on.dial_from(host).await;
        // Whoever finds no place waits for one.
        if host < PLACES {
            peer.shake_hands().await;
            peer.answer_ping().await;
        }
        peers.push(peer);
    }
    for _ in 0..4 {
        on.round().await;
    }
    Vec::new()
}

/// Connects the victim with itself.
async fn mirror(on: &Attacker) -> Held {
    let (mut there, _) = within("the victim to dial", on.listener.accept()).await.expect("it can accept");
    let mut back = internet::connect(on.host(0), on.address()).await.expect("the victim listens");
    // It ends when the victim has had enough of itself.
    let _ = within("the victim to notice", copy_bidirectional(&mut there, &mut back)).await;
    Vec::new()
}

async fn impostor(on: &Attacker) -> Held {
    let stream = internet::connect(on.host(0), &on.honest).await.expect("the honest node listens");
    let mut honest = RawPeer::new(stream, MAGIC);
    let theirs = introduce(&mut honest, &negotiating(7)).await.expect("the honest node shakes hands");
    let nonce = theirs.features.iter().find(|(name, _)| name == "backplane.nonce");
    let nonce = nonce.map(|(_, nonce)| *nonce).expect("it has a nonce");

    let mut peer = on.dial().await;
    assert!(introduce(&mut peer, &negotiating(nonce)).await.is_some(), "the victim closed the channel");
    peer.write(&protocols_frame(USUAL)).await.expect("the victim reads");
    for _ in 0..2 {
        on.round().await;
    }
    vec![peer, honest]
}

async fn evasion(on: &Attacker) -> Held {
    let mut peer = on.meet(Opening::Ponged).await;
    peer.write(&frame_of("ping", &[1])).await.expect("the victim reads");
    peer.rest().await;
    while on.victim.node().context().hosts.bans().is_empty() {
        on.round().await;
    }
    for number in 0..20 {
        let mut again = if number % 2 == 0 { on.dial().await } else { on.dial_by_another_scheme(0).await };
        let said = again.rest().await;
        assert!(said.is_empty(), "the victim talks to a banned peer: {said:?}");
    }
    Vec::new()
}
