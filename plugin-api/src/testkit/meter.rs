//! How often one command may pass, as hosts count it.

use crate::message::Metering;
use std::collections::VecDeque;
use std::time::Duration;

/// The recent uses of one command in one direction on one channel.
#[derive(Debug, Default)]
pub(super) struct Meter {
    /// When each was, the oldest first.
    uses: VecDeque<Duration>,
}

impl Meter {
    /// Records one use, and says how long it has to wait.
    pub(super) fn push(&mut self, now: Duration, cost: &Metering) -> Duration {
        if !cost.is_on() {
            return Duration::ZERO;
        }
        self.uses.push_back(now);
        cost.delay(self.points(now, cost))
    }

    /// The points of the uses that have not expired.
    pub(super) fn points(&mut self, now: Duration, cost: &Metering) -> u64 {
        let expiry = Duration::from_millis(cost.expiry_ms.into());
        while self.uses.front().is_some_and(|time| now.saturating_sub(*time) >= expiry) {
            self.uses.pop_front();
        }
        self.uses.len() as u64 * u64::from(cost.score)
    }
}
