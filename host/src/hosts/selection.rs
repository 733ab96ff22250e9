//! The choice of the addresses to dial.

use super::HostsConfig;
use crate::address::Address;
use rand::{Rng, seq::SliceRandom};

/// The largest share of the slots that known peers get, so that new ones are always met.
const MAX_PERCENT: u8 = 80;

/// The addresses that may be dialled, by list.
#[derive(Debug, Default)]
pub(super) struct Ready {
    pub(super) gold: Vec<Address>,
    pub(super) white: Vec<Address>,
    pub(super) grey: Vec<Address>,
}

impl Ready {
    pub(super) fn retain(&mut self, keep: impl Fn(&Address) -> bool) {
        for list in [&mut self.gold, &mut self.white, &mut self.grey] {
            list.retain(&keep);
        }
    }
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
/// up to the number of `slots`.
pub(super) fn candidates(ready: Ready, slots: usize, quota: usize, rng: &mut impl Rng) -> Vec<Address> {
    let mut chosen = Vec::new();
    for (list, limit) in [(ready.gold, quota), (ready.white, quota), (ready.grey, slots)] {
        let wanted = limit.saturating_sub(chosen.len());
        chosen.extend(sample(list, wanted, rng));
    }
    chosen
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

    fn some(name: &str, count: usize) -> Vec<Address> {
        (0..count).map(|number| format!("quic://{name}{number}.example:1").parse().unwrap()).collect()
    }

    /// The first letters of the addresses chosen.
    fn chosen(counts: (usize, usize, usize), slots: usize, quota: usize) -> String {
        let ready =
            Ready { gold: some("o", counts.0), white: some("w", counts.1), grey: some("g", counts.2) };
        let chosen = candidates(ready, slots, quota, &mut StdRng::seed_from_u64(1));
        chosen.iter().filter_map(|address| address.host()?.chars().next()).collect()
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
    fn every_address_has_its_chance() {
        let mut rng = StdRng::seed_from_u64(7);
        let mut seen = std::collections::HashSet::new();
        for _ in 0..200 {
            seen.extend(sample((0..10).collect(), 1, &mut rng));
        }
        assert_eq!(seen.len(), 10);
    }
}
