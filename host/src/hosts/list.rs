//! The lists of addresses, as views by colour of one set, with the places in it.

use super::{
    bucket::{Bucket, Placement, Table},
    entry::{Colour, HostEntry, Origin},
};
use crate::address::Address;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What is known of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listing {
    pub(super) colour: Colour,
    /// When a node was last seen there, in seconds since 1970: by this node or by hearsay, as the origin says.
    pub(super) last_seen: u64,
    pub(super) origin: Origin,
    /// How often it was dialled in vain since a node answered there.
    pub(super) failures: u32,
}

impl Listing {
    /// An address at which this node has seen a node.
    pub(super) const fn seen(colour: Colour, last_seen: u64) -> Self {
        Self { colour, last_seen, origin: Origin::Seen, failures: 0 }
    }

    /// The same on another list.
    pub(super) fn on(&self, colour: Colour) -> Self {
        Self { colour, ..self.clone() }
    }

    /// Own observation comes before hearsay, later before earlier.
    fn rank(&self) -> Rank {
        Rank { seen: self.origin == Origin::Seen, last_seen: self.last_seen }
    }

    /// What has to be more for an address to take another one's place. What was told of last_seen does not count:
    /// whoever comes later could always say more.
    fn worth(&self) -> (bool, bool, u64) {
        let seen = self.origin == Origin::Seen;
        (seen, self.failures == 0, if seen { self.last_seen } else { 0 })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    seen: bool,
    last_seen: u64,
}

/// All listed addresses. Each has one colour, and a place in a bucket.
#[derive(Debug)]
pub(super) struct Lists {
    placement: Placement,
    entries: HashMap<Address, (Listing, Bucket)>,
    by_rank: BTreeMap<Colour, BTreeSet<(Rank, Address)>>,
    buckets: HashMap<Bucket, Vec<Address>>,
    changes: u64,
}

impl Lists {
    pub(super) fn new(placement: Placement) -> Self {
        Self {
            placement,
            entries: HashMap::new(),
            by_rank: BTreeMap::new(),
            buckets: HashMap::new(),
            changes: 0,
        }
    }

    pub(super) const fn placement(&self) -> &Placement {
        &self.placement
    }

    /// How often anything has changed.
    pub(super) const fn changes(&self) -> u64 {
        self.changes
    }

    pub(super) fn find(&self, address: &Address) -> Option<&Listing> {
        self.entries.get(address).map(|(listing, _)| listing)
    }

    pub(super) fn has(&self, address: &Address, colour: Colour) -> bool {
        self.find(address).is_some_and(|listing| listing.colour == colour)
    }

    /// Those whose places an address would compete for, unless there is room for it.
    pub(super) fn rivals(&self, address: &Address, listing: &Listing) -> Vec<(&Address, &Listing)> {
        let bucket = self.placement.bucket(Table::of(listing.colour), address, &listing.origin);
        let others = self.buckets.get(&bucket).into_iter().flatten().filter(|other| *other != address);
        let others: Vec<_> = others.filter_map(|other| Some((other, &self.entries.get(other)?.0))).collect();
        if others.len() < bucket.table.places() { Vec::new() } else { others }
    }

    /// Puts an address on a list and off all others, if there is room or somebody there is worth less, who then leaves.
    /// The address is on no list otherwise. Returns whether it is on this one.
    pub(super) fn put(&mut self, address: &Address, listing: Listing) -> bool {
        let rivals = self.rivals(address, &listing);
        let weakest = rivals.iter().min_by_key(|(other, known)| (known.worth(), known.last_seen, *other));
        let leaves = weakest.map(|(other, known)| (known.worth() < listing.worth(), (*other).clone()));
        match leaves {
            None => self.force(address, listing),
            Some((true, other)) => {
                self.remove(&other);
                self.force(address, listing);
            }
            Some((false, _)) => {
                self.remove(address);
                return false;
            }
        }
        true
    }

    /// Puts an address on a list and off all others, whether there is room or not.
    pub(super) fn force(&mut self, address: &Address, listing: Listing) {
        self.remove(address);
        self.changes += 1;
        let bucket = self.placement.bucket(Table::of(listing.colour), address, &listing.origin);
        self.buckets.entry(bucket).or_default().push(address.clone());
        self.by_rank.entry(listing.colour).or_default().insert((listing.rank(), address.clone()));
        self.entries.insert(address.clone(), (listing, bucket));
    }

    pub(super) fn remove(&mut self, address: &Address) {
        let Some((listing, bucket)) = self.entries.remove(address) else { return };
        self.changes += 1;
        self.by_rank.entry(listing.colour).or_default().remove(&(listing.rank(), address.clone()));
        if let Some(places) = self.buckets.get_mut(&bucket) {
            places.retain(|other| other != address);
        }
    }

    pub(super) fn retain(&mut self, keep: impl Fn(&Address) -> bool) {
        let gone: Vec<_> = self.entries.keys().filter(|address| !keep(address)).cloned().collect();
        gone.iter().for_each(|address| self.remove(address));
    }

    /// Forgets all failures.
    pub(super) fn forgive(&mut self) {
        self.entries.values_mut().for_each(|(listing, _)| listing.failures = 0);
    }

    /// Drops what was last seen before `time` from a list.
    pub(super) fn expire(&mut self, colour: Colour, time: u64) {
        let list = self.view(colour).rev().take_while(|(_, listing)| listing.last_seen < time);
        let old: Vec<_> = list.map(|(address, _)| address.clone()).collect();
        old.iter().for_each(|address| self.remove(address));
    }

    pub(super) fn len(&self, colour: Colour) -> usize {
        self.by_rank.get(&colour).map_or(0, BTreeSet::len)
    }

