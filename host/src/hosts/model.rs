//! The invariants of the address book, held against any sequence of operations.

use super::*;
use crate::clock;
use crate::settings::Blocked;
use anchors::ANCHORS;
use bucket::{REACH, Table};
use entry::Origin;
use proptest::prelude::*;
use rand::{SeedableRng, rngs::StdRng};
use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

/// Small worlds collide more often: ten hosts, of which one is a seed, with two ports and three schemes.
#[derive(Debug, Clone, Copy)]
struct Place {
    scheme: usize,
    host: u8,
    port: u16,
}

impl Place {
    fn address(self) -> Address {
        let scheme = ["tcp", "tcp+tls", "quic"].get(self.scheme).unwrap();
        format!("{scheme}://1.1.1.{}:{}", self.host, self.port).parse().unwrap()
    }
}

#[derive(Debug, Clone)]
enum Step {
    Insert { source: Option<u8>, heard: Vec<(Place, u64)> },
    Candidate(usize),
    Refine,
    Feel,
    Settle { guard: usize, how: u8 },
    Ban(Place),
    Own(Place),
    Block(Place),
    FreeSuspended,
    Restart,
    Later(u64),
}

/// What a sequence of steps has at its command.
struct World {
    hosts: Hosts,
    own: Vec<Address>,
    blocked: Option<Address>,
    reserved: Vec<Reservation>,
    connected: Vec<Connected>,
    start: Instant,
    seconds: u64,
    rng: StdRng,
}

const SEED: &str = "tcp://1.1.1.9:1/";
const START: u64 = 2_000_000;

fn place() -> impl Strategy<Value = Place> {
    (0..3_usize, 0..10_u8, 1..3_u16).prop_map(|(scheme, host, port)| Place { scheme, host, port })
}

fn step() -> impl Strategy<Value = Step> {
    let hearsay = (place(), prop_oneof![Just(0), Just(u64::MAX), START - 90_000..START + 90_000]);
    prop_oneof![
        4 => (prop::option::of(0..4_u8), prop::collection::vec(hearsay, 0..8))
            .prop_map(|(source, heard)| Step::Insert { source, heard }),
        4 => (0..4_usize).prop_map(Step::Candidate),
        2 => Just(Step::Refine),
        2 => Just(Step::Feel),
        6 => (any::<usize>(), 0..7_u8).prop_map(|(guard, how)| Step::Settle { guard, how }),
        1 => place().prop_map(Step::Ban),
        1 => place().prop_map(Step::Own),
        1 => place().prop_map(Step::Block),
        1 => Just(Step::FreeSuspended),
        1 => Just(Step::Restart),
        2 => prop_oneof![0..20_u64, 0..100_000_u64].prop_map(Step::Later),
    ]
}

/// A blacklist of one address with its scheme and port.
fn blacklist(address: Option<&Address>) -> Vec<Blocked> {
    let blocked = |address: &Address| {
        let host = HostKey::of(address)?;
        let (scheme, port) = (address.scheme().to_owned(), address.port()?);
        Some(Blocked { host, schemes: vec![scheme], ports: vec![port] })
    };
    address.and_then(blocked).into_iter().collect()
}

/// With the same secret each time: it survives a restart.
fn config(own: &[Address], blocked: Option<&Address>) -> HostsConfig {
    HostsConfig {
        secret: Secret::new(&mut StdRng::seed_from_u64(6)),
        blacklist: blacklist(blocked),
        own: own.to_vec(),
        excluded: vec![SEED.parse().unwrap()],
        dialable: vec!["tcp".to_owned(), "quic".to_owned()],
        ..HostsConfig::default()
    }
}

impl World {
    fn new() -> Self {
        Self {
            hosts: Hosts::new(config(&[], None)),
            own: Vec::new(),
            blocked: None,
            reserved: Vec::new(),
            connected: Vec::new(),
            start: clock::now(),
            seconds: 0,
            rng: StdRng::seed_from_u64(1),
        }
    }

    fn unix(&self) -> u64 {
        START + self.seconds
    }

    fn instant(&self) -> Instant {
        self.start + Duration::from_secs(self.seconds)
    }

    fn apply(&mut self, step: Step) {
        match step {
            Step::Insert { source, heard } => {
                let heard = heard.into_iter().map(|(place, last_seen)| (place.address(), last_seen));
                let source = source.map(|source| format!("tcp://9.{source}.1.1:1").parse().unwrap());
                self.hosts.insert(heard, source.as_ref(), self.unix());
            }
            Step::Candidate(slots) => {
                let now = self.instant();
                self.reserved.extend(self.hosts.candidate(slots, &|_| false, now, &mut self.rng));
            }
            Step::Refine => self.reserved.extend(self.hosts.refine_candidate(&mut self.rng)),
            Step::Settle { guard, how } => self.settle(guard, how),
            Step::Feel => self.reserved.extend(self.hosts.feeler_candidate(&mut self.rng)),
            Step::Block(place) => {
                self.blocked = Some(place.address());
                let blacklist = blacklist(self.blocked.as_ref());
                self.hosts.reconfigure(|config| config.blacklist = blacklist);
            }
            Step::Ban(place) => {
                self.hosts.ban(&place.address(), "", self.unix());
            }
            Step::Own(place) => {
                self.hosts.add_own(&place.address());
                self.own.push(place.address());
            }
            Step::FreeSuspended => self.hosts.free_suspended(),
            Step::Restart => self.restart(),
            Step::Later(seconds) => self.seconds += seconds,
        }
    }

