//! What speaks for the peer of a channel, counted as it goes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What speaks for the peer of a channel.
#[derive(Debug)]
pub struct Merits {
    messages: AtomicU64,
    /// In nanoseconds.
    ping: AtomicU64,
}

impl Merits {
    pub(super) const fn new() -> Self {
        Self { messages: AtomicU64::new(0), ping: AtomicU64::new(u64::MAX) }
    }

    pub(super) fn received(&self, messages: usize) {
        self.messages.fetch_add(messages as u64, Ordering::Relaxed);
    }

    /// How many messages with known commands have come.
    #[must_use]
    pub fn messages(&self) -> u64 {
        self.messages.load(Ordering::Relaxed)
    }

    /// Notes that the peer answered a ping after this time.
    pub fn answered(&self, after: Duration) {
        let nanos = u64::try_from(after.as_nanos()).unwrap_or(u64::MAX);
        self.ping.fetch_min(nanos, Ordering::Relaxed);
    }

    /// The shortest time after which the peer answered a ping.
    #[must_use]
    pub fn ping(&self) -> Option<Duration> {
        let nanos = self.ping.load(Ordering::Relaxed);
        (nanos < u64::MAX).then_some(Duration::from_nanos(nanos))
    }
}