    /// A list, the highest rank first.
    pub(super) fn view(&self, colour: Colour) -> impl DoubleEndedIterator<Item = (&Address, &Listing)> {
        let list = self.by_rank.get(&colour).map(|list| list.iter().rev());
        let list = list.into_iter().flatten();
        list.filter_map(|(_, address)| Some((address, &self.entries.get(address)?.0)))
    }

    /// A list for those outside of the book.
    pub(super) fn entries(&self, colour: Colour) -> Vec<HostEntry> {
        let entry = |(address, listing): (&Address, &Listing)| HostEntry {
            address: address.clone(),
            last_seen: listing.last_seen,
        };
        self.view(colour).map(entry).collect()
    }

    #[cfg(test)]
    pub(super) const fn places(&self) -> &HashMap<Bucket, Vec<Address>> {
        &self.buckets
    }

    /// The number of the bucket that an address is in, for choices that give each bucket the same chance.
    pub(super) fn bucket(&self, address: &Address) -> Option<u16> {
        self.entries.get(address).map(|(_, bucket)| bucket.number)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::secret::Secret, *};
    use crate::address::HostKey;
    use rand::{SeedableRng, rngs::StdRng};

    fn lists() -> Lists {
        let secret = Secret::new(&mut StdRng::seed_from_u64(3));
        Lists::new(Placement { secret, localnet: false })
    }

    /// All of them compete for the places of one bucket.
    fn address(port: u16) -> Address {
        format!("tcp://1.1.1.1:{port}").parse().unwrap()
    }

    fn heard(colour: Colour, last_seen: u64) -> Listing {
        let source = HostKey::of(&"tcp://2.2.2.2:1".parse().unwrap());
        Listing { colour, last_seen, origin: Origin::Heard(source), failures: 0 }
    }

    fn ports(lists: &Lists, colour: Colour) -> Vec<u16> {
        lists.view(colour).filter_map(|(address, _)| address.port()).collect()
    }

    #[test]
    fn an_address_is_on_one_list_only() {
        let mut lists = lists();
        assert!(lists.put(&address(1), heard(Colour::Grey, 5)));
        assert!(lists.put(&address(1), Listing::seen(Colour::White, 6)));
        assert_eq!((lists.len(Colour::Grey), lists.len(Colour::White)), (0, 1));
        assert_eq!(lists.find(&address(1)), Some(&Listing::seen(Colour::White, 6)));
    }

    #[test]
    fn own_observation_comes_before_any_hearsay() {
        let mut lists = lists();
        lists.put(&address(1), Listing::seen(Colour::Grey, 1));
        lists.put(&address(2), heard(Colour::Grey, u64::MAX));
        lists.put(&address(3), Listing::seen(Colour::Grey, 2));
        assert_eq!(ports(&lists, Colour::Grey), [3, 1, 2]);
    }

    #[test]
    fn hearsay_never_takes_the_place_of_what_is_as_good() {
        let mut lists = lists();
        for port in 1..=16 {
            assert!(lists.put(&address(port), heard(Colour::Grey, 5)));
        }
        assert!(!lists.put(&address(100), heard(Colour::Grey, 9)));
        assert_eq!((lists.len(Colour::Grey), lists.find(&address(100))), (16, None));
    }

    #[test]
    fn what_failed_leaves_its_place_to_hearsay() {
        let mut lists = lists();
        for port in 1..=16 {
            lists.put(&address(port), Listing { failures: u32::from(port == 7), ..heard(Colour::Grey, 5) });
        }
        assert!(lists.put(&address(100), heard(Colour::Grey, 1)));
        assert_eq!(lists.find(&address(7)), None);
        assert!(!lists.put(&address(101), Listing { failures: 1, ..heard(Colour::Grey, 9) }));
    }

    /// The buckets of what was seen are found by trying.
    #[test]
    fn what_was_seen_takes_the_place_of_hearsay_and_of_what_was_seen_earlier() {
        let mut lists = lists();
        let unsourced = |last_seen| Listing { origin: Origin::Heard(None), ..heard(Colour::Grey, last_seen) };
        let bucket = lists.placement.bucket(Table::New, &address(1), &Origin::Seen);
        let same = |port: &u16| lists.placement.bucket(Table::New, &address(*port), &Origin::Seen) == bucket;
        let ports: Vec<u16> = (1..2000).filter(same).take(20).collect();
        for port in &ports[..16] {
            assert!(lists.put(&address(*port), unsourced(1000)));
        }
        for (port, last_seen) in ports[..16].iter().zip(1..) {
            lists.put(&address(*port), Listing::seen(Colour::Grey, last_seen));
        }
        assert!(!lists.put(&address(ports[16]), unsourced(9999)));
        assert!(lists.put(&address(ports[17]), Listing::seen(Colour::Grey, 50)));
        assert_eq!(lists.find(&address(ports[0])), None);
        assert_eq!(lists.len(Colour::Grey), 16);
    }

    #[test]
    fn the_places_of_all_lists_are_those_of_their_tables() {
        for (table, limit) in [(Table::New, 2000), (Table::Tried, 5000), (Table::Dark, 1000)] {
            assert_eq!(usize::from(table.buckets()) * table.places(), limit, "{table:?}");
        }
    }

    #[test]
    fn expires_what_is_older() {
        let mut lists = lists();
        for port in 1..5 {
            lists.put(&address(port), heard(Colour::Dark, port.into()));
        }
        lists.expire(Colour::Dark, 3);
        assert_eq!(ports(&lists, Colour::Dark), [4, 3]);
        assert_eq!(lists.find(&address(2)), None);
    }
}
