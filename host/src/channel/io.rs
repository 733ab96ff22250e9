//! Reader and writer of one channel, wherever they run.

use super::rounds::Rounds;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use tokio::runtime::Handle;
use tokio_util::task::AbortOnDropHandle;

/// Reader and writer of one channel. Dropping it ends them.
///
/// They begin where the channel is brought up, so that a handshake takes one task and no wake-up between tasks, and go on
/// in tasks of their own, so that a channel that works uses more than one thread.
pub struct ChannelIo {
    reader: Half,
    writer: Half,
}

enum Half {
    Here(Pin<Box<dyn Future<Output = ()> + Send>>),
    Task(AbortOnDropHandle<()>),
    Ended,
}

impl ChannelIo {
    pub(super) fn new(
        reader: impl Future<Output = ()> + Send + 'static,
        writer: impl Future<Output = ()> + Send + 'static,
    ) -> Self {
        Self { reader: Half::Here(Box::pin(reader)), writer: Half::Here(Box::pin(writer)) }
    }

    /// Gives each a task of its own on the current runtime.
    pub fn spawn(&mut self) {
        self.reader.spawn();
        self.writer.spawn();
    }

    /// Runs them beside `task` until that is done.
    ///
    /// # Cancel safety
    ///
    /// That of `task`: reader and writer wait meanwhile.
    pub async fn beside<T>(&mut self, task: impl Future<Output = T>) -> T {
        let mut task = pin!(task);
        let mut rounds = Rounds::default();
        poll_fn(|cx| {
            rounds.poll(cx, |cx| {
                // In the order in which what was read becomes what is written.
                self.reader.poll(cx);
                let done = task.as_mut().poll(cx);
                self.writer.poll(cx);
                done
            })
        })
        .await
    }

    /// Runs them until both have ended.
    ///
    /// # Cancel safety
    ///
    /// Safe.
    pub async fn ended(&mut self) {
        poll_fn(|cx| {
            let ended = [self.reader.poll(cx), self.writer.poll(cx)];
            if ended == [true, true] { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// Drops both, whatever is left to be read or written.
    pub async fn abort(&mut self) {
        self.reader.abort();
        self.writer.abort();
        self.ended().await;
    }
}

impl Half {
    fn spawn(&mut self) {
        match std::mem::replace(self, Self::Ended) {
            Self::Here(half) => *self = Self::Task(AbortOnDropHandle::new(Handle::current().spawn(half))),
            other => *self = other,
        }
    }

    /// Goes on with it: whether it has ended.
    fn poll(&mut self, cx: &mut Context<'_>) -> bool {
        let ended = match self {
            Self::Here(half) => half.as_mut().poll(cx).is_ready(),
            // A reader that panicked has ended, too.
            Self::Task(task) => Pin::new(task).poll(cx).is_ready(),
            Self::Ended => true,
        };
        if ended {
            *self = Self::Ended;
        }
        ended
    }

    fn abort(&mut self) {
        match self {
            Self::Task(task) => task.abort(),
            Self::Here(_) | Self::Ended => *self = Self::Ended,
        }
    }
}

impl fmt::Debug for ChannelIo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelIo").finish_non_exhaustive()
    }
}
