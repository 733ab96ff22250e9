//! How concentrated an address book is, and what an attacker would need.

use super::{
    attack::{self, Occupied},
    book::Book,
    bucket::Table,
    entry::{Colour, Origin},
    file,
};
use crate::address::Group;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};

/// The shares and chances for which the needs of an attacker are worked out, in per cent.
const LEVELS: [u8; 3] = [10, 50, 90];

/// An address book in numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    /// Each list that has addresses.
    pub lists: Vec<ListAnalysis>,
    /// What an attacker needs for a part of the places.
    pub fill: Vec<Fill>,
    /// How many outbound slots there are.
    pub slots: u32,
    /// What an attacker needs for all of them.
    pub takeover: Vec<Takeover>,
}

/// One list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ListAnalysis {
    /// Its colour.
    pub colour: String,
    /// The groups of its addresses.
    pub groups: Concentration,
    /// The groups of those that told of them, where that is known.
    pub sources: Concentration,
}

/// How many things fall into how many groups, and how evenly.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Concentration {
    /// How many things.
    pub count: usize,
    /// How many groups.
    pub groups: usize,
    /// As many groups of the same size would be as concentrated: the inverse of the sum of the squared shares.
    pub effective: f64,
    /// The group with most of them.
    pub largest: Option<String>,
    /// Its share, from 0 to 1.
    pub largest_share: f64,
}

/// What it takes, on average, to have a part of the places for addresses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fill {
    /// `grey`, for addresses that were heard of, or `white`, for those that were tried.
    pub colour: String,
    /// The part, in per cent.
    pub percent: u8,
    /// How many address groups to speak from, or, among the tried ones, to answer in.
    pub groups: Option<u32>,
    /// How many addresses.
    pub addresses: usize,
}

/// What it takes to have all outbound slots after a flood, as it stands with the addresses known now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Takeover {
    /// The chance, in per cent.
    pub percent: u8,
    /// How many address groups; none when no number is enough.
    pub groups: Option<u32>,
}

impl Concentration {
    fn of(groups: impl Iterator<Item = String>) -> Self {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        groups.for_each(|group| *counts.entry(group).or_default() += 1);
        let total: usize = counts.values().sum();
        if total == 0 {
            return Self::default();
        }
        let share = |count: usize| count as f64 / total as f64;
        let squares: f64 = counts.values().map(|count| share(*count).powi(2)).sum();
        let groups = counts.len();
        let largest = counts.into_iter().max_by_key(|(_, count)| *count);
        Self {
            count: total,
            groups,
            effective: 1.0 / squares,
            largest_share: largest.as_ref().map_or(0.0, |(_, count)| share(*count)),
            largest: largest.map(|(group, _)| group),
        }
    }
}

/// Works out the numbers of an address book, for a node with this many outbound slots.
pub(super) fn analyse(book: &Book, slots: u32) -> Analysis {
    let lists = file::ORDER.into_iter().map(|colour| list(book, colour));
    let fill = [(Table::New, Colour::Grey), (Table::Tried, Colour::White)]
        .into_iter()
        .flat_map(|table| LEVELS.into_iter().map(move |percent| fill(table, percent)));
    // Known peers come first, so it is among them that a slot picks, if there are any.
    let tried = occupied(book, Table::Tried);
    let picked = if tried.addresses > 0 { tried } else { occupied(book, Table::New) };
    let takeover = |percent: u8| Takeover {
        percent,
        groups: attack::groups_for_slots(picked, slots, f64::from(percent) / 100.0),
    };
    Analysis {
        lists: lists.filter(|list| list.groups.count > 0).collect(),
        fill: fill.collect(),
        slots,
        takeover: LEVELS.into_iter().map(takeover).collect(),
    }
}

fn list(book: &Book, colour: Colour) -> ListAnalysis {
    let view = || book.lists.view(colour);
    let source = |origin: &Origin| match origin {
        Origin::Heard(Some(source)) => Some(Group::of_host(source).to_string()),
        Origin::Heard(None) | Origin::Seen => None,
    };
    ListAnalysis {
        colour: colour.name().to_owned(),
        groups: Concentration::of(view().map(|(address, _)| Group::of(address).to_string())),
        sources: Concentration::of(view().filter_map(|(_, known)| source(&known.origin))),
    }
}

fn fill((table, colour): (Table, Colour), percent: u8) -> Fill {
    Fill {
        colour: colour.name().to_owned(),
        percent,
        groups: attack::groups_to_fill(table, f64::from(percent) / 100.0),
        addresses: (table.limit() * usize::from(percent)).div_ceil(100),
    }
}

