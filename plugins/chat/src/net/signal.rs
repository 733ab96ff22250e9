//! Wakes the one task that waits for it.

use parking_lot::Mutex;
use std::future::{Future, poll_fn};
use std::task::{Context, Poll, Waker};

/// A flag that one task waits for.
#[derive(Debug, Default)]
pub(crate) struct Signal {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    is_set: bool,
    waker: Option<Waker>,
}

impl Signal {
    /// Sets it, and wakes who waits.
    pub(crate) fn set(&self) {
        let waker = {
            let mut state = self.state.lock();
            state.is_set = true;
            state.waker.take()
        };
        waker.into_iter().for_each(Waker::wake);
    }

    /// Waits until it is set, and clears it. Dropped before it is ready, it stays as it is.
    pub(crate) fn wait(&self) -> impl Future<Output = ()> + Send + '_ {
        poll_fn(|cx| self.poll(cx))
    }

    fn poll(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state.lock();
        if std::mem::take(&mut state.is_set) {
            return Poll::Ready(());
        }
        state.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

/// Lets other tasks have a turn.
pub(crate) fn turn() -> impl Future<Output = ()> + Send {
    let mut waited = false;
    poll_fn(move |cx| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;

    fn is_ready(task: impl Future) -> bool {
        pin!(task).poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    #[test]
    fn a_signal_that_is_set_before_anybody_waits_is_not_lost() {
        let signal = Signal::default();
        assert!(!is_ready(signal.wait()));
        signal.set();
        signal.set();
        assert!(is_ready(signal.wait()));
        assert!(!is_ready(signal.wait()), "it is cleared by who has waited");
    }

    #[test]
    fn a_turn_waits_once() {
        let mut turn = pin!(turn());
        let mut cx = Context::from_waker(Waker::noop());
        assert!(turn.as_mut().poll(&mut cx).is_pending());
        assert!(turn.as_mut().poll(&mut cx).is_ready());
    }
}
