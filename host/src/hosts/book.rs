//! The pages of the address book, and every rule for moving an address between them.

use super::{
    Ban, HostsConfig, Sentence,
    bans::{self, Bans},
    filter::Filter,
    list::{Colour, Counts, HostEntry, Lists, Rank},
    selection::{Quota, Ready},
    share::{self, Stock},
    state::{State, States},
};
use crate::address::{Address, HostKey, Subject};
use tokio::time::Instant;

/// How long a dark address is kept, in seconds: nobody here can find out whether it is still good.
const DARK_LIFE: u64 = 86_400;

/// What is under the lock: the lists, the states, the bans and the filter that all of it passed.
#[derive(Debug)]
pub(super) struct Book {
    filter: Filter,
    quota: Quota,
    localnet: bool,
    lists: Lists,
    states: States,
    bans: Bans,
}

impl Book {
    pub(super) fn new(config: HostsConfig) -> Self {
        Self {
            filter: Filter::new(&config),
            quota: Quota::of(&config),
            localnet: config.localnet,
            lists: Lists::default(),
            states: States::default(),
            bans: Bans::new(config.bans),
        }
    }

    pub(super) fn add_own(&mut self, address: &Address) {
        self.filter.add_own(address);
        self.lists.retain(|address| self.filter.admit(address).is_some());
    }

    /// Takes an address by hearsay. Returns whether it is new on the grey list.
    pub(super) fn hear(&mut self, address: &Address, last_seen: u64, now: u64) -> bool {
        let Some((address, colour)) = self.admit(address) else { return false };
        let rank = Rank::heard(last_seen.min(now));
        let found = self.lists.find(&address);
        if colour == Colour::Dark {
            let newest = found.map_or(rank, |(_, known)| known.max(rank));
            self.lists.put(&address, Colour::Dark, newest);
            self.lists.expire(Colour::Dark, now.saturating_sub(DARK_LIFE));
            return false;
        }
        found.is_none()
            && self.states.allows(&address, State::Insert)
            && self.lists.put(&address, Colour::Grey, rank)
    }

    /// Takes a line of a file, unless the address is known already.
    pub(super) fn restore(&mut self, colour: Colour, host: &HostEntry, now: u64) -> bool {
        if colour == Colour::Black {
            let known = self.is_banned(&host.address);
            return known || self.ban(&host.address, "black in the file", now);
        }
        let Some((address, fresh)) = self.admit(&host.address) else { return false };
        let last_seen = host.last_seen.min(now);
        let (colour, rank) = match (fresh, colour) {
            (Colour::Grey, Colour::White | Colour::Gold) => (colour, Rank::observed(last_seen)),
            _ => (fresh, Rank::heard(last_seen)),
        };
        let expired = colour == Colour::Dark && last_seen < now.saturating_sub(DARK_LIFE);
        !expired && self.lists.find(&address).is_none() && self.lists.put(&address, colour, rank)
    }

    /// The addresses that may be dialled now, with how many are to be known ones.
    pub(super) fn ready(&mut self, slots: usize, now: Instant) -> (Ready, usize) {
        self.states.tidy(now);
        let pick = |colour| {
            let list = self.lists.view(colour).map(|(address, _)| address);
            list.filter(|address| self.states.is_ready(address, now)).cloned().collect()
        };
        let ready = Ready {
            gold: pick(Colour::Gold),
            white: pick(Colour::White),
            grey: if self.quota.takes_grey() { pick(Colour::Grey) } else { Vec::new() },
        };
        (ready, self.quota.known(slots))
    }

    /// The grey addresses with which nothing is done.
    pub(super) fn refinable(&self) -> Vec<Address> {
        let grey = self.lists.view(Colour::Grey).map(|(address, _)| address);
        grey.filter(|address| self.states.allows(address, State::Refine)).cloned().collect()
    }

    /// Reserves an address, if it is still there and free.
    pub(super) fn take(&mut self, address: &Address, state: State) -> bool {
        self.lists.find(address).is_some() && self.states.enter(address, state)
    }

    pub(super) fn connected(&mut self, address: &Address, now: u64) {
        self.states.forgive(address);
        self.enter(address, State::Connected);
        self.place(address, Colour::Gold, now);
    }

    pub(super) fn ended(&mut self, address: &Address, last_seen: Option<u64>) {
        match last_seen {
            Some(last_seen) => self.place(address, Colour::Grey, last_seen),
            None => self.demote(address),
        }
        self.enter(address, State::Free);
    }

