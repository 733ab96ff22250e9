//! The one place where the node reads its clocks.

use std::cell::Cell;
use std::marker::PhantomData;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::Instant;

thread_local! {
    static SIMULATED: Cell<Option<(Instant, Duration)>> = const { Cell::new(None) };
}

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

/// Lets what this thread takes for the system's clock go with the one of the runtime, from `unix` seconds since 1970 on,
/// until the guard is dropped. For simulations, whose runtime has paused time.
#[must_use]
pub fn simulate(unix: u64) -> Simulated {
    SIMULATED.set(Some((now(), Duration::from_secs(unix))));
    Simulated { thread: PhantomData }
}

/// This thread takes the clock of the runtime for the system's. It stays on its thread.
#[derive(Debug)]
pub struct Simulated {
    thread: PhantomData<*const ()>,
}

impl Drop for Simulated {
    fn drop(&mut self) {
        SIMULATED.set(None);
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the edge where time enters")]
fn since_1970() -> Duration {
    match SIMULATED.get() {
        Some((start, unix)) => unix + now().saturating_duration_since(start),
        None => SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn simulated_seconds_go_with_the_time_of_the_runtime() {
        let guard = simulate(1000);
        tokio::time::advance(Duration::from_secs(3600)).await;
        assert_eq!(unix_seconds(), 4600);
        drop(guard);
        assert!(unix_seconds() > 1_000_000_000);
    }
}
