//! Pauses that grow from failure to failure.

use std::time::Duration;

/// Pauses that double up to a limit, with jitter, so that many nodes do not come back at once.
#[derive(Debug, Clone)]
pub(super) struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    pub(super) const fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest, next: first }
    }

    /// The next pause: between half of the nominal one and the whole, as `random` says.
    pub(super) fn pause(&mut self, random: u32) -> Duration {
        let nominal = self.next.min(self.longest);
        self.next = nominal.saturating_mul(2);
        let part = f64::from(random) / f64::from(u32::MAX);
        nominal.mul_f64(0.5 + part / 2.0)
    }

    /// The failures are over.
    pub(super) const fn reset(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_up_to_the_limit_and_starts_again() {
        let second = Duration::from_secs(1);
        let mut backoff = Backoff::new(second, 5 * second);
        let whole: Vec<_> = (0..4).map(|_| backoff.pause(u32::MAX).as_secs()).collect();
        assert_eq!(whole, [1, 2, 4, 5]);
        assert_eq!(backoff.pause(0), second * 5 / 2);
        backoff.reset();
        assert_eq!(backoff.pause(u32::MAX), second);
    }
}
