//! Where in the address book an address has its place.
//!
//! A table has buckets, a bucket has places. The secret decides which buckets an address may be in, so that a group of
//! addresses reaches [`REACH`] of them and no more, however many addresses it has:
//!
//! ```text
//! heard of:  bucket = H(source's group, H(source's group, address's group) mod REACH)
//! seen:      bucket = H(address's group, H(address) mod REACH)
//! ```

use super::{
    entry::{Colour, Origin},
    secret::Secret,
};
use crate::address::{Address, Group, HostKey};

/// How many buckets of a table one group reaches: as source what it tells of, by itself what it has.
pub(super) const REACH: u16 = 8;

/// A part of the address book in which addresses compete for places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Table {
    /// The grey ones.
    New,
    /// The white and gold ones.
    Tried,
    /// The dark ones.
    Dark,
}

impl Table {
    /// The table of a list. The black list is none of addresses, and never asks.
    pub(super) const fn of(colour: Colour) -> Self {
        match colour {
            Colour::Grey | Colour::Black => Self::New,
            Colour::White | Colour::Gold => Self::Tried,
            Colour::Dark => Self::Dark,
        }
    }

    /// The places in all buckets.
    pub(super) const fn limit(self) -> usize {
        match self {
            Self::New => Colour::Grey.limit(),
            Self::Tried => Colour::White.limit(),
            Self::Dark => Colour::Dark.limit(),
        }
    }

    pub(super) const fn buckets(self) -> u16 {
        match self {
            Self::New | Self::Dark => 125,
            Self::Tried => 250,
        }
    }

    /// The places in each bucket.
    pub(super) const fn places(self) -> usize {
        self.limit() / self.buckets() as usize
    }
}

/// One bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Bucket {
    pub(super) table: Table,
    pub(super) number: u16,
}

/// What decides about the buckets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placement {
    pub(super) secret: Secret,
    /// Local addresses are each a group of its own: all of them are one hand's anyway.
    pub(super) localnet: bool,
}

impl Placement {
    /// The bucket of an address in a table.
    pub(super) fn bucket(&self, table: Table, address: &Address, origin: &Origin) -> Bucket {
        let group = self.group(address);
        let name = match table {
            Table::New => "new",
            Table::Tried => "tried",
            Table::Dark => "dark",
        };
        let (owner, part) = match origin {
            Origin::Heard(Some(source)) => {
                let source = self.source(source).unwrap_or_else(|| group.clone());
                let part = self.secret.pick(&["part", &source, &group], REACH);
                (source, part)
            }
            Origin::Heard(None) | Origin::Seen => {
                let part = self.secret.pick(&["part", address.as_str()], REACH);
                (group, part)
            }
        };
        let number = self.secret.pick(&[name, &owner, &part.to_string()], table.buckets());
        Bucket { table, number }
    }

    /// The group that an address counts for.
    pub(super) fn group(&self, address: &Address) -> String {
        match HostKey::of(address) {
            Some(host) if self.is_exempt(&host) => address.to_string(),
            _ => Group::of(address).to_string(),
        }
    }

    /// The group that a source counts for, if it is to be counted at all.
    pub(super) fn source(&self, source: &HostKey) -> Option<String> {
        (!self.is_exempt(source)).then(|| Group::of_host(source).to_string())
    }

    fn is_exempt(&self, host: &HostKey) -> bool {
        self.localnet && host.is_local()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng, rngs::StdRng};
    use std::collections::HashSet;

    fn placement(localnet: bool) -> Placement {
        Placement { secret: Secret::new(&mut StdRng::seed_from_u64(5)), localnet }
    }

    fn heard_from(source: &str) -> Origin {
        Origin::Heard(HostKey::of(&source.parse().unwrap()))
    }

    /// How many buckets 5000 addresses have, that differ in their group or within it.
    fn reached(
        placement: Placement,
        table: Table,
        origin: &Origin,
        address: impl Fn(u16) -> String,
    ) -> usize {
        let bucket =
            |number| placement.bucket(table, &address(number).parse::<Address>().unwrap(), origin).number;
        let buckets: HashSet<_> = (0..5000).map(bucket).collect();
        assert!(buckets.iter().all(|number| *number < table.buckets()));
        buckets.len()
    }

    fn of_many_groups(number: u16) -> String {
        let [high, low] = number.to_be_bytes();
        format!("tcp://{}.{low}.1.1:1", high + 20)
    }

    fn of_one_group(number: u16) -> String {
        let [high, low] = number.to_be_bytes();
        format!("tcp://7.7.{high}.{low}:1")
    }

    #[test]
    fn one_group_reaches_its_part_of_a_table_and_no_more() {
        let (placement, peer, reach) = (placement(false), heard_from("tcp://1.2.3.4:1"), usize::from(REACH));
        assert!((2..=reach).contains(&reached(placement, Table::New, &peer, of_many_groups)));
        assert!((2..=reach).contains(&reached(placement, Table::Dark, &peer, of_many_groups)));
        assert_eq!(reached(placement, Table::New, &peer, of_one_group), 1);
        assert!((2..=reach).contains(&reached(placement, Table::Tried, &Origin::Seen, of_one_group)));
        assert!((2..=reach).contains(&reached(placement, Table::New, &Origin::Heard(None), of_one_group)));
        assert_eq!(reached(placement, Table::Tried, &Origin::Seen, of_many_groups), 250);
    }

    #[test]
    fn a_source_is_its_group_whatever_its_port_and_place_in_it() {
        let (placement, address) = (placement(false), "tcp://9.9.9.9:1".parse().unwrap());
        let bucket = |source: &str| placement.bucket(Table::New, &address, &heard_from(source));
        assert_eq!(bucket("tcp://1.2.3.4:1"), bucket("tcp+tls://1.2.200.9:2"));
        let others: HashSet<_> = (3..100).map(|number| bucket(&format!("tcp://1.{number}.1.1:1"))).collect();
        assert!(others.len() > 40, "{}", others.len());
    }

    #[test]
    fn local_addresses_and_sources_are_not_counted_together_in_localnet() {
        let (source, local) =
            (heard_from("tcp://127.0.0.1:5"), |port| format!("tcp://127.0.0.1:{}", port + 1));
        assert_eq!(reached(placement(true), Table::New, &source, local), 125);
        assert_eq!(reached(placement(false), Table::New, &source, local), 1);
        let known = heard_from("tcp://1.2.3.4:5");
        assert!(reached(placement(true), Table::New, &known, local) <= usize::from(REACH));
    }
}
