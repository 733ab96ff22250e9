//! How fast one channel is read: not faster than its bytes and the time of its jobs are allowed to come.

use std::time::Duration;
use tokio::time::Instant;

/// So much may come at once, as what is allowed in this time.
const BURST: Duration = Duration::from_secs(1);
/// A channel rests for no longer at a time, and owes no more: its pings have to get through.
const LONGEST_REST: Duration = Duration::from_secs(1);

/// What a channel may use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PaceLimits {
    /// Bytes read a second; 0 is any number.
    pub bytes_per_second: u32,
    /// The share of one core that its jobs take, in per cent; 0 is any share.
    pub cpu_percent: u16,
}

/// How fast one channel is read. A plain function of time, bytes and the time of jobs.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// When all that came would have come at the allowed speed.
    bytes_paid: Option<Instant>,
    cpu_paid: Option<Instant>,
    /// The time of the jobs that has been looked at.
    cpu: Duration,
}

impl Pace {
    /// How long to rest after a read of `bytes`, when the jobs have run for `cpu` in all.
    pub(super) fn rest(&mut self, limits: PaceLimits, bytes: usize, cpu: Duration, now: Instant) -> Duration {
        let of_bytes = match limits.bytes_per_second {
            0 => Duration::ZERO,
            rate => Duration::from_secs_f64(bytes as f64 / f64::from(rate)),
        };
        let used = cpu.saturating_sub(std::mem::replace(&mut self.cpu, cpu));
        let of_cpu = match limits.cpu_percent {
            0 => Duration::ZERO,
            percent => used.mul_f64(100.0 / f64::from(percent)),
        };
        pay(&mut self.bytes_paid, of_bytes, now).max(pay(&mut self.cpu_paid, of_cpu, now))
    }
}

/// Adds a cost: how long to rest for it.
fn pay(paid: &mut Option<Instant>, cost: Duration, now: Instant) -> Duration {
    if cost.is_zero() && paid.is_none() {
        return Duration::ZERO;
    }
    let until = paid.map_or(now, |paid| paid.max(now)) + cost;
    let until = until.min(now + BURST + LONGEST_REST);
    *paid = Some(until);
    until.saturating_duration_since(now + BURST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    const LIMITS: PaceLimits = PaceLimits { bytes_per_second: 1000, cpu_percent: 50 };

    /// How long it takes to read so much, a hundred bytes at a time as fast as it may be read.
    fn time_for(limits: PaceLimits, bytes: usize, cpu_each: Duration) -> Duration {
        let (start, mut pace) = (clock::now(), Pace::default());
        let (mut now, mut cpu) = (start, Duration::ZERO);
        for _ in 0..bytes / 100 {
            cpu += cpu_each;
            now += pace.rest(limits, 100, cpu, now);
        }
        now - start
    }

    #[test]
    fn a_burst_goes_through_and_what_comes_after_it_at_the_allowed_speed() {
        assert_eq!(time_for(LIMITS, 1000, Duration::ZERO), Duration::ZERO);
        assert_eq!(time_for(LIMITS, 5000, Duration::ZERO), Duration::from_secs(4));
    }

    #[test]
    fn jobs_that_take_too_much_of_a_core_slow_their_channel() {
        let limits = PaceLimits { bytes_per_second: 0, ..LIMITS };
        assert_eq!(time_for(limits, 500, Duration::from_millis(100)), Duration::ZERO);
        assert_eq!(time_for(limits, 1500, Duration::from_millis(100)), Duration::from_secs(2));
    }

    #[test]
    fn without_limits_nothing_rests() {
        let free = PaceLimits::default();
        assert_eq!(time_for(free, 1_000_000, Duration::from_secs(1)), Duration::ZERO);
    }

    #[test]
    fn no_rest_is_long_and_time_that_was_not_used_is_no_credit() {
        let (now, mut pace) = (clock::now(), Pace::default());
        assert_eq!(pace.rest(LIMITS, 1_000_000, Duration::ZERO, now), LONGEST_REST);
        let later = now + Duration::from_secs(1000);
        assert_eq!(pace.rest(LIMITS, 1000, Duration::ZERO, later), Duration::ZERO);
        assert_eq!(pace.rest(LIMITS, 500, Duration::ZERO, later), Duration::from_millis(500));
    }
}
