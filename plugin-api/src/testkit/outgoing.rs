//! What a channel has been given to send: taken by the peer, or waiting while the peer does not read.

use super::limits::TestLimits;
use super::queue::wake;
use crate::abi::Part;
use std::task::{Context, Poll, Waker};

/// What a frame has besides command and payload, about.
const FRAME_BYTES: usize = 8;

/// One frame.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) command: String,
    pub(super) payload: Vec<u8>,
}

impl Sent {
    /// A frame whose large parts lie elsewhere, in one piece.
    pub(super) fn new(command: &str, payload: &[u8], parts: &[Part]) -> Self {
        let mut whole = Vec::with_capacity(payload.len());
        let mut done = 0;
        for part in parts {
            whole.extend_from_slice(payload.get(done..part.at).unwrap_or_default());
            whole.extend_from_slice(&part.bytes);
            done = part.at;
        }
        whole.extend_from_slice(payload.get(done..).unwrap_or_default());
        Self { command: command.to_owned(), payload: whole }
    }
}

/// The outgoing buffer of one channel, and what has left it.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    /// What the peer has read and the test has not taken.
    pub(super) read: Vec<Sent>,
    waiting: Vec<Sent>,
    bytes: usize,
    /// Whether the peer reads nothing.
    stalled: bool,
    closed: bool,
    senders: Vec<Waker>,
}

impl Outgoing {
    pub(super) const fn is_full(&self, limits: &TestLimits) -> bool {
        self.bytes >= limits.outgoing_bytes
    }

    /// Whether not even a broadcast has room any more.
    pub(super) const fn has_overflowed(&self, limits: &TestLimits) -> bool {
        self.bytes >= limits.broadcast_bytes
    }

    pub(super) fn put(&mut self, sent: Sent) {
        if self.stalled {
            self.bytes += sent.command.len() + sent.payload.len() + FRAME_BYTES;
            self.waiting.push(sent);
        } else {
            self.read.push(sent);
        }
    }

    /// Ready when there is room, or nothing is sent any more.
    pub(super) fn poll_room(&mut self, limits: &TestLimits, cx: &Context<'_>) -> Poll<()> {
        if self.closed || !self.is_full(limits) {
            return Poll::Ready(());
        }
        self.senders.push(cx.waker().clone());
        Poll::Pending
    }

    pub(super) const fn stall(&mut self) {
        self.stalled = true;
    }

    /// Lets the peer read what waits, and all that comes.
    pub(super) fn resume(&mut self) {
        self.stalled = false;
        self.bytes = 0;
        self.read.append(&mut self.waiting);
        self.wake_senders();
    }

    pub(super) fn close(&mut self) {
        self.closed = true;
        self.wake_senders();
    }

    fn wake_senders(&mut self) {
        self.senders.drain(..).for_each(|sender| wake(Some(sender)));
    }
}
