//! How much a peer or an author may bring in a while: plain functions of the time and a count.

use std::collections::VecDeque;

/// A second, in the milliseconds that all times here are.
pub(crate) const SECOND: u64 = 1000;
/// A minute.
pub(crate) const MINUTE: u64 = 60 * SECOND;

/// So many at once, and so many a second after that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rate {
    pub(crate) burst: u32,
    pub(crate) per_second: u32,
}

/// New ids that one peer may announce.
pub(crate) const ANNOUNCED: Rate = Rate { burst: 1000, per_second: 50 };
/// Ids that this node announces to one peer: well below what the peer takes.
pub(crate) const ANNOUNCING: Rate = Rate { burst: 800, per_second: 40 };
/// Live messages of one author.
pub(crate) const AUTHOR: Rate = Rate { burst: 60, per_second: 5 };
/// Messages that this user may send: below what others take, since they do not arrive as evenly as they are sent.
pub(crate) const SENDING: Rate = Rate { burst: 50, per_second: 5 };
/// Messages of authors unknown to this node that come from one peer when histories are reconciled.
pub(crate) const STRANGERS: Rate = Rate { burst: 5000, per_second: 50 };
/// Messages of anybody that come from one peer when histories are reconciled: a week of a busy room comes at once.
pub(crate) const RECONCILED: Rate = Rate { burst: 50_000, per_second: 500 };
/// Lists of rooms that one peer may send, and that this node sends to one.
pub(crate) const ROOMS: Rate = Rate { burst: 100, per_second: 2 };
pub(crate) const TELLING_ROOMS: Rate = Rate { burst: 50, per_second: 1 };
/// Reconciliations that one peer may begin.
pub(crate) const SYNCS: Rate = Rate { burst: 512, per_second: 1 };

/// Messages that one author may have in one minute of the time that the messages claim. Who keeps to [`AUTHOR`] has fewer.
pub(crate) const PER_MINUTE: u32 = 400;
/// Ids that a peer may announce while its announcements are ignored, before it has misbehaved.
const IGNORED: u64 = 20_000;
/// So many back-offs of one peer within [`BACKOFFS_WITHIN`] are misbehaviour.
const BACKOFFS: usize = 3;
const BACKOFFS_WITHIN: u64 = 10 * MINUTE;
/// The first back-off, and the longest one.
const SHORTEST: u64 = 5 * SECOND;
const LONGEST: u64 = 5 * MINUTE;

/// What is left of a rate, in thousandths. It may be overdrawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bucket {
    rate: Rate,
    left: i64,
    at: u64,
}

impl Bucket {
    /// A full one.
    pub(crate) const fn new(rate: Rate, now: u64) -> Self {
        Self { rate, left: rate.burst as i64 * 1000, at: now }
    }

    /// Takes as many of `count` as there are: how many.
    pub(crate) fn take(&mut self, now: u64, count: usize) -> usize {
        self.refill(now);
        let there = usize::try_from(self.left.max(0) / 1000).unwrap_or(usize::MAX);
        let taken = there.min(count);
        self.left -= thousandths(taken);
        taken
    }

    /// Takes `count`, whether they are there or not.
    pub(crate) fn spend(&mut self, now: u64, count: usize) {
        self.refill(now);
        self.left = self.left.saturating_sub(thousandths(count));
    }

    /// How long it takes until there is one again; 0 when there is.
    pub(crate) fn wait(&mut self, now: u64) -> u64 {
        self.refill(now);
        let lacking = u64::try_from(1000 - self.left).unwrap_or(0);
        lacking.div_ceil(u64::from(self.rate.per_second).max(1))
    }

    /// A clock that is set back refills nothing, and goes on from there.
    fn refill(&mut self, now: u64) {
        let elapsed = i64::try_from(now.saturating_sub(self.at)).unwrap_or(i64::MAX);
        let full = i64::from(self.rate.burst) * 1000;
        let refilled = elapsed.saturating_mul(self.rate.per_second.into()).saturating_add(self.left);
        (self.left, self.at) = (refilled.min(full), now);
    }
}

fn thousandths(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX).saturating_mul(1000)
}

/// A rest that becomes longer each time, until nothing has happened for a while.
#[derive(Debug, Default)]
struct Backoff {
    until: u64,
    length: u64,
    begun: VecDeque<u64>,
}

impl Backoff {
    /// Whether it lasts.
    const fn lasts(&self, now: u64) -> bool {
        now < self.until
    }

    /// Begins: how many have begun lately, this one included.
    fn begin(&mut self, now: u64) -> usize {
        self.begun.retain(|begun| now.saturating_sub(*begun) < BACKOFFS_WITHIN);
        self.length =
            if self.begun.is_empty() { SHORTEST } else { (self.length * 2).clamp(SHORTEST, LONGEST) };
        self.until = now.saturating_add(self.length);
        self.begun.push_back(now);
        if self.begun.len() > BACKOFFS {
            self.begun.pop_front();
        }
        self.begun.len()
    }
}

/// What follows from announcements of a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// So many of them are looked at, the first ones; the others are passed over.
    Take(usize),
    /// The peer has misbehaved.
    Misbehaved(&'static str),
}

/// What one peer may still announce.
#[derive(Debug)]
pub(crate) struct Announcements {
    bucket: Bucket,
    backoff: Backoff,
    ignored: u64,
}

impl Announcements {
    pub(crate) fn new(now: u64) -> Self {
        Self { bucket: Bucket::new(ANNOUNCED, now), backoff: Backoff::default(), ignored: 0 }
    }

