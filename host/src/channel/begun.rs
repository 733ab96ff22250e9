//! The time that a peer has for the frame that it has begun.

use std::time::Duration;
use tokio::time::Instant;

/// How long a frame may take that has begun to arrive.
#[derive(Debug, Clone, Copy)]
pub struct FrameLimits {
    /// The time that every frame has.
    pub time: Duration,
    /// The bytes that buy a further second each time that so many have arrived; at least one.
    pub bytes_per_second: u64,
}

impl Default for FrameLimits {
    fn default() -> Self {
        Self { time: Duration::from_secs(30), bytes_per_second: 16 * 1024 }
    }
}

/// What bytes buy at most: no instant overflows.
const MOST_BOUGHT: u64 = 24 * 3600;

/// The frame that has begun to arrive, from the first time on that the reader had to wait for more of it.
#[derive(Debug, Default)]
pub(super) struct Begun {
    since: Option<Instant>,
    /// How many bytes of it have come since then.
    bytes: u64,
}

impl Begun {
    /// Another read brought bytes.
    pub(super) fn arrived(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes as u64);
    }

    /// The frame is there; what comes now is another one.
    pub(super) fn finished(&mut self) {
        *self = Self::default();
    }

    /// Nothing was read for this long, by this node's own wish.
    pub(super) fn rested(&mut self, time: Duration) {
        self.since = self.since.map(|since| since + time);
    }

    /// When more of it has to be there, by a peer that is waited for.
    pub(super) fn deadline(&mut self, limits: FrameLimits, now: Instant) -> Instant {
        let since = *self.since.get_or_insert_with(|| {
            self.bytes = 0;
            now
        });
        let bought = self.bytes / limits.bytes_per_second.max(1);
        since + limits.time + Duration::from_secs(bought.min(MOST_BOUGHT))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    const LIMITS: FrameLimits = FrameLimits { time: Duration::from_secs(30), bytes_per_second: 100 };

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn a_frame_has_its_time_and_what_its_bytes_buy() {
        let (start, mut begun) = (clock::now(), Begun::default());
        begun.arrived(100_000);
        assert_eq!(begun.deadline(LIMITS, start), start + seconds(30), "what came at once buys nothing");
        begun.arrived(99);
        assert_eq!(begun.deadline(LIMITS, start + seconds(1)), start + seconds(30));
        begun.arrived(201);
        assert_eq!(begun.deadline(LIMITS, start + seconds(2)), start + seconds(33));
        begun.finished();
        assert_eq!(begun.deadline(LIMITS, start + seconds(4)), start + seconds(34));
    }

    #[test]
    fn the_time_in_which_nothing_was_read_does_not_count() {
        let (start, mut begun) = (clock::now(), Begun::default());
        begun.rested(seconds(5));
        assert_eq!(begun.deadline(LIMITS, start), start + seconds(30));
        begun.rested(seconds(5));
        assert_eq!(begun.deadline(LIMITS, start), start + seconds(35));
    }

    #[test]
    fn any_number_of_bytes_is_a_time() {
        let (start, mut begun) = (clock::now(), Begun::default());
        let limits = FrameLimits { bytes_per_second: 0, ..LIMITS };
        begun.deadline(limits, start);
        begun.arrived(usize::MAX);
        begun.arrived(usize::MAX);
        assert_eq!(begun.deadline(limits, start), start + LIMITS.time + seconds(MOST_BOUGHT));
    }
}
