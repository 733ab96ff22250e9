//! The simulated clock: it stands still until the test moves it.

use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// What the clock of the world says when the host is made: the beginning of 2026.
const EPOCH: Duration = Duration::from_secs(1_767_225_600);

/// The time since the host was made, and who waits for which time.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    now: Duration,
    /// By time, and for the same time in the order in which they began to wait.
    timers: BTreeMap<(Duration, u64), Waker>,
    /// How many have waited.
    count: u64,
}

impl Clock {
    pub(crate) fn now(&self) -> Duration {
        self.state.lock().now
    }

    pub(crate) fn unix(&self) -> Duration {
        EPOCH.saturating_add(self.now())
    }

    /// Ready when this much time has gone by.
    pub(crate) fn sleep(self: &Arc<Self>, time: Duration) -> Sleep {
        let mut state = self.state.lock();
        state.count += 1;
        let key = (state.now.saturating_add(time), state.count);
        drop(state);
        Sleep { clock: Arc::clone(self), key }
    }

    /// When the first of those who wait is woken.
    pub(crate) fn next(&self) -> Option<Duration> {
        self.state.lock().timers.first_key_value().map(|((time, _), _)| *time)
    }

    /// Makes it later, and wakes those whose time has come.
    pub(crate) fn move_to(&self, time: Duration) {
        let mut state = self.state.lock();
        state.now = state.now.max(time);
        let now = state.now;
        let later = state.timers.split_off(&(now, u64::MAX));
        let due = std::mem::replace(&mut state.timers, later);
        drop(state);
        due.into_values().for_each(Waker::wake);
    }
}

/// Waits for a time.
#[derive(Debug)]
pub(crate) struct Sleep {
    clock: Arc<Clock>,
    key: (Duration, u64),
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.clock.state.lock();
        if self.key.0 <= state.now {
            return Poll::Ready(());
        }
        state.timers.insert(self.key, cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.clock.state.lock().timers.remove(&self.key);
    }
}
