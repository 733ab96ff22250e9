//! What it takes to take over an address book, by the arithmetic of its buckets.
//!
//! A table has `B` buckets of `P` places. One group reaches at most [`REACH`] = `R` buckets, which the secret picks:
//! where addresses were heard of it is the group of the source, where they were tried the group of the address. An
//! attacker with addresses in `k` groups therefore
//!
//! * has at most the share `min(1, k·R/B)` of the places: [`most`];
//! * has about the share `c(k) = 1 - (1 - 1/B)^(k·R)`, since some of the buckets picked are the same: [`reach`].
//!
//! A slot picks a bucket that has addresses, each with the same chance, and an address in it. When the honest addresses
//! take `h` buckets with `m` places each, the attacker fills what is left of those that it reaches and the pick is its
//! own with the chance [`pick`]
//!
//! ```text
//! q(k) = [c·(B - h) + c·h·(P - m)/P] / [c·(B - h) + h]      c = c(k)
//! ```
//!
//! All of `n` slots are the attacker's with `q(k)^n`, and only if it has `n` groups, since no two slots share one.
//! That is a flood of a book in which honest addresses keep their places; it leaves out that they come and go, and that
//! slots which are taken stay so.

use super::bucket::{REACH, Table};

/// More groups than there are networks of IPv4: nobody has these.
const MOST_GROUPS: u32 = 65_536;

/// What the honest addresses of a table take of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Occupied {
    pub(super) table: Table,
    /// Buckets with at least one address.
    pub(super) buckets: u32,
    /// Addresses.
    pub(super) addresses: u32,
}

/// The largest share of a table's places that an attacker with this many groups can have.
#[cfg(test)]
pub(super) fn most(table: Table, groups: u32) -> f64 {
    (f64::from(groups) * f64::from(REACH) / f64::from(table.buckets())).min(1.0)
}

/// The share of a table's buckets that an attacker with this many groups reaches, on average.
pub(super) fn reach(table: Table, groups: u32) -> f64 {
    let missed = 1.0 - 1.0 / f64::from(table.buckets());
    1.0 - missed.powf(f64::from(groups) * f64::from(REACH))
}

/// The chance that a pick is the attacker's, who has flooded the table from this many groups.
pub(super) fn pick(occupied: Occupied, groups: u32) -> f64 {
    let Occupied { table, buckets, addresses } = occupied;
    let places = u32::try_from(table.places()).map_or(f64::MAX, f64::from);
    let (all, held) = (f64::from(table.buckets()), f64::from(buckets));
    let each = if buckets == 0 { 0.0 } else { f64::from(addresses) / held };
    let reached = reach(table, groups);
    let theirs = reached * (all - held) + reached * held * ((places - each) / places).max(0.0);
    let total = reached * (all - held) + held;
    if total > 0.0 { theirs / total } else { 0.0 }
}

/// How many groups an attacker needs for this share of a table's places, on average.
pub(super) fn groups_to_fill(table: Table, share: f64) -> Option<u32> {
    (1..=MOST_GROUPS).find(|groups| reach(table, *groups) >= share)
}

/// How many groups an attacker needs to have all of some slots with this chance; `None` when no flood brings it there.
pub(super) fn groups_for_slots(occupied: Occupied, slots: u32, chance: f64) -> Option<u32> {
    let all_slots = |groups: u32| pick(occupied, groups).powf(f64::from(slots));
    (slots.max(1)..=MOST_GROUPS).find(|groups| all_slots(*groups) >= chance)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: Occupied = Occupied { table: Table::New, buckets: 0, addresses: 0 };

    #[test]
    fn what_is_reached_on_average_is_never_more_than_what_can_be() {
        for table in [Table::New, Table::Tried, Table::Dark] {
            for groups in [1, 2, 5, 20, 100, 1000] {
                assert!(reach(table, groups) <= most(table, groups), "{table:?} {groups}");
            }
        }
        assert!((most(Table::New, 1) - 0.064).abs() < 1e-9);
        assert!((reach(Table::New, 1) - 0.0622).abs() < 1e-4);
    }

    #[test]
    fn the_groups_needed_are_the_fewest_that_reach_so_far() {
        for (table, share, groups) in
            [(Table::New, 0.06, 1), (Table::New, 0.5, 11), (Table::New, 0.9, 36), (Table::Tried, 0.5, 22)]
        {
            assert_eq!(groups_to_fill(table, share), Some(groups), "{table:?} {share}");
        }
    }

    #[test]
    fn an_empty_book_is_whose_first_fills_it_and_a_full_one_nobodys_else() {
        assert_eq!(groups_for_slots(EMPTY, 8, 0.5), Some(8), "as many groups as slots");
        let full = Occupied { table: Table::New, buckets: 125, addresses: 2000 };
        assert_eq!(groups_for_slots(full, 1, 0.01), None);
        let half = Occupied { table: Table::New, buckets: 125, addresses: 1000 };
        assert_eq!(groups_for_slots(half, 1, 0.6), None, "half of each bucket stays honest");
        let few = Occupied { table: Table::New, buckets: 10, addresses: 10 };
        let many = Occupied { table: Table::New, buckets: 60, addresses: 60 };
        assert!(groups_for_slots(few, 8, 0.5) < groups_for_slots(many, 8, 0.5));
    }
}
