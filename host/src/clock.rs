//! The one place where the node reads its clocks.

use std::time::{SystemTime, UNIX_EPOCH};
use tokio::time::Instant;

/// The monotonic clock of the runtime, which tests may pause.
#[expect(clippy::disallowed_methods, reason = "this is the edge where time enters")]
#[must_use]
pub fn now() -> Instant {
    Instant::now()
}

/// Seconds since 1970 by the system's clock.
#[must_use]
pub fn unix_seconds() -> u64 {
    since_1970().as_secs()
}

/// Nanoseconds since 1970 by the system's clock.
#[must_use]
pub fn unix_nanos() -> u128 {
    since_1970().as_nanos()
}

#[expect(clippy::disallowed_methods, reason = "this is the edge where time enters")]
fn since_1970() -> std::time::Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
