//! Futures that are polled together and wake one another: round after round, instead of by way of the scheduler.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// So many rounds are made at once. Then other tasks have their turn.
const ROUNDS: usize = 8;

/// Polls futures that wake one another.
#[derive(Debug, Default)]
pub(super) struct Rounds {
    bell: Option<Arc<Bell>>,
}

/// What the futures are woken by. The task that polls them is woken only when it is not about to look anyway: to be woken
/// while it runs would cost it a turn in the scheduler, and most often the wake-up of another thread.
#[derive(Debug)]
struct Bell {
    task: Waker,
    /// The task polls the futures now, and looks whether it rang before it waits.
    attended: AtomicBool,
    rang: AtomicBool,
}

impl Rounds {
    /// Polls with `poll` until it is ready, or nothing that it polled was woken meanwhile.
    pub(super) fn poll<T>(
        &mut self,
        cx: &Context<'_>,
        mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        let bell = match &self.bell {
            Some(bell) if bell.task.will_wake(cx.waker()) => Arc::clone(bell),
            _ => Arc::clone(self.bell.insert(Arc::new(Bell::new(cx.waker().clone())))),
        };
        bell.attended.store(true, Ordering::SeqCst);
        let waker = Waker::from(Arc::clone(&bell));
        let mut cx = Context::from_waker(&waker);
        for _ in 0..ROUNDS {
            bell.rang.store(false, Ordering::SeqCst);
            let polled = poll(&mut cx);
            if polled.is_ready() {
                return polled;
            }
            if !bell.rang.load(Ordering::SeqCst) {
                break;
            }
        }
        bell.attended.store(false, Ordering::SeqCst);
        // It may have rung between the last look and now.
        if bell.rang.load(Ordering::SeqCst) {
            bell.task.wake_by_ref();
        }
        Poll::Pending
    }
}

impl Bell {
    const fn new(task: Waker) -> Self {
        Self { task, attended: AtomicBool::new(false), rang: AtomicBool::new(false) }
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.rang.store(true, Ordering::SeqCst);
        if !self.attended.load(Ordering::SeqCst) {
            self.task.wake_by_ref();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    #[derive(Debug, Default)]
    struct Task(AtomicUsize);

    impl Wake for Task {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Polls with `poll` in a task: what came of it, and how often the task was woken.
    fn poll_in_task(poll: impl FnMut(&mut Context<'_>) -> Poll<usize>) -> (Poll<usize>, usize) {
        let task = Arc::new(Task::default());
        let waker = Waker::from(Arc::clone(&task));
        let polled = Rounds::default().poll(&Context::from_waker(&waker), poll);
        (polled, task.0.load(Ordering::SeqCst))
    }

    #[test]
    fn what_is_woken_while_it_is_polled_is_polled_again_without_waking_the_task() {
        let mut polls = 0;
        let polled = poll_in_task(|cx| {
            polls += 1;
            cx.waker().wake_by_ref();
            if polls == 3 { Poll::Ready(polls) } else { Poll::Pending }
        });
        assert_eq!(polled, (Poll::Ready(3), 0));
    }

    #[test]
    fn what_wakes_itself_for_ever_leaves_other_tasks_their_turn() {
        let mut polls = 0;
        let polled = poll_in_task(|cx| {
            polls += 1;
            cx.waker().wake_by_ref();
            Poll::Pending
        });
        assert_eq!((polled, polls), ((Poll::Pending, 1), ROUNDS));
    }

    #[test]
    fn what_is_woken_between_two_polls_wakes_the_task() {
        let mut kept = None;
        let task = Arc::new(Task::default());
        let waker = Waker::from(Arc::clone(&task));
        let polled: Poll<()> = Rounds::default().poll(&Context::from_waker(&waker), |cx| {
            kept = Some(cx.waker().clone());
            Poll::Pending
        });
        assert_eq!((polled, task.0.load(Ordering::SeqCst)), (Poll::Pending, 0));
        kept.expect("it was polled").wake();
        assert_eq!(task.0.load(Ordering::SeqCst), 1);
    }
}
