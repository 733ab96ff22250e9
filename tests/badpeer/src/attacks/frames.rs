//! Frames that break the rules, by peers that dial and by peers that are dialled: `docs/wire.md`, section 9.

use crate::attack::{Answer, Attack, Opening, Role, Script};
use crate::attacker::frame_of;
use Answer::{Banned, Closed, Tolerated};
use backplane_tests::forge::{Forged, varint, varint_of};
use backplane_tests::vectors::MAGIC;

/// What is sent, and the answers to a peer by how the two met: inbound, outbound, manual, seed, refine.
struct Violation {
    name: &'static str,
    does: &'static str,
    bytes: fn() -> Vec<u8>,
    answers: [Answer; 5],
}

const ROLES: [Role; 5] = [Role::Inbound, Role::Outbound, Role::Manual, Role::Seed, Role::Refine];

fn forged(change: impl FnOnce(&mut Forged)) -> Vec<u8> {
    let mut frame = Forged::new(MAGIC, b"ping", &[1, 0]);
    change(&mut frame);
    frame.bytes()
}

const VIOLATIONS: &[Violation] = &[
    Violation {
        name: "wrong magic",
        does: "a frame of another network",
        bytes: || forged(|frame| frame.magic = vec![0; 4]),
        answers: [
            Closed("bad frame"),
            Banned("bad frame"),
            Closed("bad frame"),
            Closed("bad frame"),
            Closed("bad frame"),
        ],
    },
    Violation {
        name: "command of 256 bytes",
        does: "a command that is one byte too long",
        bytes: || {
            forged(|frame| {
                frame.command_len = varint(256);
                frame.command = vec![b'a'; 256];
            })
        },
        answers: [Banned("bad frame"); 5],
    },
    Violation {
        name: "command length in a long form",
        does: "a length of the command in three bytes instead of one",
        bytes: || forged(|frame| frame.command_len = varint_of(4, 3)),
        answers: [Closed("bad frame"); 5],
    },
    Violation {
        name: "command that is no text",
        does: "a command that is not UTF-8",
        bytes: || forged(|frame| frame.command = vec![0xff; 4]),
        answers: [Closed("bad frame"); 5],
    },
    Violation {
        name: "payload length in a long form",
        does: "a length of the payload in three bytes instead of one",
        bytes: || forged(|frame| frame.payload_len = varint_of(2, 3)),
        answers: [
            Banned("bad frame"),
            Banned("bad frame"),
            Banned("bad frame"),
            Banned("bad frame"),
            Closed("bad frame"),
        ],
    },
    Violation {
        name: "payload over the limit",
        does: "a ping of three bytes",
        bytes: || frame_of("ping", &[1, 0, 0]),
        answers: [
            Banned("which may have 2"),
            Banned("which may have 2"),
            Banned("which may have 2"),
            Banned("which may have 2"),
            Closed("which may have 2"),
        ],
    },
    Violation {
        name: "unknown commands",
        does: "17 frames with commands that nobody knows",
        bytes: || frame_of("nope", b"what is this").repeat(17),
        answers: [
            Banned("unknown commands"),
            Banned("unknown commands"),
            Banned("unknown commands"),
            Banned("unknown commands"),
            Closed("unknown commands"),
        ],
    },
    Violation {
        name: "version that does not decode",
        does: "a version that ends within its first text",
        bytes: || frame_of("version", &[9, b'x']),
        answers: [
            Banned("rules of version"),
            Banned("rules of version"),
            Banned("rules of version"),
            Banned("rules of version"),
            Closed("rules of version"),
        ],
    },
    Violation {
        name: "metering exceeded in the handshake",
        does: "50 pongs at once, before a version",
        bytes: || frame_of("pong", &[1, 0]).repeat(50),
        answers: [
            Banned("metered messages"),
            Banned("metered messages"),
            Banned("metered messages"),
            Banned("metered messages"),
            Closed("metered messages"),
        ],
    },
];

/// Frames after the handshake, by a peer that dials.
fn later() -> Vec<Attack> {
    let attack =
        |name, does, answer, bytes| Attack::new(name, does, answer, Script::Bytes(Opening::Ponged, bytes));
    vec![
        attack("garbage after a valid frame", "a ping, and then noise", Closed("bad frame"), || {
            [frame_of("ping", &[1, 0]), vec![0xa5; 4096]].concat()
        }),
        attack("16 unknown commands", "as many as a node passes over", Tolerated, || {
            frame_of("nope", &[7; 3000]).repeat(16)
        }),
        attack(
            "10 000 unknown commands",
            "frames that nobody knows, without end",
            Banned("unknown commands"),
            || (0..10_000).flat_map(|number| frame_of(&format!("nope{number}"), b"noise")).collect(),
        ),
        attack("10 000 unknown commands, relaxed", "the same to a node that bans nobody", Tolerated, || {
            (0..10_000).flat_map(|number| frame_of(&format!("nope{number}"), b"noise")).collect()
        })
        .with(&["network.ban_policy=relaxed"]),
        attack("command of another case", "`Ping` instead of `ping`", Tolerated, || {
            frame_of("Ping", &[1, 0])
        }),
        attack("empty commands", "17 frames without a command", Banned("unknown commands"), || {
            frame_of("", b"").repeat(17)
        }),
        attack("hole punching", "a command of DarkFi that is not in use", Tolerated, || {
            frame_of("hpreq", &[0; 9])
        }),
        attack(
            "length of 2^64 - 1",
            "an addr that claims all there is",
            Banned("which may have 65281"),
            || {
                let mut frame = Forged::new(MAGIC, b"addr", &[]);
                frame.payload_len = varint(u64::MAX);
                frame.bytes()
            },
        ),
        attack(
            "length of an application's message",
            "a line that claims a byte more than 16 MiB",
            Banned("which may have 16777216"),
            || {
                let mut frame = Forged::new(MAGIC, b"DchatMsg", &[]);
                frame.payload_len = varint(16 * 1024 * 1024 + 1);
                frame.bytes()
            },
        ),
    ]
}

/// The attacks.
#[must_use]
pub fn all() -> Vec<Attack> {
    let by_role = VIOLATIONS.iter().flat_map(|violation| {
        ROLES.into_iter().zip(violation.answers).map(|(role, answer)| {
            let script = Script::Bytes(Opening::Connected, violation.bytes);
            Attack::new(violation.name, violation.does, answer, script).as_met(role)
        })
    });
    by_role.chain(later()).collect()
}
