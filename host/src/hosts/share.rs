//! The answer to a peer that asks for addresses.

use super::{filter::IN_PROCESS, selection::sample};
use crate::address::Address;
use rand::Rng;

/// The most that a peer may ask for, of each kind.
const MAX: u32 = 255;

/// The longest answer that peers take, encoded.
const MAX_BYTES: usize = 65_281;

/// The schemes that are passed on.
const SHAREABLE: [&str; 9] = ["tor", "tls", "tcp", "nym", "i2p", "tor+tls", "nym+tls", "tcp+tls", "i2p+tls"];

/// What there is to share, by list.
#[derive(Debug, Default)]
pub(super) struct Stock {
    pub(super) gold: Vec<(Address, u64)>,
    pub(super) white: Vec<(Address, u64)>,
    pub(super) dark: Vec<(Address, u64)>,
}

pub(super) fn is_shareable(address: &Address, localnet: bool) -> bool {
    SHAREABLE.contains(&address.scheme()) || localnet && address.scheme() == IN_PROCESS
}

/// Up to `max` gold and as many white addresses with one of the schemes asked for; then others, up to twice `max` in
/// total: gold, white, dark.
pub(super) fn answer(stock: Stock, max: u32, schemes: &[String], rng: &mut impl Rng) -> Vec<(Address, u64)> {
    let Ok(max) = usize::try_from(max.min(MAX)) else { return Vec::new() };
    let is_asked_for =
        |(address, _): &(Address, u64)| schemes.iter().any(|scheme| scheme == address.scheme());
    let (gold, other_gold) = stock.gold.into_iter().partition(is_asked_for);
    let (white, other_white) = stock.white.into_iter().partition(is_asked_for);
    let mut answer = Vec::new();
    for (list, limit) in
        [(gold, max), (white, max), (other_gold, 2 * max), (other_white, 2 * max), (stock.dark, 2 * max)]
    {
        let left = (2 * max).saturating_sub(answer.len());
        answer.extend(sample(list, limit.min(left), rng));
    }
    fit(answer)
}

/// As many of the entries, from the first, as fit into one message.
fn fit(mut entries: Vec<(Address, u64)>) -> Vec<(Address, u64)> {
    let mut bytes = length_of_length(entries.len());
    let fitting = entries.iter().take_while(|(address, _)| {
        let text = address.as_str().len();
        bytes += length_of_length(text) + text + size_of::<u64>();
        bytes <= MAX_BYTES
    });
    let count = fitting.count();
    entries.truncate(count);
    entries
}

/// The bytes that a length takes on the wire. None here comes near the next larger form.
const fn length_of_length(length: usize) -> usize {
    if length < 0xfd { 1 } else { 3 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng, rngs::StdRng};
    use std::collections::HashSet;

    fn some(scheme: &str, name: &str, count: u64) -> Vec<(Address, u64)> {
        let address = |number| format!("{scheme}://{name}{number}.example:1").parse().unwrap();
        (0..count).map(|number| (address(number), number)).collect()
    }

    /// The letter and scheme of each address in an answer, sorted and counted.
    fn answered(stock: Stock, max: u32, schemes: &[&str]) -> Vec<(String, usize)> {
        let schemes: Vec<String> = schemes.iter().map(|scheme| (*scheme).to_owned()).collect();
        let answer = answer(stock, max, &schemes, &mut StdRng::seed_from_u64(3));
        let unique: HashSet<_> = answer.iter().collect();
        assert_eq!(unique.len(), answer.len());
        let mut groups: Vec<(String, usize)> = Vec::new();
        for (address, _) in &answer {
            let name = format!("{} {}", address.scheme(), &address.host().unwrap()[..1]);
            match groups.last_mut() {
                Some((last, count)) if *last == name => *count += 1,
                _ => groups.push((name, 1)),
            }
        }
        groups
    }

    fn stock(gold: u64, white: u64, others: u64, dark: u64) -> Stock {
        let both = |name, count| [some("tcp", name, count), some("tor", name, others)].concat();
        Stock { gold: both("o", gold), white: both("w", white), dark: some("i2p", "d", dark) }
    }

    fn groups(expected: &[(&str, usize)]) -> Vec<(String, usize)> {
        expected.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
    }

    #[test]
    fn what_was_asked_for_comes_first_then_what_fills_up() {
        for (stock, max, expected) in [
            (stock(9, 9, 9, 9), 4, &[("tcp o", 4), ("tcp w", 4)][..]),
            (stock(1, 2, 2, 9), 4, &[("tcp o", 1), ("tcp w", 2), ("tor o", 2), ("tor w", 2), ("i2p d", 1)]),
            (stock(0, 0, 1, 1), 8, &[("tor o", 1), ("tor w", 1), ("i2p d", 1)]),
            (stock(9, 0, 0, 0), 4, &[("tcp o", 4)]),
            (stock(9, 9, 9, 9), 0, &[]),
            (stock(0, 0, 0, 0), 9, &[]),
        ] {
            assert_eq!(answered(stock, max, &["tcp", "tcp"]), groups(expected));
        }
    }

    #[test]
    fn nobody_gets_more_than_twice_255() {
        let answer = answered(stock(600, 600, 0, 0), u32::MAX, &["tcp"]);
        assert_eq!(answer, groups(&[("tcp o", 255), ("tcp w", 255)]));
    }

    #[test]
    fn an_answer_always_fits_into_one_message() {
        for padding in [150, 200, 220, 230] {
            let label = vec!["a".repeat(57); 4].join(".");
            let name = label.get(..padding).unwrap();
            let stock =
                Stock { gold: some("tcp", name, 400), white: some("tcp", name, 400), dark: Vec::new() };
            let answer = answer(stock, MAX, &["tcp".to_owned()], &mut StdRng::seed_from_u64(3));
            let encoded = encoded_length(&answer);
            assert!(encoded <= MAX_BYTES, "{padding}");
            let left_out = answer.len() < 510;
            assert!(!left_out || encoded > MAX_BYTES - 300, "{padding}");
        }
    }

    /// The length as the wire format has it, counted apart from the code above.
    fn encoded_length(answer: &[(Address, u64)]) -> usize {
        let prefix = |length: usize| match length {
            0..=0xfc => 1,
            0xfd..=0xffff => 3,
            _ => 5,
        };
        let entry =
            |(address, _): &(Address, u64)| prefix(address.as_str().len()) + address.as_str().len() + 8;
        prefix(answer.len()) + answer.iter().map(entry).sum::<usize>()
    }

    #[test]
    fn some_schemes_are_not_passed_on() {
        for (text, localnet, expected) in [
            ("tcp://h:1", false, true),
            ("i2p+tls://h.i2p:1", false, true),
            ("quic://h:1", false, false),
            ("quic://h:1", true, false),
            ("memory://h:1", false, false),
            ("memory://h:1", true, true),
        ] {
            assert_eq!(is_shareable(&text.parse().unwrap(), localnet), expected, "{text}");
        }
    }
}
