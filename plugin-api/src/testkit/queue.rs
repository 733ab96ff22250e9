//! The bounded queue of one subscription.

use super::limits::TestLimits;
use crate::abi::{Chunk, ChunkList};
use parking_lot::Mutex;
use std::task::{Context, Poll, Waker};

/// What waits for one subscription.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    chunks: ChunkList,
    messages: usize,
    bytes: usize,
    closed: bool,
    receiver: Option<Waker>,
}

impl Queue {
    pub(super) fn push(&self, chunk: Chunk) {
        let mut state = self.state.lock();
        if state.closed {
            return;
        }
        state.messages += chunk.frames.len();
        state.bytes += chunk.bytes.len();
        state.chunks.push(chunk);
        wake(state.receiver.take());
    }

    pub(super) fn is_full(&self, limits: &TestLimits) -> bool {
        let state = self.state.lock();
        !state.closed && (state.messages >= limits.queue_messages || state.bytes >= limits.queue_bytes)
    }

    /// How many messages wait.
    pub(super) fn waiting(&self) -> usize {
        self.state.lock().messages
    }

    /// Lets what waits be received, and then tells that no more will come.
    pub(super) fn close(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        wake(state.receiver.take());
    }

    /// Moves everything that waits into `out`. Ready(false): no more will come.
    pub(crate) fn poll_receive(&self, cx: &Context<'_>, out: &mut ChunkList) -> Poll<bool> {
        let mut state = self.state.lock();
        if !state.chunks.is_empty() {
            out.append(&mut state.chunks);
            (state.messages, state.bytes) = (0, 0);
            return Poll::Ready(true);
        }
        if state.closed {
            return Poll::Ready(false);
        }
        state.receiver = Some(cx.waker().clone());
        Poll::Pending
    }
}

/// Waking only notes which task it is: it may be done under a lock.
pub(super) fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}
