//! Makes payloads and JSON values: from nonsense to what may well be read.

use rand::Rng;
use rand::rngs::StdRng;
use serde_json::{Value, json};

/// A payload of any kind.
pub(super) fn payload(rng: &mut StdRng) -> Vec<u8> {
    match rng.random_range(0..8) {
        0..3 => text(rng.random_range(0..300)),
        3..5 => (0..rng.random_range(1..5)).flat_map(|_| field(rng)).collect(),
        5 => noise(rng, 256),
        6 => vec![if rng.random() { 0 } else { u8::MAX }; rng.random_range(0..64)],
        _ => {
            let mut cut: Vec<u8> = (0..3).flat_map(|_| field(rng)).collect();
            cut.truncate(rng.random_range(0..=cut.len()));
            cut
        }
    }
}

/// Up to so many random bytes.
fn noise(rng: &mut StdRng, most: usize) -> Vec<u8> {
    let mut bytes = vec![0; rng.random_range(0..most)];
    rng.fill(&mut *bytes);
    bytes
}

/// The encoding of one value of some type.
fn field(rng: &mut StdRng) -> Vec<u8> {
    match rng.random_range(0..6) {
        0 => text(rng.random_range(0..100)),
        1 => vec![rng.random_range(0..3)],
        2 => rng.random::<u32>().to_le_bytes().to_vec(),
        3 => rng.random::<u64>().to_le_bytes().to_vec(),
        4 => length(rng.random()),
        _ => {
            let bytes = noise(rng, 100);
            [length(bytes.len() as u64), bytes].concat()
        }
    }
}

/// The encoding of a text of so many bytes.
fn text(bytes: usize) -> Vec<u8> {
    [length(bytes as u64), vec![b'x'; bytes]].concat()
}

/// A length as the encoding has it.
fn length(length: u64) -> Vec<u8> {
    let bytes = length.to_le_bytes();
    let (mark, size) = match length {
        0..0xfd => return bytes.into_iter().take(1).collect(),
        0xfd..0x1_0000 => (0xfd, 2),
        0x1_0000..0x1_0000_0000 => (0xfe, 4),
        _ => (0xff, 8),
    };
    std::iter::once(mark).chain(bytes.into_iter().take(size)).collect()
}

/// Payloads of exactly this size.
pub(super) fn of_size(size: usize, rng: &mut StdRng) -> Vec<Vec<u8>> {
    let mut noise = vec![0; size];
    rng.fill(&mut *noise);
    // What lies in front of a text depends on how long that is.
    let text = [1, 3, 5, 9].into_iter().filter_map(|front| size.checked_sub(front));
    let text = text.map(self::text).find(|text| text.len() == size);
    [vec![0; size], noise].into_iter().chain(text).collect()
}

/// A JSON value of any kind.
pub(super) fn value(rng: &mut StdRng, depth: u32) -> Value {
    let kinds = if depth == 0 { 6 } else { 8 };
    match rng.random_range(0..kinds) {
        0 => Value::Null,
        1 => Value::Bool(rng.random()),
        2 => json!(rng.random_range(-3..1000)),
        3 => [json!(u64::MAX), json!(i64::MIN), json!(1e300), json!(-0.5)][rng.random_range(0..4)].clone(),
        4 => json!(WORDS[rng.random_range(0..WORDS.len())]),
        5 => json!("x".repeat(rng.random_range(0..2000))),
        6 => (0..rng.random_range(0..4)).map(|_| value(rng, depth - 1)).collect(),
        _ => {
            let word = |rng: &mut StdRng| WORDS[rng.random_range(0..WORDS.len())].to_owned();
            (0..rng.random_range(0..4)).map(|_| (word(rng), value(rng, depth - 1))).collect()
        }
    }
}

const WORDS: [&str; 8] = ["", "a", "name", "tcp://127.0.0.1:1", "../../x", "\u{0}", "Grüße", "\u{1f600}\r\n"];

/// Parameters of an RPC method: an array or an object.
pub(super) fn params(rng: &mut StdRng) -> Value {
    if rng.random_ratio(4, 5) {
        (0..rng.random_range(0..4)).map(|_| value(rng, 3)).collect()
    } else {
        json!({ "name": value(rng, 3), "a": value(rng, 2) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use backplane_plugin::wire;
    use rand::SeedableRng;

    #[test]
    fn texts_are_what_the_codec_writes() {
        for bytes in [0, 1, 0xfc, 0xfd, 0xffff, 0x1_0000] {
            assert_eq!(text(bytes), wire::to_bytes(&"x".repeat(bytes)).unwrap(), "{bytes}");
        }
    }

    #[test]
    fn payloads_of_a_size_have_it_and_one_of_them_is_a_text() {
        let mut rng = StdRng::seed_from_u64(1);
        for size in [1, 2, 0xfd, 0x100, 0x1_0000, 0x1_0010] {
            let payloads = of_size(size, &mut rng);
            assert!(payloads.iter().all(|payload| payload.len() == size));
            assert!(payloads.iter().any(|payload| wire::from_bytes::<String>(payload).is_ok()), "{size}");
        }
        assert!(of_size(0, &mut rng).iter().all(Vec::is_empty));
    }

    #[test]
    fn the_same_seed_makes_the_same() {
        let make = |seed| {
            let mut rng = StdRng::seed_from_u64(seed);
            let payloads: Vec<_> = (0..100).map(|_| payload(&mut rng)).collect();
            (payloads, (0..100).map(|_| params(&mut rng)).collect::<Vec<_>>())
        };
        assert_eq!(make(7), make(7));
        assert_ne!(make(7), make(8));
        assert!(make(7).1.iter().all(|params| params.is_array() || params.is_object()));
    }
}