    /// The peer announces `count` ids that are new to this node.
    pub(crate) fn announced(&mut self, now: u64, count: usize) -> Verdict {
        if self.backoff.lasts(now) {
            return self.ignore(count);
        }
        let taken = self.bucket.take(now, count);
        if taken == count {
            return Verdict::Take(taken);
        }
        if self.backoff.begin(now) >= BACKOFFS {
            return Verdict::Misbehaved("it announces more than anybody writes, again and again");
        }
        match self.ignore(count - taken) {
            Verdict::Take(_) => Verdict::Take(taken),
            misbehaved => misbehaved,
        }
    }

    fn ignore(&mut self, count: usize) -> Verdict {
        self.ignored += count as u64;
        if self.ignored > IGNORED {
            return Verdict::Misbehaved("it floods with announcements");
        }
        Verdict::Take(0)
    }
}

/// What one author may still say live.
#[derive(Debug)]
pub(crate) struct Author {
    bucket: Bucket,
    backoff: Backoff,
}

impl Author {
    pub(crate) fn new(now: u64) -> Self {
        Self { bucket: Bucket::new(AUTHOR, now), backoff: Backoff::default() }
    }

    /// Whether another message is taken now. One that is not comes with the next reconciliation.
    pub(crate) fn says(&mut self, now: u64) -> bool {
        if self.backoff.lasts(now) {
            return false;
        }
        let taken = self.bucket.take(now, 1) == 1;
        if !taken {
            self.backoff.begin(now);
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let mut bucket = Bucket::new(Rate { burst: 10, per_second: 5 }, 0);
        for (now, asked, given) in
            [(0, 4, 4), (0, 20, 6), (0, 1, 0), (199, 1, 0), (200, 1, 1), (1_200, 9, 5), (9_999_999, 99, 10)]
        {
            assert_eq!(bucket.take(now, asked), given, "{asked} at {now}");
        }
    }

    #[test]
    fn an_overdrawn_bucket_says_how_long_to_wait() {
        let mut bucket = Bucket::new(Rate { burst: 2, per_second: 10 }, 0);
        assert_eq!(bucket.wait(0), 0);
        bucket.spend(0, 12);
        assert_eq!(bucket.wait(0), 1_100);
        assert_eq!(bucket.take(1_000, 1), 0);
        assert_eq!((bucket.wait(1_000), bucket.take(1_100, 1)), (100, 1));
    }

    #[test]
    fn a_clock_that_is_set_back_gives_nothing_and_takes_nothing() {
        let mut bucket = Bucket::new(Rate { burst: 2, per_second: 1 }, 1_000_000);
        assert_eq!(bucket.take(1_000_000, 2), 2);
        assert_eq!(bucket.take(5_000, 1), 0);
        assert_eq!(bucket.take(6_000, 1), 1);
    }

    #[test]
    fn a_peer_that_announces_too_much_is_ignored_for_a_while() {
        let mut peer = Announcements::new(0);
        for (now, announced, verdict) in [
            (0, 1000, Verdict::Take(1000)),
            (0, 1, Verdict::Take(0)),
            // It lasts for 5 s, although there is room again.
            (4_999, 100, Verdict::Take(0)),
            (5_000, 250, Verdict::Take(250)),
            (6_000, 50, Verdict::Take(50)),
        ] {
            assert_eq!(peer.announced(now, announced), verdict, "{announced} at {now}");
        }
    }

    #[test]
    fn a_flood_of_announcements_is_misbehaviour() {
        let mut peer = Announcements::new(0);
        assert_eq!(peer.announced(0, 1001), Verdict::Take(1000));
        assert_eq!(peer.announced(1, 19_999), Verdict::Take(0));
        assert!(matches!(peer.announced(2, 1), Verdict::Misbehaved(_)));
    }

    #[test]
    fn the_third_back_off_within_ten_minutes_is_misbehaviour() {
        let mut peer = Announcements::new(0);
        assert_eq!(peer.announced(0, 1001), Verdict::Take(1000));
        assert_eq!(peer.announced(100 * SECOND, 1001), Verdict::Take(1000));
        assert!(matches!(peer.announced(200 * SECOND, 1001), Verdict::Misbehaved(_)));

        let mut slower = Announcements::new(0);
        for time in [0, 301, 602, 903] {
            assert_eq!(slower.announced(time * SECOND, 1001), Verdict::Take(1000), "at {time}");
        }
    }

    #[test]
    fn an_author_who_goes_on_is_ignored_for_longer_each_time() {
        let mut author = Author::new(0);
        let mut taken_from = |now: u64| (0..100).filter(|_| author.says(now)).count();
        assert_eq!(taken_from(0), 60);
        assert_eq!((taken_from(4_999), taken_from(5_000)), (0, 25));
        // The second one lasts for 10 s, the third one for 20 s.
        assert_eq!((taken_from(14_999), taken_from(15_000)), (0, 50));
        assert_eq!((taken_from(34_999), taken_from(35_000)), (0, 60));
    }

    #[test]
    fn who_keeps_to_the_rate_of_sending_is_never_ignored_though_messages_bunch_up() {
        let (mut sending, mut author) = (Bucket::new(SENDING, 0), Author::new(0));
        for second in 0..600 {
            let sent = sending.take(second * SECOND, 10);
            // They arrive up to two seconds late, two seconds of them at once.
            let arrives = (second + second % 2) * SECOND;
            assert!((0..sent).all(|_| author.says(arrives)), "in second {second}");
        }
    }

    #[test]
    fn nobody_who_keeps_to_the_rate_has_too_many_messages_in_a_minute() {
        let mut sending = Bucket::new(SENDING, 0);
        let in_a_minute: usize = (0..60).map(|second| sending.take(second * SECOND, 1000)).sum();
        assert!(in_a_minute < PER_MINUTE as usize, "{in_a_minute}");
    }
}
