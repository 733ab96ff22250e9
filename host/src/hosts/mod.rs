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
//! The colours are views. Behind them addresses have places in buckets, so that nobody fills more than a share of the
//! book: one source or group reaches 8 of the 125 buckets of what was heard of, and 8 of the 250 of what was tried.
//! Hearsay takes nobody's place but that of an address that failed; a tried address is tried once more before another
//! one gets its place; an address is dropped only after several failures.
//!
//! Whoever works on an address holds its [`Reservation`], so that no two do. What comes of the work is told to the
//! guard; one that is dropped frees the address. The modules follow the way of an address: the filter decides what gets
//! in, the lists hold it, the states say who may have it, the selection picks it, the outcome moves it, the file keeps
//! it.
//!
//! Everything below [`Hosts`] is plain data under one lock, which no foreign code ever runs under.

mod analysis;
mod anchors;
mod attack;
mod ban_file;
mod bans;
mod book;
mod bucket;
mod config;
mod contest;
mod entry;
mod error;
mod file;
mod filter;
mod list;
#[cfg(test)]
mod model;
mod outcome;
mod punish;
mod reservation;
mod secret;
mod selection;
mod share;
mod shared;
mod state;
#[cfg(test)]
mod tests;

pub use analysis::{Analysis, Concentration, Fill, ListAnalysis, Takeover};
pub use bans::{Ban, BanTerms, Sentence};
pub use config::HostsConfig;
pub use entry::{Colour, Counts, HostEntry};
pub use error::HostsError;
pub use file::LoadReport;
pub use filter::is_told;
pub use reservation::{Claimed, Connected, Reservation};
pub use secret::Secret;

use crate::address::{Address, HostKey};
use book::{Book, Hearsay};
use rand::Rng;
use shared::Shared;
use state::State;
use std::{path::Path, sync::Arc};
use tokio::{sync::watch, time::Instant};

/// The address book of a node. Every method is short, none waits; only those that take a path touch the disk.
#[derive(Debug)]
pub struct Hosts {
    shared: Arc<Shared>,
}

impl Hosts {
    /// An empty address book.
    #[must_use]
    pub fn new(config: HostsConfig) -> Self {
        Self { shared: Arc::new(Shared::new(Book::new(&config))) }
    }

    /// Adds an address of this node that was learnt later, such as that of a listener on port 0.
    pub fn add_own(&self, address: &Address) {
        self.shared.update(|book| book.add_own(address));
    }

    /// Changes what the operator decided, but for the secret and `localnet`, which stay. What is on a list and not wanted
    /// any more leaves it.
    pub fn reconfigure(&self, change: impl FnOnce(&mut HostsConfig)) {
        // Not under the lock, since the change is foreign code.
        let mut config = self.shared.read(|book| book.config.clone());
        change(&mut config);
        self.shared.update(|book| book.reconfigure(config));
    }

    /// Takes addresses that `source` told of, each with when it says that a node was last seen there. Without a source
    /// each counts as told by itself. Returns how many are new on the grey list, which is how many more there are to
    /// dial.
    pub fn insert(
        &self,
        addresses: impl IntoIterator<Item = (Address, u64)>,
        source: Option<&Address>,
        now: u64,
    ) -> usize {
        // Peers that come through a socket file or a proxy cannot be told apart: they are one source.
        let unnamed = |address: &Address| HostKey::Name(address.scheme().to_owned());
        let source = source.map(|address| HostKey::of(address).unwrap_or_else(|| unnamed(address)));
        // Locked for each one, since the iterator is foreign code.
        let is_new = |(address, last_seen): &(Address, u64)| {
            let hearsay = Hearsay { source: source.as_ref(), last_seen: *last_seen, now };
            self.shared.update(|book| book.hear(address, hearsay))
        };
        let count = addresses.into_iter().filter(is_new).count();
        if count > 0 {
            self.shared.inserted.send_modify(|insertions| *insertions += 1);
        }
        count
    }

    /// Changes with each [`insert`](Self::insert) that brought something new to dial.
    #[must_use]
    pub fn inserted(&self) -> watch::Receiver<u64> {
        self.shared.inserted.subscribe()
    }

