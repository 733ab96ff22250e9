//! The invariants of the address book, held against any sequence of operations.

use super::*;
use crate::clock;
use list::HostEntry;
use proptest::prelude::*;
use rand::{SeedableRng, rngs::StdRng};
use std::{collections::HashSet, time::Duration};

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
    Insert(Vec<(Place, u64)>),
    Candidate(usize),
    Refine,
    Settle { guard: usize, how: u8 },
    Ban(Place),
    Own(Place),
    FreeSuspended,
    Restart,
    Later(u64),
}

/// What a sequence of steps has at its command.
struct World {
    hosts: Hosts,
    own: Vec<Address>,
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
        4 => prop::collection::vec(hearsay, 0..8).prop_map(Step::Insert),
        4 => (0..4_usize).prop_map(Step::Candidate),
        2 => Just(Step::Refine),
        6 => (any::<usize>(), 0..7_u8).prop_map(|(guard, how)| Step::Settle { guard, how }),
        1 => place().prop_map(Step::Ban),
        1 => place().prop_map(Step::Own),
        1 => Just(Step::FreeSuspended),
        1 => Just(Step::Restart),
        2 => prop_oneof![0..20_u64, 0..100_000_u64].prop_map(Step::Later),
    ]
}

fn config(own: &[Address]) -> HostsConfig {
    HostsConfig {
        own: own.to_vec(),
        excluded: vec![SEED.parse().unwrap()],
        dialable: vec!["tcp".to_owned(), "quic".to_owned()],
        ..HostsConfig::default()
    }
}

impl World {
    fn new() -> Self {
        Self {
            hosts: Hosts::new(config(&[])),
            own: Vec::new(),
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
            Step::Insert(heard) => {
                let heard = heard.into_iter().map(|(place, last_seen)| (place.address(), last_seen));
                self.hosts.insert(heard, self.unix());
            }
            Step::Candidate(slots) => {
                let now = self.instant();
                self.reserved.extend(self.hosts.candidate(slots, &|_| false, now, &mut self.rng));
            }
            Step::Refine => self.reserved.extend(self.hosts.refine_candidate(&mut self.rng)),
            Step::Settle { guard, how } => self.settle(guard, how),
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
            3 => reserved.unreachable(),
            _ => drop(reserved),
        }
    }

    fn restart(&mut self) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hosts.tsv");
        self.hosts.save(&path).unwrap();
        self.reserved.clear();
        self.connected.clear();
        let listed: usize = listed(&self.hosts).len();
        self.hosts = Hosts::new(config(&self.own));
        let report = self.hosts.load(&path, self.unix()).unwrap();
        assert_eq!(report.damaged, Vec::<usize>::new());
        assert!(report.kept <= listed);
    }

    fn check(&self) {
        let listed = listed(&self.hosts);
        let unique: HashSet<_> = listed.iter().map(|(_, host)| &host.address).collect();
        assert_eq!(unique.len(), listed.len(), "one list for an address");
        for (colour, HostEntry { address, last_seen }) in &listed {
            assert!(!self.hosts.is_banned(address), "{address} is banned");
            assert!(self.own.iter().all(|own| own.host() != address.host()), "{address} is an own one");
            assert_ne!(address.as_str(), SEED);
            assert!(*last_seen <= self.unix(), "{address} comes from the future");
            assert_eq!(*colour == Colour::Dark, address.scheme() == "tcp+tls");
        }
        self.check_states();
    }

    fn check_states(&self) {
        let book = self.hosts.book.lock();
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
    let hosts = Hosts::new(config(&[]));
    let flood = (0..30_000_u32).map(|number| {
        let scheme = if number % 3 == 0 { "tcp+tls" } else { "tcp" };
        let address = format!("{scheme}://n{number}.example:1").parse().unwrap();
        (address, START + u64::from(number))
    });
    hosts.insert(flood, START);
    assert_eq!(hosts.counts(), Counts { grey: 2000, dark: 1000, ..Counts::default() });
}
