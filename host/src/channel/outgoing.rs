//! The bytes of one channel that wait to be written.

use crate::frame::Prefix;
use crate::ledger::{Budget, Holding};
use backplane_plugin::abi::{Bytes, Part};
use parking_lot::Mutex;
use std::io::IoSlice;
use std::sync::Arc;
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
    messages: usize,
}

/// The outgoing buffer of one channel.
#[derive(Debug)]
pub(super) struct Outgoing {
    limits: OutgoingLimits,
    /// The node's memory.
    budget: Arc<Budget>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    segments: Segments,
    /// Bytes that the writer has taken and not written.
    taken: usize,
    /// What the node's memory has been told of both.
    holding: Holding,
    closed: bool,
    /// The writer, while it waits for something to write.
    writer: Option<Waker>,
    /// Senders that wait for room.
    senders: Vec<Waker>,
}

impl Outgoing {
    pub(super) fn new(limits: OutgoingLimits, budget: Arc<Budget>) -> Self {
        Self { limits, budget, state: Mutex::default() }
    }

    /// Encodes a frame straight into the buffer, if there is room.
    pub(super) fn put(&self, prefix: &Prefix, payload: Payload<'_>) -> Put {
        self.put_with(self.limits.high, |segments| segments.add(prefix, payload))
    }

    /// Like [`put`](Self::put), unless the buffer has overflowed: for what goes to many channels and cannot wait.
    pub(super) fn put_at_once(&self, prefix: &Prefix, payload: Payload<'_>) -> Put {
        self.put_with(self.limits.max, |segments| segments.add(prefix, payload))
    }

    /// Encodes frames as long as there is room: how many, and what became of the next one.
    pub(super) fn put_many(&self, prefix: &Prefix, payloads: &[u8], lengths: &[u32]) -> (usize, Put) {
        let (mut taken, mut rest) = (0, payloads);
        let put = self.put_with(self.limits.high, |segments| {
            segments.encoded.reserve(payloads.len() + lengths.len() * prefix.frame_bytes());
            for length in lengths {
                let Some((bytes, others)) = rest.split_at_checked(*length as usize) else { return };
                if segments.len >= self.limits.high {
                    return;
                }
                segments.add(prefix, Payload { bytes, parts: &[] });
                (taken, rest) = (taken + 1, others);
            }
        });
        (taken, if put == Put::Queued && taken < lengths.len() { Put::Full } else { put })
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
        self.tell(&mut state);
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
        // A sender that is polled again while it waits is woken once.
        if !state.senders.iter().any(|sender| sender.will_wake(cx.waker())) {
            state.senders.push(cx.waker().clone());
        }
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
        state.taken = out.len;
        let senders = std::mem::take(&mut state.senders);
        drop(state);
        senders.into_iter().for_each(Waker::wake);
        Poll::Ready(true)
    }

    /// What the writer has taken is written.
    pub(super) fn written(&self) {
        let mut state = self.state.lock();
        state.taken = 0;
        self.tell(&mut state);
    }

    /// How many bytes wait to be written.
    pub(super) fn held(&self) -> usize {
        let state = self.state.lock();
        state.segments.len + state.taken
    }

    fn tell(&self, state: &mut State) {
        let held = state.segments.len + state.taken;
        self.budget.tell(&mut state.holding, held);
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

impl Drop for Outgoing {
    fn drop(&mut self) {
        self.budget.tell(&mut self.state.get_mut().holding, 0);
    }
}

/// The buffer keeps this much between writes.
const KEPT_BYTES: usize = 4 * 1024;

/// A payload as a protocol hands it over.
#[derive(Debug, Clone, Copy)]
pub struct Payload<'a> {
    /// Its bytes, but for those of `parts`.
    pub bytes: &'a [u8],
    /// Large parts that need not be copied, in the order of their places between the bytes.
    pub parts: &'a [Part],
}

impl<'a> From<&'a [u8]> for Payload<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self { bytes, parts: &[] }
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Payload<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        Self { bytes, parts: &[] }
    }
}