    pub(super) fn failed(&mut self, address: &Address, now: Instant) {
        self.demote(address);
        self.enter(address, State::Move);
        let suspended = self.states.suspend(address, now);
        debug_assert!(suspended, "{address} is being moved");
    }

    pub(super) fn refined(&mut self, address: &Address, now: u64) {
        self.place(address, Colour::White, now);
        self.enter(address, State::Free);
        self.states.forgive(address);
    }

    pub(super) fn unreachable(&mut self, address: &Address) {
        if let Some((Colour::Grey, _)) = self.lists.find(address) {
            self.lists.remove(address);
        }
        self.enter(address, State::Free);
    }

    pub(super) fn free(&mut self, address: &Address) {
        self.enter(address, State::Free);
    }

    pub(super) fn free_suspended(&mut self) {
        self.states.free_suspended();
    }

    pub(super) fn shareable(&self) -> Stock {
        let pick = |colour| {
            let list = self.lists.view(colour);
            let list = list.filter(|(address, _)| share::is_shareable(address, self.localnet));
            list.map(|(address, last_seen)| (address.clone(), last_seen)).collect()
        };
        Stock { gold: pick(Colour::Gold), white: pick(Colour::White), dark: pick(Colour::Dark) }
    }

    pub(super) fn ban(&mut self, address: &Address, reason: &str, now: u64) -> bool {
        let sentence = Sentence { address: Some(address), length: None, reason };
        Subject::of(address).is_some_and(|subject| self.punish(&subject, sentence, now).is_some())
    }

    pub(super) fn punish(&mut self, subject: &Subject, sentence: Sentence<'_>, now: u64) -> Option<Ban> {
        if !self.can_ban(subject) {
            return None;
        }
        let ban = self.bans.insert(subject, sentence, now);
        self.drop_banned(subject);
        Some(ban)
    }

    pub(super) fn can_ban(&self, subject: &Subject) -> bool {
        self.localnet || !bans::is_local(subject)
    }

    pub(super) fn restore_ban(&mut self, ban: Ban, now: u64) {
        let subject = ban.subject.clone();
        self.bans.restore(ban, now);
        if self.bans.in_force(&subject).is_some() {
            self.drop_banned(&subject);
        }
    }

    fn drop_banned(&mut self, subject: &Subject) {
        self.lists.retain(|address| !HostKey::of(address).is_some_and(|host| subject.covers(&host)));
    }

    pub(super) const fn bans(&self) -> &Bans {
        &self.bans
    }

    pub(super) const fn bans_mut(&mut self) -> &mut Bans {
        &mut self.bans
    }

    pub(super) fn is_banned(&self, address: &Address) -> bool {
        HostKey::of(address).is_some_and(|host| self.bans.find(&host).is_some())
    }

    pub(super) fn counts(&self) -> Counts {
        Counts {
            grey: self.lists.len(Colour::Grey),
            white: self.lists.len(Colour::White),
            gold: self.lists.len(Colour::Gold),
            black: self.bans.len(),
            dark: self.lists.len(Colour::Dark),
        }
    }

    pub(super) fn entries(&self, colour: Colour) -> Vec<HostEntry> {
        if colour == Colour::Black {
            return self.bans.entries();
        }
        let entry = |(address, last_seen): (&Address, u64)| HostEntry { address: address.clone(), last_seen };
        self.lists.view(colour).map(entry).collect()
    }

    fn admit(&self, address: &Address) -> Option<(Address, Colour)> {
        self.filter.admit(address).filter(|(address, _)| !self.is_banned(address))
    }

    /// Puts an address that this node has seen itself on a list, unless it was banned or found to be an own one while
    /// somebody worked on it.
    fn place(&mut self, address: &Address, colour: Colour, last_seen: u64) {
        if self.admit(address).is_some() {
            self.lists.put(address, colour, Rank::observed(last_seen));
        }
    }

    /// Puts an address back on the grey list, if it is on any.
    fn demote(&mut self, address: &Address) {
        if let Some((_, rank)) = self.lists.find(address) {
            self.lists.put(address, Colour::Grey, rank);
        }
    }

    /// Enters a state that whoever reserved the address may always enter.
    fn enter(&mut self, address: &Address, state: State) {
        let entered = self.states.enter(address, state);
        debug_assert!(entered, "{address} was reserved");
    }

    #[cfg(test)]
    pub(super) fn state(&self, address: &Address) -> State {
        self.states.state(address)
    }
}