fn occupied(book: &Book, table: Table) -> Occupied {
    let of_table = file::ORDER.into_iter().filter(|colour| Table::of(*colour) == table);
    let addresses: Vec<_> =
        of_table.flat_map(|colour| book.lists.view(colour).map(|(address, _)| address)).collect();
    let buckets: HashSet<_> = addresses.iter().filter_map(|address| book.lists.bucket(address)).collect();
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Occupied { table, buckets: number(buckets.len()), addresses: number(addresses.len()) }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Hosts, HostsConfig, Secret, attack::most, selection},
        *,
    };
    use crate::address::Address;
    use rand::{SeedableRng, rngs::StdRng};

    const NOW: u64 = 1_000_000;

    fn address(text: &str) -> Address {
        text.parse().unwrap()
    }

    fn hosts(seed: u64) -> Hosts {
        let secret = Secret::new(&mut StdRng::seed_from_u64(seed));
        Hosts::new(HostsConfig { secret, ..HostsConfig::default() })
    }

    /// Tells of `count` addresses of thousands of groups, from `groups` groups in turn.
    fn flood(hosts: &Hosts, groups: u32, count: u32) {
        for group in 0..groups {
            let source = address(&format!("tcp://9.{group}.1.1:1"));
            let told = (0..count / groups).map(|number| {
                let [_, high, middle, low] = (number * groups + group).to_be_bytes();
                (address(&format!("tcp://{}.{low}.{middle}.1:666", 20 + high + low % 100)), NOW)
            });
            hosts.insert(told, Some(&source), NOW);
        }
    }

    #[test]
    fn concentration_is_counted_in_groups_of_the_same_size() {
        let of = |text: &str| Concentration::of(text.split_whitespace().map(ToOwned::to_owned));
        assert_eq!(of(""), Concentration::default());
        let even = of("a b c d");
        assert_eq!((even.groups, even.effective, even.largest_share), (4, 4.0, 0.25));
        let uneven = of("a a a b");
        assert_eq!((uneven.count, uneven.groups, uneven.largest_share), (4, 2, 0.75));
        assert_eq!(uneven.largest.as_deref(), Some("a"));
        assert!((uneven.effective - 1.6).abs() < 1e-9);
    }

    #[test]
    fn a_flood_fills_what_was_worked_out_and_never_more_than_the_bound() {
        for (groups, count) in [(1, 100_000), (5, 20_000), (20, 20_000), (60, 20_000)] {
            let hosts = hosts(u64::from(groups));
            flood(&hosts, groups, count);
            let filled = hosts.counts().grey as f64 / Table::New.limit() as f64;
            assert!(filled <= most(Table::New, groups), "{groups} groups fill {filled}");
            let expected = attack::reach(Table::New, groups);
            assert!((filled - expected).abs() < 0.25 * expected, "{groups}: {filled}, expected {expected}");
        }
    }

    #[test]
    fn a_pick_is_the_attackers_as_often_as_was_worked_out() {
        let (hosts, mut rng) = (hosts(3), StdRng::seed_from_u64(4));
        for source in 0..25 {
            let from = address(&format!("tcp://200.{source}.1.1:1"));
            let honest = (0..2).map(|part| (address(&format!("tcp://{}.{source}.1.1:1", 190 + part)), NOW));
            hosts.insert(honest, Some(&from), NOW);
        }
        let before = hosts.shared.read(|book| occupied(book, Table::New));
        assert_eq!(before.addresses, 50);
        flood(&hosts, 10, 20_000);
        let mut all = hosts.shared.read(Book::refinable);
        let mut theirs = 0;
        for _ in 0..1000 {
            selection::shuffle(&mut all, &mut rng);
            theirs += u32::from(all[0].address.port() == Some(666));
        }
        let (found, expected) = (f64::from(theirs) / 1000.0, attack::pick(before, 10));
        assert!((found - expected).abs() < 0.1, "{found}, expected {expected}");
        let by_number = 1.0 - 50.0 / all.len() as f64;
        assert!(found < by_number - 0.1, "{found}, by number {by_number}");
    }

    #[test]
    fn the_numbers_are_those_of_the_book() {
        let hosts = hosts(5);
        flood(&hosts, 2, 50);
        hosts.refine_candidate(&mut StdRng::seed_from_u64(1)).unwrap().refined(NOW);
        let analysis = hosts.analyse(8);
        let colours: Vec<_> = analysis.lists.iter().map(|list| list.colour.as_str()).collect();
        assert_eq!(colours, ["grey", "white"]);
        let counts = hosts.counts();
        let [grey, white] = &analysis.lists[..] else { panic!("two lists") };
        assert_eq!(
            (grey.groups.count, grey.sources.count, grey.sources.groups),
            (counts.grey, counts.grey, 2)
        );
        assert_eq!((white.groups.count, white.sources.count), (1, 0), "what was seen has no source");
        assert_eq!(analysis.fill.len(), 6);
        let json = serde_json::to_value(&analysis).unwrap();
        assert_eq!(serde_json::from_value::<Analysis>(json).unwrap(), analysis);
    }
}
