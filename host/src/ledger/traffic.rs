//! What goes through a channel: counters, and how fast they grow.

use super::Worked;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::time::Instant;

/// The counters of one channel. They are told of what was read or written together, never of single messages.
#[derive(Debug, Default)]
pub struct Traffic {
    bytes_in: AtomicU64,
    messages_in: AtomicU64,
    bytes_out: AtomicU64,
    messages_out: AtomicU64,
    worked: Worked,
}

/// The counters at one moment, or how much they grew in one second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Bytes read.
    pub bytes_in: u64,
    /// Messages read.
    pub messages_in: u64,
    /// Bytes written.
    pub bytes_out: u64,
    /// Messages written.
    pub messages_out: u64,
    /// Time that jobs of protocols ran, in nanoseconds.
    pub cpu_nanos: u64,
}

impl Traffic {
    /// Counts the bytes that were read together.
    pub fn read(&self, bytes: usize) {
        self.bytes_in.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Counts the messages that were handed on together.
    pub fn received(&self, messages: usize) {
        self.messages_in.fetch_add(messages as u64, Ordering::Relaxed);
    }

    /// Counts what was written together.
    pub fn sent(&self, messages: usize, bytes: usize) {
        self.messages_out.fetch_add(messages as u64, Ordering::Relaxed);
        self.bytes_out.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// The time for which jobs ran.
    #[must_use]
    pub const fn worked(&self) -> &Worked {
        &self.worked
    }

    /// All counters.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Totals {
            bytes_in: read(&self.bytes_in),
            messages_in: read(&self.messages_in),
            bytes_out: read(&self.bytes_out),
            messages_out: read(&self.messages_out),
            cpu_nanos: self.worked.nanos(),
        }
    }
}

impl Totals {
    /// The sum of both.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        self.with(other, u64::saturating_add)
    }

    fn with(self, other: Self, join: impl Fn(u64, u64) -> u64) -> Self {
        Self {
            bytes_in: join(self.bytes_in, other.bytes_in),
            messages_in: join(self.messages_in, other.messages_in),
            bytes_out: join(self.bytes_out, other.bytes_out),
            messages_out: join(self.messages_out, other.messages_out),
            cpu_nanos: join(self.cpu_nanos, other.cpu_nanos),
        }
    }
}

/// The rates of all channels of a node, from one look to the next.
#[derive(Debug, Default)]
pub(super) struct Rates {
    looked: Option<Instant>,
    channels: BTreeMap<u32, Sample>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Sample {
    last: Totals,
    rate: Totals,
}

impl Rates {
    /// Looks at the counters of all channels, by id.
    pub(super) fn look(&mut self, channels: impl IntoIterator<Item = (u32, Totals)>, now: Instant) {
        let nanos = self.looked.map_or(0, |looked| now.saturating_duration_since(looked).as_nanos());
        let before = std::mem::take(&mut self.channels);
        let per_second = |now: u64, last: u64| {
            let grown = u128::from(now.saturating_sub(last)) * 1_000_000_000;
            grown.checked_div(nanos).map_or(0, |rate| u64::try_from(rate).unwrap_or(u64::MAX))
        };
        self.channels.extend(channels.into_iter().map(|(id, totals)| {
            let last = before.get(&id).map_or_else(Totals::default, |sample| sample.last);
            (id, Sample { last: totals, rate: totals.with(last, per_second) })
        }));
        self.looked = Some(now);
    }

    /// The rate of a channel at the last look.
    pub(super) fn of(&self, channel: u32) -> Totals {
        self.channels.get(&channel).map_or_else(Totals::default, |sample| sample.rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;
    use std::time::Duration;

    #[test]
    fn rates_are_what_was_added_from_one_look_to_the_next() {
        let (start, traffic) = (clock::now(), Traffic::default());
        let mut rates = Rates::default();
        rates.look([(7, traffic.totals())], start);
        traffic.read(4000);
        traffic.received(10);
        traffic.sent(2, 600);
        traffic.worked().add(Duration::from_millis(500));
        rates.look([(7, traffic.totals())], start + Duration::from_secs(2));
        let expected = Totals {
            bytes_in: 2000,
            messages_in: 5,
            bytes_out: 300,
            messages_out: 1,
            cpu_nanos: 250_000_000,
        };
        assert_eq!(rates.of(7), expected);
        rates.look([(8, traffic.totals())], start + Duration::from_secs(3));
        assert_eq!(rates.of(7), Totals::default(), "it is gone");
        rates.look([(8, traffic.totals())], start + Duration::from_secs(4));
        assert_eq!(rates.of(8), Totals::default(), "it rests");
    }
}
