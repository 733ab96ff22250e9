//! The bounded queue between a dispatcher and one of its subscriptions.

use backplane_plugin::abi::{Chunk, ChunkList};
use parking_lot::Mutex;
use std::task::{Context, Poll, Waker};

/// How much a subscription's queue holds before the channel is no longer read.
///
/// One read's worth may come on top: what has been read is never dropped.
#[derive(Debug, Clone, Copy)]
pub struct QueueLimits {
    /// Payloads.
    pub messages: usize,
    /// Bytes of payload.
    pub bytes: usize,
}

impl Default for QueueLimits {
    fn default() -> Self {
        Self { messages: 16 * 1024, bytes: 4 * 1024 * 1024 }
    }
}

/// The queue between a dispatcher, which fills it, and a subscription, which empties it.
#[derive(Debug)]
pub(super) struct Queue {
    limits: QueueLimits,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    chunks: ChunkList,
    messages: usize,
    bytes: usize,
    /// No more will come.
    closed: bool,
    /// The task that receives, while it waits.
    receiver: Option<Waker>,
    /// The task that reads the channel, while it waits for room.
    reader: Option<Waker>,
}

impl Queue {
    pub(super) fn new(limits: QueueLimits) -> Self {
        Self { limits, state: Mutex::default() }
    }

    /// Appends payloads, whatever the limits; whether the queue is full then.
    pub(super) fn push(&self, chunk: Chunk, bytes: usize) -> bool {
        let mut state = self.state.lock();
        if state.closed {
            return false;
        }
        state.messages += chunk.frames.len();
        state.bytes += bytes;
        if state.chunks.capacity() == 0 {
            // Most often one read waits.
            state.chunks.reserve_exact(1);
        }
        state.chunks.push(chunk);
        let full = self.is_full(&state);
        let receiver = state.receiver.take();
        drop(state);
        if let Some(receiver) = receiver {
            receiver.wake();
        }
        full
    }

    /// Ready when the queue is not full, or closed.
    pub(super) fn poll_room(&self, cx: &Context<'_>) -> Poll<()> {
        let mut state = self.state.lock();
        if state.closed || !self.is_full(&state) {
            return Poll::Ready(());
        }
        state.reader = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Whether the reader would have to wait.
    pub(super) fn has_room(&self) -> bool {
        let state = self.state.lock();
        state.closed || !self.is_full(&state)
    }

    /// Swaps the queued chunks into `out`. Ready(false): closed and empty.
    pub(super) fn poll_receive(&self, cx: &Context<'_>, out: &mut ChunkList) -> Poll<bool> {
        let mut state = self.state.lock();
        if state.chunks.is_empty() {
            if state.closed {
                return Poll::Ready(false);
            }
            state.receiver = Some(cx.waker().clone());
            return Poll::Pending;
        }
        std::mem::swap(&mut state.chunks, out);
        (state.messages, state.bytes) = (0, 0);
        let reader = state.reader.take();
        drop(state);
        if let Some(reader) = reader {
            reader.wake();
        }
        Poll::Ready(true)
    }

    /// Lets the receiver drain what is queued, and then tells it that no more will come.
    pub(super) fn close(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        let wakers = [state.receiver.take(), state.reader.take()];
        drop(state);
        wakers.into_iter().flatten().for_each(Waker::wake);
    }

    const fn is_full(&self, state: &State) -> bool {
        state.messages >= self.limits.messages || state.bytes >= self.limits.bytes
    }
}
