//! Payloads that break the rules of their messages.

use crate::attack::{Answer, Attack, Opening, Script};
use crate::attacker::frame_of;
use Answer::{Banned, Tolerated};
use backplane_tests::forge::{addr, text, varint, varint_of};

/// The attacks.
#[must_use]
pub fn all() -> Vec<Attack> {
    let mut attacks = malformed();
    attacks.extend(too_much());
    attacks
}

fn attack(name: &str, does: &'static str, answer: Answer, bytes: fn() -> Vec<u8>) -> Attack {
    Attack::new(name, does, answer, Script::Bytes(Opening::Ponged, bytes))
}

fn malformed() -> Vec<Attack> {
    vec![
        attack("short payload", "a ping of one byte", Banned("rules of ping"), || frame_of("ping", &[1])),
        attack("no payload", "a line without even its length", Banned("rules of chat"), || {
            frame_of("DchatMsg", &[])
        }),
        attack("surplus byte", "a line with a byte behind it", Banned("rules of chat"), || {
            frame_of("DchatMsg", &[&text(b"line")[..], &[0]].concat())
        }),
        attack(
            "surplus byte in getaddr",
            "a question with a byte behind it",
            Banned("rules of address"),
            || frame_of("getaddr", &[1, 0, 0, 0, 0, 0]),
        ),
        attack("text that is no text", "a line that is not UTF-8", Banned("rules of chat"), || {
            frame_of("DchatMsg", &text(&[0xc3, 0x28]))
        }),
        attack(
            "number in a long form",
            "the length of a line in five bytes",
            Banned("rules of chat"),
            || frame_of("DchatMsg", &[varint_of(4, 5), b"line".to_vec()].concat()),
        ),
        attack("text longer than its payload", "a line that claims 4 GiB", Banned("rules of chat"), || {
            frame_of("DchatMsg", &[varint(1 << 32), b"line".to_vec()].concat())
        }),
        attack(
            "list longer than its payload",
            "an addr that claims 2^60 entries",
            Banned("rules of address"),
            || frame_of("addr", &varint(1 << 60)),
        ),
        attack("address that is none", "an addr with a URL that is none", Banned("rules of address"), || {
            frame_of("addr", &addr(&[("tcp://45.60.1.1:1/".to_owned(), 1), ("tcp://:x".to_owned(), 1)]))
        }),
    ]
}

fn too_much() -> Vec<Attack> {
    vec![
        attack(
            "getaddr of 58 bytes",
            "a question that is a byte too long",
            Banned("which may have 57"),
            || frame_of("getaddr", &[0; 58]),
        ),
        attack(
            "addr of 65 282 bytes",
            "an answer that is a byte too long",
            Banned("which may have 65281"),
            || frame_of("addr", &vec![0; 65_282]),
        ),
        attack("flood of pings", "60 pings at once", Banned("metered messages"), || {
            frame_of("ping", &[1, 0]).repeat(60)
        }),
        attack(
            "flood of questions",
            "60 questions for addresses at once",
            Banned("metered messages"),
            || frame_of("getaddr", &[255, 0, 0, 0, 0]).repeat(60),
        ),
        attack("100 000 lines", "lines as fast as they go", Tolerated, || {
            frame_of("DchatMsg", &text(b"flood")).repeat(100_000)
        }),
    ]
}
