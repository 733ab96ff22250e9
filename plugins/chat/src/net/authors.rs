//! Which authors this node knows, and how much each of them says.

use super::limits::{Author, MINUTE, PER_MINUTE};
use super::lru::Lru;
use crate::hash::Hash;

/// How many authors are remembered, and how many of their minutes.
const AUTHORS: usize = 10_000;
const MINUTES: usize = 20_000;
/// How long an author has to be around before they are no stranger.
const ACQUAINTED: u64 = 10 * MINUTE;

/// What is remembered of authors.
#[derive(Debug)]
pub(crate) struct Authors {
    live: Lru<Hash, Author>,
    /// When each was first met; 0 for those who were known before.
    met: Lru<Hash, u64>,
    minutes: Lru<(Hash, u64), u32>,
}

impl Default for Authors {
    fn default() -> Self {
        Self { live: Lru::new(AUTHORS), met: Lru::new(AUTHORS), minutes: Lru::new(MINUTES) }
    }
}

impl Authors {
    /// Whether a live message of an author is taken now.
    pub(crate) fn says(&mut self, author: &Hash, now: u64) -> bool {
        self.live.entry(*author, || Author::new(now)).says(now)
    }

    /// Whether an author is a stranger: neither `known` when they were met, nor around for long.
    pub(crate) fn is_stranger(&mut self, author: &Hash, now: u64, known: impl FnOnce() -> bool) -> bool {
        let met = *self.met.entry(*author, || if known() { 0 } else { now });
        met > now.saturating_sub(ACQUAINTED)
    }

    /// Whether another message of an author may be of the minute that it claims.
    pub(crate) fn may_claim(&mut self, author: &Hash, time: u64) -> bool {
        *self.minutes.entry((*author, time / MINUTE), || 0) < PER_MINUTE
    }

    /// A message of an author was taken.
    pub(crate) fn claimed(&mut self, author: &Hash, time: u64) {
        *self.minutes.entry((*author, time / MINUTE), || 0) += 1;
    }

    /// A room was left: its messages may come anew.
    pub(crate) fn forget_minutes(&mut self) {
        self.minutes.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: Hash = [1; 32];
    const BOB: Hash = [2; 32];

    #[test]
    fn who_is_known_or_has_been_around_is_no_stranger() {
        let mut authors = Authors::default();
        let now = 1_000_000_000;
        assert!(!authors.is_stranger(&ADA, now, || true));
        assert!(!authors.is_stranger(&ADA, now, || false), "it is asked once");
        assert!(authors.is_stranger(&BOB, now, || false));
        assert!(authors.is_stranger(&BOB, now + ACQUAINTED - 1, || true));
        assert!(!authors.is_stranger(&BOB, now + ACQUAINTED, || false));
    }

    #[test]
    fn nobody_claims_more_in_a_minute_than_anybody_says() {
        let mut authors = Authors::default();
        let mut taken = 0;
        for number in 0..1000 {
            if authors.may_claim(&ADA, 59_000 + number) {
                authors.claimed(&ADA, 59_000 + number);
                taken += 1;
            }
        }
        assert_eq!(taken, PER_MINUTE as usize);
        assert!(authors.may_claim(&BOB, 59_000) && authors.may_claim(&ADA, 60_000));
        authors.forget_minutes();
        assert!(authors.may_claim(&ADA, 59_000));
    }

    #[test]
    fn one_author_does_not_use_up_what_another_one_may_say() {
        let mut authors = Authors::default();
        assert_eq!((0..100).filter(|_| authors.says(&ADA, 0)).count(), 60);
        assert!(authors.says(&BOB, 0));
    }
}
