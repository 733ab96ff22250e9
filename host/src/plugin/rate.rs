//! So much a second: the bytes that a plug-in sends, the lines that it logs.

use parking_lot::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// As much may come at once as is allowed in this time.
const BURST: Duration = Duration::from_secs(1);

/// So much a second. What is spent above that is owed, and nothing more is given before it has been paid.
#[derive(Debug)]
pub(super) struct Rate {
    /// 0 is any amount.
    per_second: AtomicU64,
    /// When all that was spent would have been spent at the allowed speed.
    paid: Mutex<Option<Instant>>,
}

impl Rate {
    /// A rate; 0 is any.
    #[must_use]
    pub(super) const fn new(per_second: u64) -> Self {
        Self { per_second: AtomicU64::new(per_second), paid: Mutex::new(None) }
    }

    /// Whether there is a limit.
    #[must_use]
    pub(super) fn is_limited(&self) -> bool {
        self.per_second.load(Ordering::Relaxed) > 0
    }

    /// Puts another rate into force.
    pub(super) fn set(&self, per_second: u64) {
        self.per_second.store(per_second, Ordering::Relaxed);
        *self.paid.lock() = None;
    }

    /// How long to wait before more may be spent: nothing when it may be now.
    #[must_use]
    pub(super) fn wait(&self, now: Instant) -> Duration {
        let until = self.paid.lock().filter(|_| self.is_limited());
        until.map_or(Duration::ZERO, |until| until.saturating_duration_since(now + BURST))
    }

    /// Spends so much, whether it may be or not.
    pub(super) fn spend(&self, amount: u64, now: Instant) {
        let per_second = self.per_second.load(Ordering::Relaxed);
        if per_second == 0 {
            return;
        }
        let nanos = u128::from(amount) * 1_000_000_000 / u128::from(per_second);
        let cost = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        let mut paid = self.paid.lock();
        let from = paid.map_or(now, |paid| paid.max(now));
        *paid = Some(from.checked_add(cost).unwrap_or(from));
    }

    /// Spends so much if it may be: whether it was.
    #[must_use]
    pub(super) fn take(&self, amount: u64, now: Instant) -> bool {
        let may = self.wait(now).is_zero();
        if may {
            self.spend(amount, now);
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    #[test]
    fn gives_a_second_at_once_and_then_so_much_a_second() {
        let (rate, start) = (Rate::new(10), clock::now());
        let taken = |at: Duration| (0..100).filter(|_| rate.take(1, start + at)).count();
        // The one that is owed for is given, too.
        assert_eq!(taken(Duration::ZERO), 11);
        assert_eq!(rate.wait(start), Duration::from_millis(100));
        assert_eq!(taken(Duration::from_millis(99)), 0);
        assert_eq!(taken(Duration::from_millis(500)), 5);
        assert_eq!(taken(Duration::from_secs(100)), 11);
    }

    #[test]
    fn what_is_large_is_given_and_then_waited_for() {
        let (rate, start) = (Rate::new(1000), clock::now());
        assert!(rate.take(5000, start));
        assert_eq!(rate.wait(start), Duration::from_secs(4));
        assert!(!rate.take(1, start) && rate.take(1, start + Duration::from_secs(4)));
    }

    #[test]
    fn without_a_limit_it_gives_everything() {
        let (rate, now) = (Rate::new(0), clock::now());
        assert!((0..100).all(|_| rate.take(u64::MAX, now)));
        rate.set(1);
        assert!(rate.take(10, now) && !rate.take(1, now));
        rate.set(0);
        assert!(rate.take(1, now) && rate.wait(now).is_zero());
    }
}
