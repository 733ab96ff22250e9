//! The address book of peers: which addresses are known, how far each is trusted, who may be dialled next.
//!
//! An address is on one list at a time. Its colour says what is known of it:
//!
//! ```text
//! heard of -> filter -> grey --refined--> white --connected--> gold --ended--> grey
//!                   \-> dark: good for others, not dialable from here
//! banned -----------------------------------------------------> black, and off all other lists
//! ```
//!
//! Whoever works on an address holds its [`Reservation`], so that no two do. What comes of the work is told to the
//! guard; one that is dropped frees the address. The modules follow the way of an address: the filter decides what gets
//! in, the lists hold it, the states say who may have it, the selection picks it, the file keeps it.
//!
//! Everything below [`Hosts`] is plain data under one lock, which no foreign code ever runs under.

mod ban_file;
mod bans;
mod book;
mod config;
mod error;
mod file;
mod filter;
mod list;
#[cfg(test)]
mod model;
mod punish;
mod replace;
mod reservation;
mod selection;
mod share;
mod state;

pub use bans::{Ban, BanTerms, Sentence};
pub use config::HostsConfig;
pub use error::HostsError;
pub use file::LoadReport;
pub use filter::is_told;
pub use list::{Colour, Counts, HostEntry};
pub use reservation::{Connected, Reservation};

use crate::address::Address;
use book::Book;
use parking_lot::Mutex;
use rand::{Rng, seq::IteratorRandom};
use state::State;
use std::{path::Path, sync::Arc};
use tokio::{sync::watch, time::Instant};

/// The address book of a node. Every method is short, none waits; only [`load`](Self::load) and
/// [`save`](Self::save) touch the disk.
#[derive(Debug)]
pub struct Hosts {
    book: Arc<Mutex<Book>>,
    inserted: watch::Sender<u64>,
    /// Changes with each ban that comes or goes.
    banned: watch::Sender<u64>,
    /// Held while the bans are written, so that what is newer is written later.
    ban_file: Mutex<()>,
}

impl Hosts {
    /// An empty address book.
    #[must_use]
    pub fn new(config: HostsConfig) -> Self {
        Self {
            book: Arc::new(Mutex::new(Book::new(config))),
            inserted: watch::Sender::new(0),
            banned: watch::Sender::new(0),
            ban_file: Mutex::new(()),
        }
    }

    /// Adds an address of this node that was learnt later, such as that of a listener on port 0.
    pub fn add_own(&self, address: &Address) {
        self.book.lock().add_own(address);
    }

    /// Takes addresses that somebody else told of, each with when they say it was last seen. Returns how many are
    /// new on the grey list, which is how many more there are to dial.
    pub fn insert(&self, addresses: impl IntoIterator<Item = (Address, u64)>, now: u64) -> usize {
        // Locked for each one, since the iterator is foreign code.
        let is_new = |(address, last_seen): &(Address, u64)| self.book.lock().hear(address, *last_seen, now);
        let count = addresses.into_iter().filter(is_new).count();
        if count > 0 {
            self.inserted.send_modify(|insertions| *insertions += 1);
        }
        count
    }

    /// Changes with each [`insert`](Self::insert) that brought something new to dial.
    #[must_use]
    pub fn inserted(&self) -> watch::Receiver<u64> {
        self.inserted.subscribe()
    }

    /// Picks and reserves an address for one of `slots` outbound slots, passing over those that are `busy`
    /// elsewhere. Known peers come first, up to their share of the slots.
    pub fn candidate(
        &self,
        slots: usize,
        busy: &dyn Fn(&Address) -> bool,
        now: Instant,
        rng: &mut impl Rng,
    ) -> Option<Reservation> {
        let (mut ready, quota) = self.book.lock().ready(slots, now);
        ready.retain(|address| !busy(address));
        // As many as there are slots: the other slots cannot take them all in between.
        selection::candidates(ready, slots, quota, rng)
            .into_iter()
            .find_map(|address| self.reserve(address, State::Connect))
    }

