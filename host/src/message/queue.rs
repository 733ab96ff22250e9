//! The bounded queue between a dispatcher and one of its subscriptions.

use super::share::QueueShare;
use crate::ledger::{Budget, Holding};
use backplane_plugin::abi::{Chunk, ChunkList};
use parking_lot::Mutex;
use std::sync::Arc;
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

/// What all queues of a channel keep to.
#[derive(Debug, Default)]
pub(super) struct QueueRules {
    pub(super) limits: QueueLimits,
    /// The node's memory, which they share.
    pub(super) budget: Arc<Budget>,
}

/// The queue between a dispatcher, which fills it, and a subscription, which empties it.
#[derive(Debug)]
pub(super) struct Queue {
    rules: Arc<QueueRules>,
    /// What it shares with the other queues of its owner.
    share: Option<Arc<QueueShare>>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    chunks: ChunkList,
    messages: usize,
    bytes: usize,
    /// What the node's memory has been told of these.
    holding: Holding,
    /// What the share has been told of them.
    shared: Holding,
    /// No more will come.
    closed: bool,
    /// The task that receives, while it waits.
    receiver: Option<Waker>,
    /// The task that reads the channel, while it waits for room.
    reader: Option<Waker>,
}

impl Queue {
    pub(super) fn new(rules: Arc<QueueRules>, share: Option<Arc<QueueShare>>) -> Self {
        Self { rules, share, state: Mutex::default() }
    }

    /// Appends payloads, whatever the limits; whether the queue is full then.
    pub(super) fn push(&self, chunk: Chunk, bytes: usize) -> bool {
        let mut state = self.state.lock();
        if state.closed {
            return false;
        }
        state.messages += chunk.frames.len();
        state.bytes += bytes;
        self.tell(&mut state);
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
        self.tell(&mut state);
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

    /// How many bytes wait.
    pub(super) fn held(&self) -> usize {
        self.state.lock().bytes
    }

    fn is_full(&self, state: &State) -> bool {
        let limits = &self.rules.limits;
        let Some(share) = &self.share else {
            return state.messages >= limits.messages || state.bytes >= limits.bytes;
        };
        let shift = share.shift();
        state.messages >= limits.messages >> shift
            || state.bytes >= limits.bytes >> shift
            || state.messages > 0 && share.is_exceeded()
    }

    fn tell(&self, state: &mut State) {
        let bytes = state.bytes;
        self.rules.budget.tell(&mut state.holding, bytes);
        if let Some(share) = &self.share {
            share.budget.tell(&mut state.shared, bytes);
        }
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        let state = self.state.get_mut();
        self.rules.budget.tell(&mut state.holding, 0);
        if let Some(share) = &self.share {
            share.budget.tell(&mut state.shared, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use backplane_plugin::abi::{Bytes, FrameRange};

    const KIB: usize = 1024;

    fn queue(share: &Arc<QueueShare>) -> Queue {
        Queue::new(Arc::default(), Some(Arc::clone(share)))
    }

    /// Pushes one payload of so many bytes: whether the queue is full then.
    fn push(queue: &Queue, bytes: usize) -> bool {
        let frames = vec![FrameRange { start: 0, len: 0 }].into();
        queue.push(Chunk { bytes: Bytes::from(Vec::new()), frames }, bytes)
    }

    fn empty(queue: &Queue) {
        let mut chunks = ChunkList::new();
        assert!(queue.poll_receive(&Context::from_waker(Waker::noop()), &mut chunks).is_ready());
    }

    #[test]
    fn where_the_share_is_passed_whatever_holds_something_is_full() {
        let share = Arc::new(QueueShare::new(256 * KIB));
        let [one, other, idle] = [queue(&share), queue(&share), queue(&share)];
        assert!(!push(&one, 128 * KIB) && !push(&other, 128 * KIB));
        assert!(push(&other, 64 * KIB), "the share is passed");
        assert!(!one.has_room() && !other.has_room() && idle.has_room());
        empty(&other);
        assert!(one.has_room() && other.has_room());
        empty(&one);
        assert_eq!(share.held(), 0);
        push(&one, 512 * KIB);
        drop(one);
        assert_eq!(share.held(), 0, "what is dropped is not held");
    }

    #[test]
    fn a_halved_share_halves_each_queue_too() {
        let share = Arc::new(QueueShare::new(usize::MAX));
        let queue = queue(&share);
        let half = QueueLimits::default().bytes / 2;
        assert!(!push(&queue, half));
        share.set_halved(true);
        assert!(!queue.has_room());
        share.set_halved(false);
        assert!(queue.has_room());
    }
}
