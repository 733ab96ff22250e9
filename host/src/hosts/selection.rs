//! The choice of the addresses to dial.

use super::HostsConfig;
use crate::address::Address;
use rand::{Rng, seq::SliceRandom};
use std::collections::{HashMap, HashSet};

/// The largest share of the slots that known peers get, so that new ones are always met.
const MAX_PERCENT: u8 = 80;

/// An address that may be dialled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) address: Address,
    /// The number of its bucket.
    pub(super) bucket: u16,
    /// The group that it counts for.
    pub(super) group: String,
}

/// The addresses that may be dialled, by list.
#[derive(Debug, Default)]
pub(super) struct Ready {
    pub(super) gold: Vec<Choice>,
    pub(super) white: Vec<Choice>,
    pub(super) grey: Vec<Choice>,
}

impl Ready {
    pub(super) fn retain(&mut self, keep: impl Fn(&Choice) -> bool) {
        for list in [&mut self.gold, &mut self.white, &mut self.grey] {
            list.retain(&keep);
        }
    }

    /// Brings each list in a random order.
    pub(super) fn shuffle(&mut self, rng: &mut impl Rng) {
        for list in [&mut self.gold, &mut self.white, &mut self.grey] {
            shuffle(list, rng);
        }
    }

    pub(super) fn any(&self, is: impl Fn(&Choice) -> bool) -> bool {
        [&self.gold, &self.white, &self.grey].into_iter().flatten().any(is)
    }
}

/// What the outbound slots have.
#[derive(Debug, Default)]
pub(super) struct InUse {
    pub(super) groups: HashSet<String>,
    pub(super) schemes: HashSet<String>,
}

/// The share of the slots that known peers get.
#[derive(Debug, Clone, Copy)]
pub(super) enum Quota {
    Percent(u8),
    All,
}

impl Quota {
    pub(super) fn of(config: &HostsConfig) -> Self {
        match config.disable_greys {
            true => Self::All,
            false => Self::Percent(config.known_peer_percent.min(MAX_PERCENT)),
        }
    }

    pub(super) const fn takes_grey(self) -> bool {
        matches!(self, Self::Percent(_))
    }

    /// How many of some slots are for known peers. Any share at all is at least one slot.
    pub(super) fn known(self, slots: usize) -> usize {
        match self {
            Self::All => slots,
            Self::Percent(0) => 0,
            Self::Percent(percent) => (slots.saturating_mul(percent.into()) / 100).max(1).min(slots),
        }
    }
}

/// The addresses to try for a slot, in this order: known ones up to their `quota`, gold before white, then grey ones
/// up to the number of `slots`. A slot has another group than all others while there is one, and another scheme
/// before what is as good.
pub(super) fn candidates(mut ready: Ready, slots: usize, quota: usize, in_use: &InUse) -> Vec<Address> {
    let is_new = |choice: &Choice| !in_use.groups.contains(&choice.group);
    if ready.any(is_new) {
        ready.retain(is_new);
    }
    let mut chosen = Vec::new();
    for (mut list, limit) in [(ready.gold, quota), (ready.white, quota), (ready.grey, slots)] {
        list.sort_by_key(|choice| in_use.schemes.contains(choice.address.scheme()));
        let wanted = limit.saturating_sub(chosen.len());
        chosen.extend(list.into_iter().take(wanted).map(|choice| choice.address));
    }
    chosen
}

/// Brings addresses in a random order in which each bucket has the same chance to come first, however full it is:
/// whoever has many addresses in few buckets gains nothing by it.
pub(super) fn shuffle(list: &mut [Choice], rng: &mut impl Rng) {
    list.shuffle(rng);
    // A random number for each bucket, and how many of it came before.
    let mut met: HashMap<u16, (u64, usize)> = HashMap::new();
    list.sort_by_cached_key(|choice| {
        let (number, before) = met.entry(choice.bucket).or_insert_with(|| (rng.random(), 0));
        *before += 1;
        (*before, *number)
    });
}

