//! The pace of an outbound slot: how long it rests after a channel that did not last.

use super::backoff::Backoff;
use std::time::Duration;

/// A channel that lived this long was worth its dial, if the peer has shown that it lives as well: one that never answers a
/// ping is there for longer than this until it is given up.
const LASTING: Duration = Duration::from_secs(10);
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Pauses that grow while channels do not last. Failed dials need none: the address book suspends their addresses,
/// while that of a peer that hangs up after the handshake is free again at once.
#[derive(Debug)]
pub(super) struct Pace {
    backoff: Backoff,
}

impl Pace {
    pub(super) const fn new() -> Self {
        Self { backoff: Backoff::new(FIRST_PAUSE, LONGEST_PAUSE) }
    }

    /// The pause after a channel that lived for `lived`; whether its peer has answered a ping.
    pub(super) fn pause(&mut self, lived: Duration, has_answered: bool, random: u32) -> Duration {
        if lived < LASTING || !has_answered {
            return self.backoff.pause(random);
        }
        self.backoff.reset();
        Duration::ZERO
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers_that_hang_up_at_once_are_dialled_ever_more_slowly() {
        let mut pace = Pace::new();
        let pauses: Vec<_> = (0..9).map(|_| pace.pause(Duration::ZERO, true, u32::MAX).as_millis()).collect();
        assert_eq!(pauses, [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
    }

    #[test]
    fn a_channel_that_lasted_makes_up_for_those_that_did_not() {
        let mut pace = Pace::new();
        pace.pause(Duration::ZERO, true, u32::MAX);
        assert_eq!(pace.pause(LASTING, true, u32::MAX), Duration::ZERO);
        assert_eq!(pace.pause(Duration::ZERO, true, u32::MAX), FIRST_PAUSE);
    }

    #[test]
    fn a_peer_that_never_answers_a_ping_has_not_lasted_however_long_it_was_there() {
        let mut pace = Pace::new();
        let pauses: Vec<_> = (0..3).map(|_| pace.pause(6 * LASTING, false, u32::MAX).as_millis()).collect();
        assert_eq!(pauses, [500, 1000, 2000]);
    }
}
