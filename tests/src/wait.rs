//! Waiting for a state, with a deadline and a message.

use std::future::Future;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval, timeout};

/// How long a test waits for anything before it fails: far longer than it takes on a busy machine.
pub const DEADLINE: Duration = Duration::from_secs(30);
/// How often a state is looked at.
const INTERVAL: Duration = Duration::from_millis(5);

/// Waits until `condition` holds.
///
/// # Panics
///
/// When it does not within [`DEADLINE`], naming `what` was waited for.
pub async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    eventually_some(what, async || condition().then_some(())).await;
}

/// Waits until `probe` gives a value.
///
/// # Panics
///
/// When it does not within [`DEADLINE`], naming `what` was waited for.
pub async fn eventually_some<T>(what: &str, mut probe: impl AsyncFnMut() -> Option<T>) -> T {
    let polling = async {
        let mut ticks = interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Some(value) = probe().await {
                return value;
            }
        }
    };
    within(what, polling).await
}

/// What `task` ends with.
///
/// # Panics
///
/// When it does not end within [`DEADLINE`], naming `what` was waited for.
pub async fn within<T>(what: &str, task: impl Future<Output = T>) -> T {
    timeout(DEADLINE, task).await.unwrap_or_else(|_| panic!("waited {DEADLINE:?} for: {what}"))
}
