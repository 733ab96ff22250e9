//! The place of one accepted connection, given back when it is dropped.

use super::Ledger;
use crate::address::HostKey;
use std::sync::Arc;

/// Why a connection is not admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The node has as many connections without a slot as it accepts, or accepts none.
    #[error("the node has no room for another connection")]
    NodeFull,
    /// The host has as many as one host may have.
    #[error("its host has {limit} connections, as many as one host may have")]
    HostFull {
        /// How many that is.
        limit: usize,
    },
    /// The group has as many as one group may have.
    #[error("its group of addresses has {limit} connections, as many as one group may have")]
    GroupFull {
        /// How many that is.
        limit: usize,
    },
    /// The host dials too often.
    #[error("its host dials too often")]
    Storm,
}

/// The place of one accepted connection. Dropped, it is given back.
#[derive(Debug)]
pub struct Admission {
    ledger: Arc<Ledger>,
    /// `None` where the address says nothing of the host.
    host: Option<HostKey>,
    pending: bool,
}

impl Admission {
    pub(super) const fn new(ledger: Arc<Ledger>, host: Option<HostKey>) -> Self {
        Self { ledger, host, pending: true }
    }

    /// The connection has got a slot.
    pub fn establish(&mut self) {
        if std::mem::take(&mut self.pending) {
            self.ledger.establish(self.host.as_ref());
        }
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        self.ledger.release(self.host.as_ref(), self.pending);
    }
}