    /// Changes with each change of what [`save`](Self::save) writes.
    #[must_use]
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.shared.lists.subscribe()
    }

    /// Changes with each change of what [`save_anchors`](Self::save_anchors) writes.
    #[must_use]
    pub fn anchors_changed(&self) -> watch::Receiver<u64> {
        self.shared.anchors.subscribe()
    }

    /// Picks and reserves an address for one of `slots` outbound slots, passing over those that are `busy`
    /// elsewhere. The anchors of the time before the restart come first, then known peers, up to their share of the
    /// slots. No two slots have addresses of one group while there is another one to dial.
    pub fn candidate(
        &self,
        slots: usize,
        busy: &dyn Fn(&Address) -> bool,
        now: Instant,
        rng: &mut impl Rng,
    ) -> Option<Reservation> {
        let mut ready = self.shared.update(|book| book.ready(now));
        ready.retain(|choice| !busy(&choice.address));
        ready.shuffle(rng);
        let chosen = self.shared.update(|book| book.choose(ready, slots));
        chosen.map(|address| self.guard(address))
    }

    /// Picks and reserves a random grey address, to find out whether a node answers there.
    pub fn refine_candidate(&self, rng: &mut impl Rng) -> Option<Reservation> {
        let mut grey = self.shared.read(Book::refinable);
        selection::shuffle(&mut grey, rng);
        grey.into_iter().find_map(|choice| self.refine(choice.address))
    }

    /// Picks and reserves an address to look into beside the refinery: a tried one whose place another one wants;
    /// else a random grey one, or the tried one that was seen longest ago.
    pub fn feeler_candidate(&self, rng: &mut impl Rng) -> Option<Reservation> {
        let (contested, stalest) = self.shared.update(Book::doubtful);
        let contested = contested.into_iter().find_map(|holder| self.refine(holder));
        let stalest = |hosts: &Self| stalest.and_then(|address| hosts.refine(address));
        if contested.is_some() {
            contested
        } else if rng.random() {
            self.refine_candidate(rng).or_else(|| stalest(self))
        } else {
            stalest(self).or_else(|| self.refine_candidate(rng))
        }
    }

    /// Lets every suspended address be dialled at once, and forgets all failures: after a time in which no connection
    /// worked at all, they were not the addresses' own.
    pub fn free_suspended(&self) {
        self.shared.update(Book::free_suspended);
    }

    /// The addresses to answer a peer with that asked for `max` of each kind over `transports`, with their last_seen.
    /// Encoded, they always fit into one message.
    #[must_use]
    pub fn share(&self, max: u32, transports: &[String], rng: &mut impl Rng) -> Vec<(Address, u64)> {
        share::answer(self.shared.read(Book::shareable), max, transports, rng)
    }

    /// How many addresses each list has.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.shared.read(Book::counts)
    }

    /// The list of a colour, what is most trusted first. The black list has the banned hosts, with the time of the ban.
    #[must_use]
    pub fn entries(&self, colour: Colour) -> Vec<HostEntry> {
        self.shared.read(|book| book.entries(colour))
    }

    /// How concentrated the lists are, and what an attacker needs who wants all of `slots` outbound slots.
    #[must_use]
    pub fn analyse(&self, slots: u32) -> Analysis {
        self.shared.read(|book| analysis::analyse(book, slots))
    }

    /// Adds what a file has, under the same rules as everything else. No file is an empty file. Blocks on the disk.
    ///
    /// # Errors
    ///
    /// When the file is there but cannot be read. Damaged lines are no error, they are reported by number.
    pub fn load(&self, path: &Path, now: u64) -> Result<LoadReport, HostsError> {
        let take = |line: file::Line| self.shared.update(|book| book.restore(line, now));
        Ok(file::report(&file::read(path)?, take))
    }

    /// Writes all lists but the black one, if there is anything to write. At every moment the file is either the old
    /// one or the new one, whole. Blocks on the disk.
    ///
    /// # Errors
    ///
    /// When the file, or the folder that it is in, cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), HostsError> {
        // Locked once, so that no address moves from list to list in between.
        let lines = self.shared.read(|book| file::ORDER.map(|colour| book.lines(colour)).concat());
        file::write(path, &lines)
    }

    /// Takes the anchors out of their file: they are dialled before all others. The file is gone then, so that anchors
    /// which do harm do it once. Blocks on the disk.
    ///
    /// # Errors
    ///
    /// When the file is there but cannot be read or removed.
    pub fn take_anchors(&self, path: &Path, now: u64) -> Result<LoadReport, HostsError> {
        let bytes = file::read(path)?;
        file::remove(path)?;
        Ok(file::report(&bytes, |line| self.shared.update(|book| book.await_anchor(line.host, now))))
    }

    /// Writes the anchors, up to four: the peers that were dialled by choice and have been connected longest, then
    /// those that were lost last. As [`save`](Self::save) otherwise.
    ///
    /// # Errors
    ///
    /// When the file, or the folder that it is in, cannot be written.
    pub fn save_anchors(&self, path: &Path) -> Result<(), HostsError> {
        file::write(path, &self.shared.read(Book::anchor_lines))
    }

    /// Reserves an address that somebody wants to be dialled, whether it is on a list or not.
    pub fn claim(&self, address: &Address) -> Claimed {
        match self.shared.update(|book| book.claim(address)) {
            None => Claimed::Unlisted,
            Some(false) => Claimed::Busy,
            Some(true) => Claimed::Reserved(self.guard(address.clone())),
        }
    }

    /// Whether `address` is one of this node.
    #[must_use]
    pub fn is_own(&self, address: &Address) -> bool {
        self.shared.read(|book| book.is_own(address))
    }

    fn refine(&self, address: Address) -> Option<Reservation> {
        let taken = self.shared.update(|book| book.take(&address, State::Refine));
        taken.then(|| self.guard(address))
    }

    fn guard(&self, address: Address) -> Reservation {
        Reservation::new(Arc::clone(&self.shared), address)
    }
}