impl Payload<'_> {
    /// The size of the whole.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len() + self.parts.iter().map(|part| part.bytes.len()).sum::<usize>()
    }

    /// Whether it is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Segments {
    /// Appends a frame.
    #[inline]
    fn add(&mut self, prefix: &Prefix, payload: Payload<'_>) {
        let before = self.encoded.len();
        if payload.parts.is_empty() {
            prefix.put(&mut self.encoded, payload.bytes);
        } else {
            self.add_parts(prefix, payload);
        }
        self.len += self.encoded.len() - before;
        self.messages += 1;
    }

    fn add_parts(&mut self, prefix: &Prefix, payload: Payload<'_>) {
        prefix.put_header(&mut self.encoded, payload.len());
        let mut rest = payload.bytes;
        let mut placed = 0;
        for part in payload.parts {
            let (before, after) =
                rest.split_at_checked(part.at.saturating_sub(placed)).unwrap_or((rest, &[]));
            self.encoded.extend_from_slice(before);
            self.shared.push((self.encoded.len(), part.bytes.clone()));
            self.len += part.bytes.len();
            (rest, placed) = (after, placed + before.len());
        }
        self.encoded.extend_from_slice(rest);
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    pub(super) const fn messages(&self) -> usize {
        self.messages
    }

    /// Forgets everything; a large buffer is given back.
    pub(super) fn clear(&mut self) {
        if self.encoded.capacity() > KEPT_BYTES {
            self.encoded = Vec::new();
        }
        self.encoded.clear();
        self.shared.clear();
        (self.len, self.messages) = (0, 0);
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
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

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
        let outgoing = Outgoing::new(OutgoingLimits::default(), Arc::default());
        outgoing.put(&prefix("a"), b"one".into());
        let part = Part { at: 1, bytes: Bytes::from(b"w".to_vec()) };
        outgoing.put(&prefix("b"), Payload { bytes: b"to", parts: &[part] });
        outgoing.put(&prefix("c"), b"three".into());
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
        let outgoing = Outgoing::new(OutgoingLimits { high: 20, max: 40 }, Arc::default());
        assert_eq!(outgoing.put(&prefix("a"), (&[0; 20]).into()), Put::Queued);
        assert_eq!(outgoing.put(&prefix("a"), (&[0; 1]).into()), Put::Full);
        assert_eq!(outgoing.put_at_once(&prefix("a"), (&[0; 20]).into()), Put::Queued);
        assert_eq!(outgoing.put_at_once(&prefix("a"), (&[0; 1]).into()), Put::Full);
        take(&outgoing);
        assert_eq!(outgoing.put(&prefix("a"), (&[0; 1]).into()), Put::Queued);
    }

    #[derive(Default)]
    struct Wakes(AtomicUsize);

    impl Wake for Wakes {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn each_sender_is_woken_once_however_often_it_looked_for_room() {
        let outgoing = Outgoing::new(OutgoingLimits { high: 1, max: 1 }, Arc::default());
        outgoing.put(&prefix("a"), b"one".into());
        let senders = [Arc::new(Wakes::default()), Arc::new(Wakes::default())];
        for _ in 0..3 {
            for sender in &senders {
                let waker = Waker::from(Arc::clone(sender));
                assert_eq!(outgoing.poll_room(&Context::from_waker(&waker)), Poll::Pending);
            }
        }
        take(&outgoing);
        assert_eq!(senders.map(|sender| sender.0.load(Ordering::Relaxed)), [1, 1]);
    }

    #[test]
    fn what_waits_is_written_after_the_close() {
        let outgoing = Outgoing::new(OutgoingLimits::default(), Arc::default());
        outgoing.put(&prefix("a"), b"one".into());
        outgoing.close();
        assert_eq!(outgoing.put(&prefix("a"), b"two".into()), Put::Closed);
        assert!(bytes(&take(&outgoing), 0).ends_with(b"one"));
        let cx = Context::from_waker(Waker::noop());
        assert_eq!(outgoing.poll_take(&cx, &mut Segments::default()), Poll::Ready(false));
    }
}
