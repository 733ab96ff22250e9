//! The lists of addresses, as views by colour of one set.

use crate::address::Address;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What is known of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Colour {
    /// Heard of, untested.
    Grey,
    /// A node answered there.
    White,
    /// Connected, or connected when the file was written.
    Gold,
    /// Banned.
    Black,
    /// Good for others, not dialable from here.
    Dark,
}

impl Colour {
    /// All colours.
    pub const ALL: [Self; 5] = [Self::Grey, Self::White, Self::Gold, Self::Black, Self::Dark];

    /// The name in the file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Grey => "grey",
            Self::White => "white",
            Self::Gold => "gold",
            Self::Black => "black",
            Self::Dark => "dark",
        }
    }

    /// How many addresses the list may have.
    pub(super) const fn limit(self) -> usize {
        match self {
            Self::Grey => 2000,
            // There are never more gold ones than slots, except in a file.
            Self::White | Self::Gold => 5000,
            Self::Black => 10_000,
            Self::Dark => 1000,
        }
    }
}

/// An address with when a node was last seen there, in seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostEntry {
    /// The address.
    pub address: Address,
    /// When a node was last seen there, by this node or by hearsay.
    pub last_seen: u64,
}

/// How many addresses each list has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Untested.
    pub grey: usize,
    /// Tested.
    pub white: usize,
    /// Connected.
    pub gold: usize,
    /// Banned.
    pub black: usize,
    /// Not dialable.
    pub dark: usize,
}

/// What an address is worth on its list: own observation comes before hearsay, later before earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    observed: bool,
    pub(super) last_seen: u64,
}

impl Rank {
    pub(super) const fn observed(last_seen: u64) -> Self {
        Self { observed: true, last_seen }
    }

    pub(super) const fn heard(last_seen: u64) -> Self {
        Self { observed: false, last_seen }
    }
}

/// All listed addresses. Each has one colour; from a list that is too long the lowest rank falls out.
#[derive(Debug, Default)]
pub(super) struct Lists {
    entries: HashMap<Address, (Colour, Rank)>,
    by_rank: BTreeMap<Colour, BTreeSet<(Rank, Address)>>,
}

impl Lists {
    pub(super) fn find(&self, address: &Address) -> Option<(Colour, Rank)> {
        self.entries.get(address).copied()
    }

    /// Puts an address on a list and off all others. Returns whether it stayed, on a list that may be full.
    pub(super) fn put(&mut self, address: &Address, colour: Colour, rank: Rank) -> bool {
        self.remove(address);
        self.entries.insert(address.clone(), (colour, rank));
        let list = self.by_rank.entry(colour).or_default();
        list.insert((rank, address.clone()));
        let surplus = if list.len() > colour.limit() { list.pop_first() } else { None };
        surplus.is_none_or(|(_, lowest)| {
            self.entries.remove(&lowest);
            lowest != *address
        })
    }

    pub(super) fn remove(&mut self, address: &Address) {
        if let Some((colour, rank)) = self.entries.remove(address) {
            self.by_rank.entry(colour).or_default().remove(&(rank, address.clone()));
        }
    }

    pub(super) fn retain(&mut self, keep: impl Fn(&Address) -> bool) {
        self.entries.retain(|address, _| keep(address));
        self.by_rank.values_mut().for_each(|list| list.retain(|(_, address)| keep(address)));
    }

    /// Drops what was last seen before `time` from a list.
    pub(super) fn expire(&mut self, colour: Colour, time: u64) {
        let list = self.by_rank.entry(colour).or_default();
        while list.first().is_some_and(|(rank, _)| rank.last_seen < time)
            && let Some((_, address)) = list.pop_first()
        {
            self.entries.remove(&address);
        }
    }

    pub(super) fn len(&self, colour: Colour) -> usize {
        self.by_rank.get(&colour).map_or(0, BTreeSet::len)
    }

    /// A list, the highest rank first.
    pub(super) fn view(&self, colour: Colour) -> impl Iterator<Item = (&Address, u64)> {
        let list = self.by_rank.get(&colour).into_iter().flatten();
        list.rev().map(|(rank, address)| (address, rank.last_seen))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(port: u16) -> Address {
        format!("tcp://1.1.1.1:{port}").parse().unwrap()
    }

    fn ports(lists: &Lists, colour: Colour) -> Vec<u16> {
        lists.view(colour).filter_map(|(address, _)| address.port()).collect()
    }

    #[test]
    fn an_address_is_on_one_list_only() {
        let mut lists = Lists::default();
        assert!(lists.put(&address(1), Colour::Grey, Rank::heard(5)));
        assert!(lists.put(&address(1), Colour::White, Rank::observed(6)));
        assert_eq!((lists.len(Colour::Grey), lists.len(Colour::White)), (0, 1));
        assert_eq!(lists.find(&address(1)), Some((Colour::White, Rank::observed(6))));
    }

    #[test]
    fn own_observation_comes_before_any_hearsay() {
        let mut lists = Lists::default();
        lists.put(&address(1), Colour::Grey, Rank::observed(1));
        lists.put(&address(2), Colour::Grey, Rank::heard(u64::MAX));
        lists.put(&address(3), Colour::Grey, Rank::observed(2));
        assert_eq!(ports(&lists, Colour::Grey), [3, 1, 2]);
    }

    #[test]
    fn the_lowest_rank_falls_out_of_a_full_list() {
        let mut lists = Lists::default();
        for port in 1..=1000 {
            assert!(lists.put(&address(port), Colour::Dark, Rank::heard(u64::from(port))));
        }
        assert!(!lists.put(&address(5000), Colour::Dark, Rank::heard(0)));
        assert!(lists.put(&address(5001), Colour::Dark, Rank::heard(5)));
        assert_eq!(lists.len(Colour::Dark), 1000);
        assert_eq!((lists.find(&address(1)), lists.find(&address(5000))), (None, None));
    }

    #[test]
    fn expires_what_is_older() {
        let mut lists = Lists::default();
        for port in 1..5 {
            lists.put(&address(port), Colour::Dark, Rank::heard(port.into()));
        }
        lists.expire(Colour::Dark, 3);
        assert_eq!(ports(&lists, Colour::Dark), [4, 3]);
        assert_eq!(lists.find(&address(2)), None);
    }
}
