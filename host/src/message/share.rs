//! What the queues of one owner may hold together, on all channels.

use crate::ledger::Budget;
use std::sync::atomic::{AtomicBool, Ordering};

/// What the queues of one owner, a plug-in, may hold together. Where it is passed, each queue that holds something is full:
/// its channel is read as fast as it is emptied.
#[derive(Debug, Default)]
pub struct QueueShare {
    pub(super) budget: Budget,
    is_halved: AtomicBool,
}

impl QueueShare {
    /// So many bytes.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        Self { budget: Budget::new(bytes), is_halved: AtomicBool::new(false) }
    }

    /// Puts another limit into force.
    pub fn set_limit(&self, bytes: usize) {
        self.budget.set_limits(bytes, bytes);
    }

    /// Lets all hold half as much, each of them and together, or as much as before.
    pub fn set_halved(&self, is_halved: bool) {
        self.is_halved.store(is_halved, Ordering::Relaxed);
    }

    /// Bytes that wait, as far as the queues have told.
    #[must_use]
    pub fn held(&self) -> usize {
        self.budget.held()
    }

    /// By how many powers of two each queue holds less.
    pub(super) fn shift(&self) -> u32 {
        u32::from(self.is_halved.load(Ordering::Relaxed))
    }

    /// Whether more waits than may.
    pub(super) fn is_exceeded(&self) -> bool {
        self.budget.held() > self.budget.limit() >> self.shift()
    }
}