/// Up to `count` of a list, at random and in random order.
pub(super) fn sample<T>(mut list: Vec<T>, count: usize, rng: &mut impl Rng) -> Vec<T> {
    list.shuffle(rng);
    list.truncate(count);
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng, rngs::StdRng};

    fn quota(known_peer_percent: u8, disable_greys: bool) -> Quota {
        Quota::of(&HostsConfig { known_peer_percent, disable_greys, ..HostsConfig::default() })
    }

    fn choice(text: &str, bucket: u16) -> Choice {
        let address: Address = text.parse().unwrap();
        let group = address.host().unwrap().to_owned();
        Choice { address, bucket, group }
    }

    fn some(name: &str, count: u16) -> Vec<Choice> {
        (0..count).map(|number| choice(&format!("quic://{name}{number}.example:1"), number)).collect()
    }

    /// The first letters of the addresses chosen.
    fn letters(ready: Ready, slots: usize, quota: usize, in_use: &InUse) -> String {
        let chosen = candidates(ready, slots, quota, in_use);
        chosen.iter().filter_map(|address| address.host()?.chars().next()).collect()
    }

    /// The same out of so many gold, white and grey ones.
    fn chosen(counts: (u16, u16, u16), slots: usize, quota: usize) -> String {
        let ready =
            Ready { gold: some("o", counts.0), white: some("w", counts.1), grey: some("g", counts.2) };
        letters(ready, slots, quota, &InUse::default())
    }

    fn in_use(groups: &[&str], schemes: &[&str]) -> InUse {
        let set = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        InUse { groups: set(groups), schemes: set(schemes) }
    }

    #[test]
    fn known_peers_get_their_share_and_at_least_one_slot() {
        for (percent, slots, expected) in
            [(70, 8, 5), (70, 1, 1), (1, 8, 1), (100, 10, 8), (255, 10, 8), (0, 8, 0), (70, 0, 0)]
        {
            assert_eq!(quota(percent, false).known(slots), expected, "{percent} % of {slots}");
        }
        assert_eq!(quota(0, true).known(8), 8);
    }

    #[test]
    fn known_peers_come_first_then_grey_ones_fill_the_slots() {
        for (counts, slots, quota, expected) in [
            ((9, 9, 9), 8, 5, "oooooggg"),
            ((2, 9, 9), 8, 5, "oowwwggg"),
            ((0, 1, 9), 4, 2, "wggg"),
            ((0, 9, 0), 4, 2, "ww"),
            ((0, 0, 1), 4, 2, "g"),
            ((1, 1, 1), 0, 0, ""),
        ] {
            assert_eq!(chosen(counts, slots, quota), expected, "{counts:?}");
        }
    }

    #[test]
    fn a_group_in_use_is_passed_over_while_there_is_another() {
        let ready = || Ready {
            gold: Vec::new(),
            white: vec![choice("tcp://w.example:1", 1)],
            grey: vec![choice("tcp://g.example:1", 1), choice("tcp://h.example:1", 1)],
        };
        for (groups, expected) in [
            (&[][..], "wgh"),
            (&["w.example"], "gh"),
            (&["w.example", "g.example"], "h"),
            (&["w.example", "g.example", "h.example"], "wgh"),
            (&["other.example"], "wgh"),
        ] {
            assert_eq!(letters(ready(), 8, 5, &in_use(groups, &[])), expected, "{groups:?}");
        }
    }

    #[test]
    fn another_transport_comes_first_among_equals() {
        let ready = || Ready {
            gold: Vec::new(),
            white: vec![choice("tcp://w.example:1", 1), choice("quic://x.example:1", 1)],
            grey: vec![choice("tor://g.example:1", 1)],
        };
        for (schemes, expected) in
            [(&[][..], "wxg"), (&["tcp"], "xwg"), (&["quic"], "wxg"), (&["tcp", "quic"], "wxg")]
        {
            assert_eq!(letters(ready(), 8, 5, &in_use(&[], schemes)), expected, "{schemes:?}");
        }
    }

    #[test]
    fn a_full_bucket_has_no_better_chance_than_one_with_a_single_address() {
        let mut list: Vec<_> =
            (0..63).map(|port| choice(&format!("tcp://many.example:{}", port + 1), 1)).collect();
        list.push(choice("tcp://one.example:1", 2));
        let mut rng = StdRng::seed_from_u64(4);
        let mut firsts = 0;
        for _ in 0..400 {
            shuffle(&mut list, &mut rng);
            firsts += usize::from(list[0].group == "one.example");
            assert!(list[..2].iter().any(|choice| choice.group == "one.example"));
        }
        assert!((150..250).contains(&firsts), "{firsts} of 400");
    }

    #[test]
    fn every_address_has_its_chance() {
        let mut rng = StdRng::seed_from_u64(7);
        let mut seen = HashSet::new();
        for _ in 0..200 {
            seen.extend(sample((0..10).collect(), 1, &mut rng));
        }
        assert_eq!(seen.len(), 10);
    }
}
