//! The bytes of one channel that wait to be written.

use crate::frame::Prefix;
use backplane_plugin::abi::Bytes;
use parking_lot::Mutex;
use std::io::IoSlice;
use std::task::{Context, Poll, Waker};

/// How much waits to be written.
#[derive(Debug, Clone, Copy)]
pub struct OutgoingLimits {
    /// From here on senders wait.
    pub high: usize,
    /// From here on a broadcast gives the peer up as too slow.
    pub max: usize,
}

impl Default for OutgoingLimits {
    fn default() -> Self {
        Self { high: 256 * 1024, max: 16 * 1024 * 1024 }
    }
}

/// What became of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Put {
    /// It waits to be written.
    Queued,
    /// There is no room.
    Full,
    /// Nothing is written any more.
    Closed,
}

/// Frames in the order in which they were queued: encoded ones back to back, large payloads as they are between them.
#[derive(Debug, Default)]
pub(super) struct Segments {
    encoded: Vec<u8>,
    /// Payloads, and how many encoded bytes precede each.
    shared: Vec<(usize, Bytes)>,
    len: usize,
}

/// The outgoing buffer of one channel.
#[derive(Debug)]
pub(super) struct Outgoing {
    limits: OutgoingLimits,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    segments: Segments,
    closed: bool,
    /// The writer, while it waits for something to write.
    writer: Option<Waker>,
    /// Senders that wait for room.
    senders: Vec<Waker>,
}

impl Outgoing {
    pub(super) fn new(limits: OutgoingLimits) -> Self {
        Self { limits, state: Mutex::default() }
    }

    /// Encodes a frame straight into the buffer, if there is room.
    pub(super) fn put(&self, prefix: &Prefix, payload: &[u8]) -> Put {
        self.put_with(self.limits.high, |segments| {
            let before = segments.encoded.len();
            prefix.put(&mut segments.encoded, payload);
            segments.len += segments.encoded.len() - before;
        })
    }

    /// Queues a frame whose payload is shared, unless the buffer has overflowed.
    pub(super) fn put_shared(&self, prefix: &Prefix, payload: &Bytes) -> Put {
        self.put_with(self.limits.max, |segments| {
            let before = segments.encoded.len();
            prefix.put_header(&mut segments.encoded, payload.len());
            segments.shared.push((segments.encoded.len(), payload.clone()));
            segments.len += segments.encoded.len() - before + payload.len();
        })
    }

    /// Like [`put`](Self::put), with the limit of a broadcast.
    pub(super) fn put_copied(&self, prefix: &Prefix, payload: &[u8]) -> Put {
        self.put_with(self.limits.max, |segments| {
            let before = segments.encoded.len();
            prefix.put(&mut segments.encoded, payload);
            segments.len += segments.encoded.len() - before;
        })
    }

    fn put_with(&self, limit: usize, append: impl FnOnce(&mut Segments)) -> Put {
        let mut state = self.state.lock();
        if state.closed {
            return Put::Closed;
        }
        if state.segments.len >= limit {
            return Put::Full;
        }
        append(&mut state.segments);
        let writer = state.writer.take();
        drop(state);
        if let Some(writer) = writer {
            writer.wake();
        }
        Put::Queued
    }

    /// Whether a sender would have to wait.
    pub(super) fn is_full(&self) -> bool {
        self.state.lock().segments.len >= self.limits.high
    }

    /// Ready when there is room, or nothing is written any more.
    pub(super) fn poll_room(&self, cx: &Context<'_>) -> Poll<()> {
        let mut state = self.state.lock();
        if state.closed || state.segments.len < self.limits.high {
            return Poll::Ready(());
        }
        state.senders.push(cx.waker().clone());
        Poll::Pending
    }

    /// Swaps everything that waits into `out`, which is empty. Ready(false): closed, and all has been taken.
    pub(super) fn poll_take(&self, cx: &Context<'_>, out: &mut Segments) -> Poll<bool> {
        let mut state = self.state.lock();
        if state.segments.len == 0 {
            if state.closed {
                return Poll::Ready(false);
            }
            state.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        std::mem::swap(&mut state.segments, out);
        let senders = std::mem::take(&mut state.senders);
        drop(state);
        senders.into_iter().for_each(Waker::wake);
        Poll::Ready(true)
    }

    /// Takes no more frames; those that wait are still written.
    pub(super) fn close(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        let writer = state.writer.take();
        let senders = std::mem::take(&mut state.senders);
        drop(state);
        senders.into_iter().chain(writer).for_each(Waker::wake);
    }
}

/// The buffer keeps this much between writes.
const KEPT_BYTES: usize = 4 * 1024;

impl Segments {
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Forgets everything; a large buffer is given back.
    pub(super) fn clear(&mut self) {
        if self.encoded.capacity() > KEPT_BYTES {
            self.encoded = Vec::new();
        }
        self.encoded.clear();
        self.shared.clear();
        self.len = 0;
    }

