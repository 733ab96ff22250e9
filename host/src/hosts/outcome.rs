//! What becomes of an address that somebody worked on: every rule for moving it from list to list.

use super::{
    book::Book,
    entry::{Colour, Origin},
    list::Listing,
    state::State,
};
use crate::address::Address;
use tokio::time::Instant;

/// How often in a row an address may be tried in vain before it is dropped, when it was only heard of.
const CHANCES_UNSEEN: u32 = 3;
/// The same for one where this node has seen a node.
const CHANCES_SEEN: u32 = 10;

impl Book {
    pub(super) fn connected(&mut self, address: &Address, now: u64) {
        self.states.forgive(address);
        self.enter(address, State::Connected);
        if self.admit(address).is_some() {
            self.lists.force(address, Listing::seen(Colour::Gold, now));
            self.anchors.connected(address);
        }
    }

    pub(super) fn ended(&mut self, address: &Address, last_seen: Option<u64>) {
        let known = self.lists.find(address).map(|known| known.last_seen);
        if let Some(last_seen) = last_seen.or(known)
            && self.admit(address).is_some()
        {
            self.lists.put(address, Listing::seen(Colour::Grey, last_seen));
            self.anchors.ended(address);
        }
        self.enter(address, State::Free);
    }

    /// A slot did not get through to it: it is grey, however it was called before.
    pub(super) fn failed(&mut self, address: &Address, now: Instant) {
        self.demote(address);
        self.suspend(address, now);
    }

    pub(super) fn refined(&mut self, address: &Address, now: u64) {
        // It answered, so it keeps its place.
        self.contests.settle(address);
        self.promote(address, now);
        self.enter(address, State::Free);
        self.states.forgive(address);
    }

    /// No node answered the test: one chance less.
    pub(super) fn unreachable(&mut self, address: &Address, now: Instant) {
        self.demote(address);
        if let Some(newcomer) = self.contests.settle(address) {
            self.succeed(&newcomer);
        }
        let is_spent = self.lists.find(address).is_some_and(|known| {
            let chances = if known.origin == Origin::Seen { CHANCES_SEEN } else { CHANCES_UNSEEN };
            known.failures >= chances
        });
        if is_spent {
            self.lists.remove(address);
            return self.enter(address, State::Free);
        }
        self.suspend(address, now);
    }

    pub(super) fn free(&mut self, address: &Address) {
        self.enter(address, State::Free);
    }

    /// No connection worked at all for some time: no failure was an address's own.
    pub(super) fn free_suspended(&mut self) {
        self.states.free_suspended();
        self.lists.forgive();
    }

    /// Puts an address at which a node answered on the white list. If there is no room the one that was seen longest
    /// ago is tried before it has to go, and the newcomer waits on the grey list.
    fn promote(&mut self, address: &Address, last_seen: u64) {
        if self.admit(address).is_none() {
            return;
        }
        let white = Listing::seen(Colour::White, last_seen);
        let rivals = self.lists.rivals(address, &white);
        if rivals.is_empty() {
            return self.lists.force(address, white);
        }
        let holders = rivals
            .into_iter()
            .filter(|(holder, known)| known.colour == Colour::White && !self.contests.has_holder(holder));
        let holder = holders.min_by_key(|(_, known)| known.last_seen).map(|(holder, _)| holder.clone());
        if self.lists.put(address, white.on(Colour::Grey))
            && let Some(holder) = holder
        {
            self.contests.open(&holder, address);
        }
    }

    /// Gives a newcomer the place that it waited for, if it still waits.
    fn succeed(&mut self, newcomer: &Address) {
        let waits = self.lists.find(newcomer).filter(|known| known.colour == Colour::Grey);
        if let Some(last_seen) = waits.map(|known| known.last_seen) {
            self.promote(newcomer, last_seen);
        }
    }

    /// Puts an address that was dialled in vain back on the grey list, if it is on any.
    fn demote(&mut self, address: &Address) {
        if let Some(known) = self.lists.find(address) {
            let failures = known.failures.saturating_add(1);
            self.lists.put(address, Listing { failures, ..known.on(Colour::Grey) });
        }
    }

    fn suspend(&mut self, address: &Address, now: Instant) {
        self.enter(address, State::Move);
        let suspended = self.states.suspend(address, now);
        debug_assert!(suspended, "{address} is being moved");
    }

    /// Enters a state that whoever reserved the address may always enter.
    fn enter(&mut self, address: &Address, state: State) {
        let entered = self.states.enter(address, state);
        debug_assert!(entered, "{address} was reserved");
    }
}
