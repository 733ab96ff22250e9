//! The ledger of a node: what its peers use, what they are refused, and what they did wrong.
//!
//! It is kept by host and by group of addresses, whatever the scheme and the port. Everything below [`Ledger`] is plain
//! data and plain functions of it and the time: [`Offence`] has the table of what counts how much, `score` lets it decay,
//! `judge` says who is to be banned, `accounts` who is admitted, `statement` tells all of it. [`Traffic`] counts what
//! goes through one channel, and [`Budget`] what waits in all queues. Who is banned is the address book's to remember.

mod account;
mod accounts;
mod admission;
mod budget;
mod config;
mod demand;
mod judge;
mod offence;
mod score;
mod statement;
mod traffic;
mod worked;

pub use account::Refused;
pub use admission::{Admission, Refusal};
pub use budget::{Budget, Holding};
pub use config::LedgerConfig;
pub use demand::{Demand, Holder, most_demanding};
pub use judge::{Act, Verdict};
pub use offence::{Offence, Policy, Weight};
pub use statement::{EventStatement, GroupStatement, Places, ScoreStatement, Statement};
pub use traffic::{Totals, Traffic};
pub use worked::Worked;

use crate::address::{Address, HostKey};
use accounts::Accounts;
use parking_lot::Mutex;
use serde::Serialize;
use std::pin::pin;
use std::sync::Arc;
use tokio::sync::Notify;
use tokio::time::Instant;
use traffic::Rates;

/// The ledger of a node. Every method but [`vacancy`](Self::vacancy) is short and waits for nothing.
#[derive(Debug)]
pub struct Ledger {
    accounts: Mutex<Accounts>,
    rates: Mutex<Rates>,
    budget: Arc<Budget>,
    /// A place may have become free.
    vacated: Notify,
}

/// What all peers together use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Overview {
    /// The connections that were accepted.
    pub inbound: Places,
    /// Of these, those that have no slot: they shake hands, or hope for one.
    pub pending: Places,
    /// Bytes that wait in all queues.
    pub memory: Places,
    /// Connections that were refused.
    pub refused: Refused,
}

impl Ledger {
    /// An empty ledger.
    #[must_use]
    pub fn new(config: LedgerConfig) -> Arc<Self> {
        Arc::new(Self {
            budget: Arc::new(Budget::of(&config)),
            accounts: Mutex::new(Accounts::new(config)),
            rates: Mutex::default(),
            vacated: Notify::new(),
        })
    }

    /// Changes the limits. What is there already stays.
    pub fn set_config(&self, config: LedgerConfig) {
        self.budget.set_limits(config.memory, config.memory_per_protocol);
        self.accounts.lock().config = config;
        self.vacated.notify_waiters();
    }

    /// Waits until another connection may be accepted, as far as the node is concerned.
    ///
    /// # Cancel safety
    ///
    /// Safe.
    pub async fn vacancy(&self) {
        loop {
            let mut vacated = pin!(self.vacated.notified());
            vacated.as_mut().enable();
            if self.accounts.lock().has_room() {
                return;
            }
            vacated.await;
        }
    }

    /// Gives a connection that was accepted its place.
    ///
    /// # Errors
    ///
    /// Which limit is in the way.
    pub fn admit(self: &Arc<Self>, address: &Address, now: Instant) -> Result<Admission, Refusal> {
        let host = HostKey::of(address);
        self.accounts.lock().admit(host.as_ref(), now)?;
        Ok(Admission::new(Arc::clone(self), host))
    }

    /// Counts a connection of a banned host that was not let in.
    pub fn note_banned(&self, address: &Address, now: Instant) {
        if let Some(host) = HostKey::of(address) {
            self.accounts.lock().note_banned(&host, now);
        }
    }

    /// Scores an offence. `None` where the address says nothing of the host: there is nobody to blame then.
    pub fn judge(&self, address: &Address, act: Act<'_>, now: Instant) -> Option<Verdict> {
        let host = HostKey::of(address)?;
        Some(self.accounts.lock().judge(&host, act, now))
    }

    /// Adds what a channel used that has ended.
    pub fn note_used(&self, address: &Address, used: Totals, now: Instant) {
        if let Some(host) = HostKey::of(address) {
            let mut accounts = self.accounts.lock();
            let account = accounts.host(&host, now);
            account.used = account.used.plus(used);
        }
    }

    /// Looks at the counters of all channels, by id: what they grew since the last look is their rate.
    pub fn look(&self, channels: impl IntoIterator<Item = (u32, Totals)>, now: Instant) {
        self.rates.lock().look(channels, now);
    }

    /// What a channel used in a second, at the last look.
    #[must_use]
    pub fn rate(&self, channel: u32) -> Totals {
        self.rates.lock().of(channel)
    }

    /// The memory of all queues.
    #[must_use]
    pub const fn budget(&self) -> &Arc<Budget> {
        &self.budget
    }

    /// What is known of a host.
    #[must_use]
    pub fn statement(&self, host: &HostKey, now: Instant) -> Statement {
        self.accounts.lock().statement(host, now)
    }

    /// What all peers together use.
    #[must_use]
    pub fn overview(&self) -> Overview {
        let accounts = self.accounts.lock();
        let places = |open, limit| Places { open, limit: Some(limit) };
        Overview {
            inbound: places(accounts.inbound, accounts.config.inbound),
            pending: places(accounts.pending, accounts.config.pending),
            memory: places(self.budget.held(), self.budget.limit()),
            refused: accounts.refused,
        }
    }

    fn establish(&self, host: Option<&HostKey>) {
        self.accounts.lock().establish(host);
        self.vacated.notify_waiters();
    }

    fn release(&self, host: Option<&HostKey>, pending: bool) {
        {
            let mut accounts = self.accounts.lock();
            if pending {
                accounts.establish(host);
            }
            accounts.release(host);
        }
        self.vacated.notify_waiters();
    }
}

#[cfg(test)]
mod tests;