    /// Picks and reserves a random grey address, to find out whether a node answers there.
    pub fn refine_candidate(&self, rng: &mut impl Rng) -> Option<Reservation> {
        let grey = self.book.lock().refinable();
        grey.into_iter().choose(rng).and_then(|address| self.reserve(address, State::Refine))
    }

    /// Lets every suspended address be dialled at once: after a time in which no connection worked at all, the
    /// failures were not theirs.
    pub fn free_suspended(&self) {
        self.book.lock().free_suspended();
    }

    /// The addresses to answer a peer with that asked for `max` of each kind over `transports`, with their last_seen.
    /// Encoded, they always fit into one message.
    #[must_use]
    pub fn share(&self, max: u32, transports: &[String], rng: &mut impl Rng) -> Vec<(Address, u64)> {
        let stock = self.book.lock().shareable();
        share::answer(stock, max, transports, rng)
    }

    /// How many addresses each list has.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.book.lock().counts()
    }

    /// The list of a colour, what is most trusted first. The black list has the banned hosts, with the time of the ban.
    #[must_use]
    pub fn entries(&self, colour: Colour) -> Vec<HostEntry> {
        self.book.lock().entries(colour)
    }

    /// Adds what a file has, under the same rules as everything else. No file is an empty file. Blocks on the disk.
    ///
    /// # Errors
    ///
    /// When the file is there but cannot be read. Damaged lines are no error, they are reported by number.
    pub fn load(&self, path: &Path, now: u64) -> Result<LoadReport, HostsError> {
        let mut report = LoadReport::default();
        for (number, line) in file::lines(&file::read(path)?).enumerate() {
            match line {
                Err(file::Damaged) => report.damaged.push(number + 1),
                Ok(None) => {}
                Ok(Some((colour, host))) if self.book.lock().restore(colour, &host, now) => report.kept += 1,
                Ok(Some(_)) => report.refused += 1,
            }
        }
        Ok(report)
    }

    /// Writes all lists but the black one, if there is anything to write. At every moment the file is either the old
    /// one or the new one, whole. Blocks on the disk.
    ///
    /// # Errors
    ///
    /// When the file, or the folder that it is in, cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), HostsError> {
        // Locked once, so that no address moves from list to list in between.
        let lists = {
            let book = self.book.lock();
            file::ORDER.map(|colour| (colour, book.entries(colour)))
        };
        file::write(path, &lists)
    }

    fn reserve(&self, address: Address, state: State) -> Option<Reservation> {
        let taken = self.book.lock().take(&address, state);
        taken.then(|| Reservation::new(Arc::clone(&self.book), address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;
    use rand::{SeedableRng, rngs::StdRng};
    use std::{fs, time::Duration};

    const NOW: u64 = 1_000_000;
    const A: &str = "tcp://1.1.1.1:1/";
    const B: &str = "tcp://2.2.2.2:1/";

    fn address(text: &str) -> Address {
        text.parse().unwrap()
    }

    /// An address book that has heard of some addresses.
    fn heard(texts: &[&str]) -> Hosts {
        let hosts = Hosts::new(HostsConfig::default());
        hosts.insert(texts.iter().map(|text| (address(text), 500)), NOW);
        hosts
    }

    fn rng() -> StdRng {
        StdRng::seed_from_u64(11)
    }

    fn candidate(hosts: &Hosts, now: Instant) -> Option<Reservation> {
        hosts.candidate(1, &|_| false, now, &mut rng())
    }

    /// The one entry that an address book has.
    fn only(hosts: &Hosts) -> Option<(Colour, String, u64)> {
        let mut all = Colour::ALL.into_iter().flat_map(|colour| {
            hosts
                .entries(colour)
                .into_iter()
                .map(move |host| (colour, host.address.to_string(), host.last_seen))
        });
        let first = all.next();
        assert_eq!(all.next(), None);
        first
    }

    fn grey(text: &str, last_seen: u64) -> Option<(Colour, String, u64)> {
        Some((Colour::Grey, text.to_owned(), last_seen))
    }

    #[test]
    fn hearsay_is_never_newer_than_now_and_changes_nothing_that_is_known() {
        let hosts = Hosts::new(HostsConfig::default());
        assert_eq!(hosts.insert([(address(A), u64::MAX), (address(A), 5)], NOW), 1);
        assert_eq!(only(&hosts), grey(A, NOW));
        candidate(&hosts, clock::now()).unwrap().connected(NOW + 1).ended(NOW + 2);
        assert_eq!(hosts.insert([(address(A), NOW + 9)], NOW + 9), 0);
        assert_eq!(only(&hosts), grey(A, NOW + 2));
    }

    #[test]
    fn wakes_those_who_wait_for_something_new_to_dial() {
        let hosts = heard(&[A]);
        let inserted = hosts.inserted();
        assert_eq!(hosts.insert([(address(A), 5), (address("tcp+tls://3.3.3.3:1"), 5)], NOW), 0);
        assert!(!inserted.has_changed().unwrap());
        assert_eq!(hosts.insert([(address(B), 5)], NOW), 1);
        assert!(inserted.has_changed().unwrap());
    }

    #[test]
    fn no_two_dials_go_to_one_address() {
        let (hosts, now) = (heard(&[A]), clock::now());
        let reservation = candidate(&hosts, now).unwrap();
        assert!(candidate(&hosts, now).is_none());
        assert!(hosts.refine_candidate(&mut rng()).is_none());
        drop(reservation);
        let connected = candidate(&hosts, now).unwrap().connected(NOW);
        assert_eq!(connected.address(), &address(A));
        assert!(candidate(&hosts, now).is_none());
        drop(connected);
        assert!(candidate(&hosts, now).is_some());
    }

    #[test]
    fn passes_over_what_is_busy_elsewhere() {
        let (hosts, now) = (heard(&[A, B]), clock::now());
        for _ in 0..20 {
            let found = hosts.candidate(1, &|busy| *busy == address(A), now, &mut rng()).unwrap();
            assert_eq!(found.address(), &address(B));
        }
    }

    #[test]
    fn an_address_is_gold_while_connected_then_grey() {
        let (hosts, now) = (heard(&[A]), clock::now());
        let connected = candidate(&hosts, now).unwrap().connected(NOW);
        assert_eq!(only(&hosts), Some((Colour::Gold, A.to_owned(), NOW)));
        drop(connected);
        assert_eq!(only(&hosts), grey(A, NOW));
    }

    #[test]
    fn a_failed_address_comes_back_by_back_off() {
        let (hosts, now) = (heard(&[A]), clock::now());
        candidate(&hosts, now).unwrap().failed(now);
        assert!(candidate(&hosts, now + Duration::from_secs(4)).is_none());
        let later = now + Duration::from_secs(5);
        candidate(&hosts, later).unwrap().failed(later);
        assert!(candidate(&hosts, later + Duration::from_secs(9)).is_none());
        hosts.free_suspended();
        assert!(candidate(&hosts, later).is_some());
        assert_eq!(only(&hosts), grey(A, 500));
    }

    #[test]
    fn a_refined_address_is_white_and_one_without_an_answer_is_gone() {
        let (hosts, now) = (heard(&[A]), clock::now());
        candidate(&hosts, now).unwrap().failed(now);
        hosts.refine_candidate(&mut rng()).unwrap().refined(NOW);
        assert_eq!(only(&hosts), Some((Colour::White, A.to_owned(), NOW)));
        assert!(hosts.refine_candidate(&mut rng()).is_none(), "only grey ones are refined");
        candidate(&hosts, now).unwrap().failed(now);
        hosts.refine_candidate(&mut rng()).unwrap().unreachable();
        assert_eq!(only(&hosts), None);
    }

    #[test]
    fn a_ban_has_all_ports_and_schemes_of_its_host() {
        let hosts = heard(&[A, "tcp://1.1.1.1:2/", "tcp+tls://1.1.1.1:3/", B]);
        let connected = hosts.candidate(1, &|found| *found != address(A), clock::now(), &mut rng());
        let connected = connected.unwrap().connected(NOW);
        assert!(hosts.ban(&address("quic://1.1.1.1:40000"), "noise", NOW));
        connected.ended(NOW);
        assert_eq!(hosts.insert([(address("tcp://1.1.1.1:5/"), 1)], NOW), 0);
        assert_eq!(hosts.counts(), Counts { grey: 1, black: 1, ..Counts::default() });
        assert!(hosts.is_banned(&address("tcp://[::ffff:1.1.1.1]:9/")) && !hosts.is_banned(&address(B)));
        assert_eq!(hosts.bans().first().map(|ban| (ban.reason.as_str(), ban.since)), Some(("noise", NOW)));
    }

    #[test]
    fn some_hosts_are_never_banned() {
        let localnet = Hosts::new(HostsConfig { localnet: true, ..HostsConfig::default() });
        for (text, in_localnet) in
            [("unix:///run/socket", false), ("socks5://8.8.8.8:1/h:1", false), ("tcp://127.0.0.1:1", true)]
        {
            assert!(!heard(&[]).ban(&address(text), "", NOW), "{text}");
            assert_eq!(localnet.ban(&address(text), "", NOW), in_localnet, "{text}");
        }
    }

    #[test]
    fn own_addresses_that_are_learnt_later_leave_the_lists() {
        let hosts = heard(&[A, B]);
        let reservation =
            hosts.candidate(1, &|found| *found != address(A), clock::now(), &mut rng()).unwrap();
        hosts.add_own(&address(A));
        drop(reservation.connected(NOW));
        assert_eq!(only(&hosts), grey(B, 500));
    }

    #[test]
    fn dark_addresses_are_forgotten_after_a_day() {
        let hosts = Hosts::new(HostsConfig::default());
        let dark = [("tor+tls", 1), ("tcp+tls", NOW)];
        let dark = dark.map(|(scheme, seen)| (address(&format!("{scheme}://3.3.3.3:1")), seen));
        hosts.insert(dark, NOW);
        assert_eq!(hosts.counts(), Counts { dark: 1, ..Counts::default() });
        hosts.insert([(address("tcp+tls://4.4.4.4:1"), NOW + 86_401)], NOW + 86_401);
        assert_eq!(hosts.entries(Colour::Dark).len(), 1);
    }

    #[test]
    fn grey_and_black_addresses_are_not_shared() {
        let hosts = heard(&[A, B]);
        hosts.ban(&address("tcp://3.3.3.3:1"), "", NOW);
        assert_eq!(hosts.share(9, &["tcp".to_owned()], &mut rng()), []);
        let connected = candidate(&hosts, clock::now()).unwrap().connected(NOW);
        let shared = hosts.share(9, &["tcp".to_owned()], &mut rng());
        assert_eq!(shared, [(connected.address().clone(), NOW)]);
    }

    #[test]
    fn a_file_is_taken_line_by_line_under_the_rules_of_today() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hosts.tsv");
        let lines = [
            "white\ttcp://1.1.1.1:1/\t1000001", // newer than now
            "nonsense",
            "dark\ttcp://2.2.2.2:1/\t5", // dialable by now
            "grey\ttcp://2.2.2.2:1/\t6", // twice
            "",
            "gold\ttcp://127.0.0.1:1/\t5",        // not localnet
            "gold\ttcp+tls://3.3.3.3:1/\t999999", // not dialable any more
            "black\ttcp://4.4.4.4:1/\t7",
            "grey\ttcp://5.5.5.5:1/\tx",
            "grey\ttcp://4.4.4.4:2/\t7", // banned above
        ];
        fs::write(&path, lines.join("\n")).unwrap();
        let hosts = Hosts::new(HostsConfig::default());
        let report = hosts.load(&path, NOW).unwrap();
        assert_eq!(report, LoadReport { kept: 4, refused: 3, damaged: vec![2, 9] });
        assert_eq!(hosts.counts(), Counts { grey: 1, white: 1, dark: 1, black: 1, gold: 0 });

        hosts.save(&path).unwrap();
        let saved = "dark\ttcp+tls://3.3.3.3:1/\t999999\ngrey\ttcp://2.2.2.2:1/\t5\nwhite\ttcp://1.1.1.1:1/\t1000000\n";
        assert_eq!(fs::read_to_string(&path).unwrap(), saved);
    }
}
