//! The memory that may wait in all queues of a node together.

use super::LedgerConfig;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Notify;

/// A queue tells of what it holds when that has changed by so much.
const STEP: usize = 64 * 1024;

/// The memory that waits in all queues of a node. Queues tell of it in steps, so that a message costs nothing.
#[derive(Debug)]
pub struct Budget {
    held: AtomicUsize,
    limit: AtomicUsize,
    per_protocol: AtomicUsize,
    exceeded: Notify,
}

/// What one queue has told the budget of. It lies under the lock of the queue.
///
/// Its owner calls [`Budget::tell`] with 0 before it is dropped.
#[derive(Debug, Default)]
pub struct Holding {
    told: usize,
}

impl Default for Budget {
    /// A budget that is never exceeded.
    fn default() -> Self {
        Self::new(usize::MAX)
    }
}

impl Budget {
    /// A budget of so many bytes, for whatever protocols.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            held: AtomicUsize::new(0),
            limit: limit.into(),
            per_protocol: limit.into(),
            exceeded: Notify::new(),
        }
    }

    pub(super) fn of(config: &LedgerConfig) -> Self {
        let budget = Self::new(config.memory);
        budget.set_limits(config.memory, config.memory_per_protocol);
        budget
    }

    /// A queue holds `bytes` now.
    #[inline]
    pub fn tell(&self, holding: &mut Holding, bytes: usize) {
        if bytes.abs_diff(holding.told) >= STEP || bytes == 0 && holding.told > 0 {
            self.adjust(holding, bytes);
        }
    }

    fn adjust(&self, holding: &mut Holding, bytes: usize) {
        let held = if bytes >= holding.told {
            let more = bytes - holding.told;
            self.held.fetch_add(more, Ordering::Relaxed) + more
        } else {
            let less = holding.told - bytes;
            self.held.fetch_sub(less, Ordering::Relaxed) - less
        };
        let grown = bytes > holding.told;
        holding.told = bytes;
        if grown && held > self.limit.load(Ordering::Relaxed) {
            self.exceeded.notify_one();
        }
    }

    /// How many bytes wait, as far as the queues have told.
    #[must_use]
    pub fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// How many bytes may wait.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit.load(Ordering::Relaxed)
    }

    /// How many bytes of one protocol may wait.
    #[must_use]
    pub fn limit_per_protocol(&self) -> usize {
        self.per_protocol.load(Ordering::Relaxed)
    }

    /// Puts other limits into force.
    pub fn set_limits(&self, limit: usize, per_protocol: usize) {
        self.limit.store(limit, Ordering::Relaxed);
        self.per_protocol.store(per_protocol, Ordering::Relaxed);
        if self.held() > limit {
            self.exceeded.notify_one();
        }
    }

    /// Waits until more has been told of than may wait, since the last time.
    ///
    /// # Cancel safety
    ///
    /// Safe.
    pub async fn exceeded(&self) {
        self.exceeded.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    #[test]
    fn queues_tell_in_steps_and_always_that_they_are_empty() {
        let (budget, mut one, mut other) = (Budget::new(10 * STEP), Holding::default(), Holding::default());
        budget.tell(&mut one, STEP - 1);
        assert_eq!(budget.held(), 0);
        budget.tell(&mut one, STEP);
        budget.tell(&mut other, 3 * STEP);
        budget.tell(&mut other, 2 * STEP + 1);
        assert_eq!(budget.held(), 4 * STEP);
        budget.tell(&mut other, 2 * STEP);
        assert_eq!(budget.held(), 3 * STEP);
        budget.tell(&mut one, 0);
        budget.tell(&mut other, 0);
        assert_eq!(budget.held(), 0);
    }

    #[test]
    fn tells_when_more_waits_than_may() {
        let (budget, mut holding) = (Budget::new(2 * STEP), Holding::default());
        let is_exceeded = || {
            let mut waiting = pin!(budget.exceeded());
            waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())) == Poll::Ready(())
        };
        budget.tell(&mut holding, 2 * STEP);
        assert!(!is_exceeded());
        budget.tell(&mut holding, 3 * STEP);
        assert!(is_exceeded() && budget.held() == 3 * STEP);
        assert!(!is_exceeded(), "it was told of once");
        budget.set_limits(STEP, STEP);
        assert!(is_exceeded(), "fewer may wait now");
    }
}
