//! How often one command may pass: a plain function of time and cost.

use backplane_plugin::Metering;
use smallvec::SmallVec;
use std::time::Duration;
use tokio::time::Instant;

/// The recent uses of one command in one direction on one channel.
#[derive(Debug, Default)]
pub struct MeteringQueue {
    /// When each was, the oldest first. Most commands are used once in a while: one takes no memory of its own.
    uses: SmallVec<[Instant; 1]>,
}

impl MeteringQueue {
    /// Records one use at `now`, and forgets those that have expired. Does nothing when the command is not metered.
    pub fn push(&mut self, now: Instant, cost: &Metering) {
        if !cost.is_on() {
            return;
        }
        self.forget(now, cost);
        self.uses.push(now);
    }

    /// Forgets the uses that have expired by `now`.
    pub fn forget(&mut self, now: Instant, cost: &Metering) {
        let expiry = Duration::from_millis(cost.expiry_ms.into());
        let expired = self.uses.iter().take_while(|time| now.saturating_duration_since(**time) >= expiry);
        match expired.count() {
            0 => {}
            all if all == self.uses.len() => self.uses = SmallVec::new(),
            some => drop(self.uses.drain(..some)),
        }
    }

    /// The points recorded.
    #[must_use]
    pub fn total(&self, cost: &Metering) -> u64 {
        self.uses.len() as u64 * u64::from(cost.score)
    }

    /// How long the use recorded last has to wait.
    #[must_use]
    pub fn delay(&self, cost: &Metering) -> Duration {
        cost.delay(self.total(cost))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PING: Metering = Metering::per_ten_seconds(4);

    #[test]
    fn slows_down_from_the_fifth_message_on() {
        let mut queue = MeteringQueue::default();
        let now = crate::clock::now();
        let delays: Vec<_> = (0..7)
            .map(|_| {
                queue.push(now, &PING);
                queue.delay(&PING).as_secs()
            })
            .collect();
        assert_eq!(delays, [0, 0, 0, 0, 1, 2, 3]);
    }

    #[test]
    fn forgets_what_has_expired() {
        let mut queue = MeteringQueue::default();
        let start = crate::clock::now();
        (0..6).for_each(|_| queue.push(start, &PING));
        queue.push(start + Duration::from_secs(9), &PING);
        assert_eq!(queue.total(&PING), 7);
        queue.push(start + Duration::from_secs(10), &PING);
        assert_eq!(queue.total(&PING), 2);
        assert_eq!(queue.delay(&PING), Duration::ZERO);
    }

    #[test]
    fn records_nothing_of_a_command_that_is_not_metered() {
        let mut queue = MeteringQueue::default();
        queue.push(crate::clock::now(), &Metering::NONE);
        assert_eq!((queue.total(&Metering::NONE), queue.delay(&Metering::NONE)), (0, Duration::ZERO));
    }
}
