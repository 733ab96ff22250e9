//! Counting what arrives: how many, whether in order and whole, and from when to when.

use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What all streams of a node have received since the last [`expect`](Self::expect).
#[derive(Debug, Default)]
pub(crate) struct Tally {
    expected: AtomicU64,
    /// Those of streams that have handed their counts in.
    received: AtomicU64,
    wrong: AtomicU64,
    first: AtomicU64,
    last: AtomicU64,
}

/// How a measurement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Messages received.
    pub received: u64,
    /// Messages out of order or damaged.
    pub wrong: u64,
    /// Nanoseconds from the first to the last.
    pub nanos: u64,
}

impl Tally {
    pub(crate) fn expect(&self, count: u64) {
        for counter in [&self.received, &self.wrong, &self.first, &self.last] {
            counter.store(0, Ordering::Relaxed);
        }
        self.expected.store(count, Ordering::Release);
    }

    pub(crate) fn report(&self) -> Report {
        let load = |counter: &AtomicU64| counter.load(Ordering::Acquire);
        // First what is handed in last: the rest is at least as new.
        let received = load(&self.received);
        let nanos = load(&self.last).saturating_sub(load(&self.first));
        Report { received, wrong: load(&self.wrong), nanos }
    }

    pub(crate) fn stream(self: &Arc<Self>) -> Stream {
        Stream { tally: Arc::clone(self), next: 0, pending: 0, wrong: 0 }
    }
}

/// One stream's counts, handed in from time to time so that counting costs the measurement little.
#[derive(Debug)]
pub(crate) struct Stream {
    tally: Arc<Tally>,
    next: u64,
    pending: u64,
    wrong: u64,
}

/// Counts are handed in after this many messages, and with the last one.
const HAND_IN: u64 = 1024;

impl Stream {
    /// Counts one message. The clock is read for the first and whenever counts are handed in.
    pub(crate) fn count(&mut self, seq: u64, intact: bool, now: impl Fn() -> Duration) {
        if seq == 0 {
            self.next = 0;
            let _ = self.tally.first.compare_exchange(0, nanos(now()), Ordering::AcqRel, Ordering::Relaxed);
        }
        self.wrong += u64::from(seq != self.next || !intact);
        self.next = seq + 1;
        self.pending += 1;
        let expected = self.tally.expected.load(Ordering::Relaxed);
        if self.pending >= HAND_IN || self.next >= expected {
            self.tally.last.fetch_max(nanos(now()), Ordering::AcqRel);
            self.tally.wrong.fetch_add(self.wrong, Ordering::AcqRel);
            self.tally.received.fetch_add(self.pending, Ordering::AcqRel);
            (self.pending, self.wrong) = (0, 0);
        }
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