    fn settle(&mut self, guard: usize, how: u8) {
        let (unix, instant) = (self.unix(), self.instant());
        if how > 4 {
            let Some(connected) = pick(&mut self.connected, guard) else { return };
            return if how == 5 { connected.ended(unix) } else { drop(connected) };
        }
        let Some(reserved) = pick(&mut self.reserved, guard) else { return };
        match how {
            0 => self.connected.push(reserved.connected(unix)),
            1 => reserved.failed(instant),
            2 => reserved.refined(unix),
            3 => reserved.unreachable(instant),
            _ => drop(reserved),
        }
    }

    fn restart(&mut self) {
        let folder = tempfile::tempdir().unwrap();
        let (path, anchors) = (folder.path().join("hosts.tsv"), folder.path().join("anchors.tsv"));
        self.hosts.save(&path).unwrap();
        self.hosts.save_anchors(&anchors).unwrap();
        let chosen = self.hosts.shared.read(|book| book.anchors.chosen());
        self.reserved.clear();
        self.connected.clear();
        let listed: usize = listed(&self.hosts).len();
        self.hosts = Hosts::new(config(&self.own, self.blocked.as_ref()));
        let report = self.hosts.load(&path, self.unix()).unwrap();
        assert_eq!(report.damaged, Vec::<usize>::new());
        assert!(report.kept <= listed);
        let report = self.hosts.take_anchors(&anchors, self.unix()).unwrap();
        assert!(report.damaged.is_empty() && report.kept <= chosen.len());
        assert!(!anchors.exists());
    }

    fn check(&self) {
        let listed = listed(&self.hosts);
        let unique: HashSet<_> = listed.iter().map(|(_, host)| &host.address).collect();
        assert_eq!(unique.len(), listed.len(), "one list for an address");
        for (colour, HostEntry { address, last_seen }) in &listed {
            assert!(!self.hosts.is_banned(address), "{address} is banned");
            assert_ne!(Some(address), self.blocked.as_ref(), "{address} is blocked");
            assert!(self.own.iter().all(|own| own.host() != address.host()), "{address} is an own one");
            assert_ne!(address.as_str(), SEED);
            assert!(*last_seen <= self.unix(), "{address} comes from the future");
            assert_eq!(*colour == Colour::Dark, address.scheme() == "tcp+tls");
        }
        self.hosts.shared.read(|book| {
            self.check_states(book);
            self.check_places(book, listed.len());
        });
    }

    /// Every address has one place, no bucket has more than it may but for those connected, no source more buckets
    /// than it reaches; the anchors are few, and each of them may be dialled.
    fn check_places(&self, book: &Book, listed: usize) {
        let places = book.lists.places();
        let count: usize = places.values().map(Vec::len).sum();
        assert_eq!(count, listed, "one place for an address");
        let mut reached: HashMap<_, HashSet<_>> = HashMap::new();
        for (bucket, held) in places {
            let bound = held.iter().filter(|address| !book.lists.has(address, Colour::Gold)).count();
            assert!(bound <= bucket.table.places(), "{bucket:?} has {bound}");
            for address in held {
                let known = book.lists.find(address).unwrap();
                assert_eq!(bucket.table, Table::of(known.colour), "{address}");
                if let Origin::Heard(Some(source)) = &known.origin {
                    reached.entry((source.clone(), bucket.table)).or_default().insert(bucket.number);
                }
            }
        }
        assert!(reached.values().all(|buckets| buckets.len() <= usize::from(REACH)));
        let anchors = book.anchors.chosen();
        assert!(anchors.len() <= ANCHORS);
        assert!(anchors.iter().all(|address| book.admit(address).is_some()));
    }

    fn check_states(&self, book: &Book) {
        let reserved = self.reserved.iter().map(Reservation::address);
        let connected = self.connected.iter().map(Connected::address);
        let guarded: HashSet<_> = reserved.clone().chain(connected.clone()).collect();
        assert_eq!(guarded.len(), self.reserved.len() + self.connected.len(), "one guard for an address");
        for address in reserved {
            assert!(matches!(book.state(address), State::Connect | State::Refine), "{address}");
        }
        for address in connected {
            assert_eq!(book.state(address), State::Connected, "{address}");
        }
        for colour in Colour::ALL {
            for HostEntry { address, .. } in book.entries(colour) {
                let idle = matches!(book.state(&address), State::Free | State::Suspend);
                assert!(idle || guarded.contains(&address), "{address} is held by nobody");
            }
        }
    }
}

fn pick<T>(guards: &mut Vec<T>, number: usize) -> Option<T> {
    number.checked_rem(guards.len()).map(|index| guards.swap_remove(index))
}

/// Everything on the lists that addresses move between.
fn listed(hosts: &Hosts) -> Vec<(Colour, HostEntry)> {
    let entries = |colour| hosts.entries(colour).into_iter().map(move |host| (colour, host));
    file::ORDER.into_iter().flat_map(entries).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_operations_keeps_the_rules(steps in prop::collection::vec(step(), 0..60)) {
        let mut world = World::new();
        for step in steps {
            world.apply(step);
            world.check();
        }
    }
}

#[test]
fn a_flood_of_addresses_stays_within_the_bounds() {
    let hosts = Hosts::new(config(&[], None));
    let flood = (0..30_000_u32).map(|number| {
        let scheme = if number % 3 == 0 { "tcp+tls" } else { "tcp" };
        let address = format!("{scheme}://n{number}.example:1").parse().unwrap();
        (address, START + u64::from(number))
    });
    hosts.insert(flood, None, START);
    assert_eq!(hosts.counts(), Counts { grey: 2000, dark: 1000, ..Counts::default() });
}