    /// What is left to write after the first `written` bytes, as far as it fits into `slices`; how many were filled.
    pub(super) fn slices<'a>(&'a self, written: usize, slices: &mut [IoSlice<'a>]) -> usize {
        let mut skip = written;
        let mut filled = 0;
        for part in self.parts() {
            let Some(slot) = slices.get_mut(filled) else { break };
            let used = skip.min(part.len());
            skip -= used;
            if let Some(rest) = part.get(used..).filter(|rest| !rest.is_empty()) {
                *slot = IoSlice::new(rest);
                filled += 1;
            }
        }
        filled
    }

    fn parts(&self) -> impl Iterator<Item = &[u8]> {
        let ends = self.shared.iter().map(|(end, _)| *end).chain([self.encoded.len()]);
        let starts = [0].into_iter().chain(self.shared.iter().map(|(end, _)| *end));
        let encoded = starts.zip(ends).map(|(start, end)| self.encoded.get(start..end).unwrap_or_default());
        let shared = self.shared.iter().map(|(_, payload)| &**payload).chain([&[][..]]);
        encoded.zip(shared).flat_map(|(encoded, shared)| [encoded, shared])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(command: &str) -> Prefix {
        Prefix::new([1, 2, 3, 4], command)
    }

    fn take(outgoing: &Outgoing) -> Segments {
        let mut out = Segments::default();
        let cx = Context::from_waker(Waker::noop());
        assert_eq!(outgoing.poll_take(&cx, &mut out), Poll::Ready(true));
        out
    }

    fn bytes(segments: &Segments, written: usize) -> Vec<u8> {
        let mut slices = [IoSlice::new(&[]); 8];
        let filled = segments.slices(written, &mut slices);
        slices[..filled].iter().flat_map(|slice| slice.to_vec()).collect()
    }

    #[test]
    fn shared_payloads_stand_where_they_were_queued() {
        let outgoing = Outgoing::new(OutgoingLimits::default());
        outgoing.put(&prefix("a"), b"one");
        outgoing.put_shared(&prefix("b"), &Bytes::from(b"two".to_vec()));
        outgoing.put(&prefix("c"), b"three");
        let mut whole = Vec::new();
        for (command, payload) in [("a", &b"one"[..]), ("b", b"two"), ("c", b"three")] {
            prefix(command).put(&mut whole, payload);
        }
        let segments = take(&outgoing);
        assert_eq!(segments.len(), whole.len());
        for written in 0..=whole.len() {
            assert_eq!(bytes(&segments, written), whole[written..]);
        }
    }

    #[test]
    fn is_full_above_the_mark_and_takes_no_more() {
        let outgoing = Outgoing::new(OutgoingLimits { high: 20, max: 40 });
        assert_eq!(outgoing.put(&prefix("a"), &[0; 20]), Put::Queued);
        assert_eq!(outgoing.put(&prefix("a"), &[0; 1]), Put::Full);
        assert_eq!(outgoing.put_copied(&prefix("a"), &[0; 20]), Put::Queued);
        assert_eq!(outgoing.put_copied(&prefix("a"), &[0; 1]), Put::Full);
        take(&outgoing);
        assert_eq!(outgoing.put(&prefix("a"), &[0; 1]), Put::Queued);
    }

    #[test]
    fn what_waits_is_written_after_the_close() {
        let outgoing = Outgoing::new(OutgoingLimits::default());
        outgoing.put(&prefix("a"), b"one");
        outgoing.close();
        assert_eq!(outgoing.put(&prefix("a"), b"two"), Put::Closed);
        assert!(bytes(&take(&outgoing), 0).ends_with(b"one"));
        let cx = Context::from_waker(Waker::noop());
        assert_eq!(outgoing.poll_take(&cx, &mut Segments::default()), Poll::Ready(false));
    }
}
