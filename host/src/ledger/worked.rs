//! A time that grows: for how long jobs ran.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The time for which jobs ran, of a channel or of a protocol.
#[derive(Debug, Default)]
pub struct Worked {
    nanos: AtomicU64,
}

impl Worked {
    /// Adds to it.
    pub fn add(&self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.nanos.fetch_add(nanos, Ordering::Relaxed);
    }

    /// How long it is.
    #[must_use]
    pub fn time(&self) -> Duration {
        Duration::from_nanos(self.nanos())
    }

    /// The same in nanoseconds.
    #[must_use]
    pub fn nanos(&self) -> u64 {
        self.nanos.load(Ordering::Relaxed)
    }
}
