//! Peers that shake hands in a wrong way, or not at all.

use crate::attack::{Answer, Attack, Held, Opening, Role, Script};
use crate::attacker::{Attacker, frame_of};
use crate::hello::{introduce, negotiating, verack_frame, version, version_frame};
use Answer::{Banned, Closed, Tolerated};
use backplane::protocol::messages::Version;
use backplane_tests::wait::DEADLINE;

/// The victim gives a handshake this long.
const SHORT: &[&str] = &["network.profiles.tcp.handshake_timeout=1s"];
const LATE: Answer = Closed("handshake was not done in time");

/// The attacks.
#[must_use]
pub fn all() -> Vec<Attack> {
    let mut attacks = bytes();
    attacks.extend(steps());
    for (role, answer) in [
        (Role::Inbound, Closed("the peer runs")),
        (Role::Outbound, Banned("the peer runs")),
        (Role::Manual, Closed("the peer runs")),
        (Role::Seed, Closed("the peer runs")),
        (Role::Refine, Closed("the peer runs")),
    ] {
        let other = Script::Bytes(Opening::Connected, || hello("darkirc", "0.4.1"));
        attacks.push(Attack::new("another application", "a verack of darkirc", answer, other).as_met(role));
    }
    attacks
}

fn hello(app_name: &str, app_version: &str) -> Vec<u8> {
    [version_frame(&version()), verack_frame(app_name, app_version)].concat()
}

fn bytes() -> Vec<Attack> {
    let attack =
        |name, does, answer, bytes| Attack::new(name, does, answer, Script::Bytes(Opening::Connected, bytes));
    vec![
        attack("another version", "a verack of 0.5.0", Closed("the peer runs"), || hello("dchatd", "0.5.0")),
        attack("version twice", "the version three times over", Tolerated, || {
            version_frame(&version()).repeat(2)
        }),
        attack("verack first", "a verack before the version, and another one after it", Tolerated, || {
            verack_frame("dchatd", "0.4.1")
        }),
        attack(
            "version of 2 044 bytes",
            "a version that is a byte too long",
            Banned("which may have 2043"),
            || frame_of("version", &[0; 2044]),
        ),
        attack(
            "verack of 129 bytes",
            "a verack that is a byte too long",
            Banned("which may have 128"),
            || frame_of("verack", &[0; 129]),
        ),
        attack("verack that is no version", "a pre-release that is none", Banned("rules of version"), || {
            let numbers = [0; 24];
            let texts = [&[2, b'0', b'1'][..], &[0], &[6], b"dchatd"].concat();
            [version_frame(&version()), frame_of("verack", &[&numbers[..], &texts].concat())].concat()
        }),
        attack("clock of the year 2554", "a version of another time", Tolerated, || {
            version_frame(&Version { timestamp: u64::MAX, ..version() })
        }),
        attack("false features", "150 features that nobody has", Tolerated, || {
            let features = (0..150).map(|number| (format!("f{number}"), u32::MAX)).collect();
            version_frame(&Version { features, ..version() })
        }),
        attack("features of tomorrow", "a version of negotiation that is not made yet", Tolerated, || {
            let features =
                vec![("backplane".to_owned(), u32::MAX), ("backplane.session".to_owned(), 1 << 31)];
            version_frame(&Version { features, ..version() })
        }),
        attack("line before the handshake", "a line of chat before the version", Tolerated, || {
            frame_of("DchatMsg", b"\x05early")
        }),
    ]
}

fn steps() -> Vec<Attack> {
    vec![
        Attack::new("silence", "nothing at all", LATE, Script::Steps(|on| Box::pin(silence(on)))).with(SHORT),
        Attack::new(
            "silence where it is dialled",
            "nothing at all",
            LATE,
            Script::Steps(|on| Box::pin(silence(on))),
        )
        .with(SHORT)
        .as_met(Role::Outbound),
        Attack::new("silent seed", "nothing at all", LATE, Script::Steps(|on| Box::pin(silence(on))))
            .with(SHORT)
            .as_met(Role::Seed),
        Attack::new(
            "verack without version",
            "a verack, and nothing else",
            LATE,
            Script::Steps(|on| Box::pin(verack_only(on))),
        )
        .with(SHORT),
        Attack::new(
            "handshake a byte at a time",
            "a byte of the version for each round of honest traffic",
            LATE,
            Script::Steps(|on| Box::pin(slow(on))),
        )
        .with(SHORT),
        Attack::new(
            "protocols never told",
            "a version that promises protocols, and none",
            LATE,
            Script::Steps(|on| Box::pin(no_protocols(on))),
        )
        .with(SHORT),
        Attack::new(
            "flood before the handshake",
            "20 000 lines before a version that never comes",
            LATE,
            Script::Steps(|on| Box::pin(early_flood(on))),
        )
        .with(SHORT),
        Attack::new(
            "our own nonce",
            "the victim's nonce, told back to it",
            Closed("this node itself"),
            Script::Steps(|on| Box::pin(own_nonce(on))),
        ),
    ]
}

async fn silence(on: &Attacker) -> Held {
    let mut peer = on.meet(Opening::Connected).await;
    peer.rest().await;
    Vec::new()
}

async fn verack_only(on: &Attacker) -> Held {
    let mut peer = on.dial().await;
    // Whether the victim still reads is its own affair.
    let _ = peer.write(&verack_frame("dchatd", "0.4.1")).await;
    peer.rest().await;
    Vec::new()
}

async fn slow(on: &Attacker) -> Held {
    let mut peer = on.dial().await;
    // The last byte never comes.
    for byte in version_frame(&version()).into_iter().rev().skip(1).rev() {
        if peer.write(&[byte]).await.is_err() {
            break;
        }
        on.round().await;
    }
    peer.rest().await;
    Vec::new()
}

async fn no_protocols(on: &Attacker) -> Held {
    let mut peer = on.dial().await;
    introduce(&mut peer, &negotiating(7)).await;
    peer.rest().await;
    Vec::new()
}

async fn early_flood(on: &Attacker) -> Held {
    let mut peer = on.dial().await;
    let flood = frame_of("DchatMsg", b"\x05flood").repeat(20_000);
    // The victim stops reading when its queue is full, and closes at last.
    let _ = tokio::time::timeout(DEADLINE, peer.write(&flood)).await;
    peer.rest().await;
    Vec::new()
}

async fn own_nonce(on: &Attacker) -> Held {
    let nonce = on.victim.node().context().identity.nonce;
    let mut peer = on.dial().await;
    introduce(&mut peer, &negotiating(nonce)).await;
    peer.rest().await;
    Vec::new()
}
