//! The guards of an address that somebody works on.

use super::{book::Book, shared::Shared};
use crate::address::Address;
use std::sync::Arc;
use tokio::time::Instant;

/// What somebody who wants to dial a given address gets.
#[derive(Debug)]
pub enum Claimed {
    /// The right to dial it.
    Reserved(Reservation),
    /// It is not for the lists, so that nobody else dials it either.
    Unlisted,
    /// Somebody else works on it, or it has failed shortly before.
    Busy,
}

/// The right to dial an address. Nobody else dials it meanwhile. Dropped without an outcome it frees the address.
#[derive(Debug)]
#[must_use = "dropping it frees the address"]
pub struct Reservation {
    claim: Claim,
}

impl Reservation {
    pub(super) const fn new(shared: Arc<Shared>, address: Address) -> Self {
        Self { claim: Claim { shared, address, otherwise: Some(Book::free) } }
    }

    /// The address to dial.
    #[must_use]
    pub const fn address(&self) -> &Address {
        &self.claim.address
    }

    /// A channel is open: the address is gold as long as the guard lives.
    pub fn connected(mut self, now: u64) -> Connected {
        self.claim.shared.update(|book| book.connected(&self.claim.address, now));
        self.claim.otherwise = Some(|book, address| book.ended(address, None));
        Connected { claim: self.claim }
    }

    /// The dial or the handshake failed: grey, and suspended for longer with each failure in a row.
    pub fn failed(self, now: Instant) {
        self.claim.settle(|book, address| book.failed(address, now));
    }

    /// A node answered: white.
    pub fn refined(self, now: u64) {
        self.claim.settle(|book, address| book.refined(address, now));
    }

    /// No node answered: grey, suspended for longer with each failure in a row, and after several of them gone.
    pub fn unreachable(self, now: Instant) {
        self.claim.settle(|book, address| book.unreachable(address, now));
    }
}

/// The time in which a channel to an address is open. Dropped or ended, the address is grey again and free.
#[derive(Debug)]
#[must_use = "dropping it says that the channel is closed"]
pub struct Connected {
    claim: Claim,
}

impl Connected {
    /// The address that the channel was dialled to.
    #[must_use]
    pub const fn address(&self) -> &Address {
        &self.claim.address
    }

    /// The channel is closed, its peer was last seen at this time. Just dropped, it was last seen on connecting.
    pub fn ended(self, last_seen: u64) {
        self.claim.settle(|book, address| book.ended(address, Some(last_seen)));
    }
}

/// An address in a state that ends exactly once: by an outcome, or by the drop.
#[derive(Debug)]
struct Claim {
    shared: Arc<Shared>,
    address: Address,
    /// What becomes of the address without an outcome.
    otherwise: Option<fn(&mut Book, &Address)>,
}

impl Claim {
    fn settle(mut self, outcome: impl FnOnce(&mut Book, &Address)) {
        self.otherwise = None;
        self.shared.update(|book| outcome(book, &self.address));
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some(otherwise) = self.otherwise.take() {
            self.shared.update(|book| otherwise(book, &self.address));
        }
    }
}
