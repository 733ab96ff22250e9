//! The bytes of one channel that wait to be written.

use super::segments::{Payload, Segments};
use super::shares::Shares;
use crate::ledger::{Budget, Holding};
use crate::message::Dispatcher;
use parking_lot::Mutex;
use std::collections::BTreeMap;
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
    /// Whose they are.
    shares: Shares,
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
    pub(super) fn put(&self, command: &Dispatcher, payload: Payload<'_>) -> Put {
        self.put_with(self.limits.high, command, |segments| segments.add(command.prefix(), payload))
    }

    /// Like [`put`](Self::put), unless the buffer has overflowed: for what goes to many channels and cannot wait.
    pub(super) fn put_at_once(&self, command: &Dispatcher, payload: Payload<'_>) -> Put {
        self.put_with(self.limits.max, command, |segments| segments.add(command.prefix(), payload))
    }

    /// Encodes frames as long as there is room: how many, and what became of the next one.
    pub(super) fn put_many(&self, command: &Dispatcher, payloads: &[u8], lengths: &[u32]) -> (usize, Put) {
        let (mut taken, high) = (0, self.limits.high);
        let put = self.put_with(high, command, |segments| {
            taken = segments.add_many(command.prefix(), payloads, lengths, high);
        });
        (taken, if put == Put::Queued && taken < lengths.len() { Put::Full } else { put })
    }

    fn put_with(&self, limit: usize, command: &Dispatcher, append: impl FnOnce(&mut Segments)) -> Put {
        let mut state = self.state.lock();
        // Asked under the lock: what is queued after a command was closed does not come after it.
        if state.closed || !command.is_open() {
            return Put::Closed;
        }
        if state.segments.len() >= limit {
            return Put::Full;
        }
        let before = state.segments.len();
        append(&mut state.segments);
        let grown = state.segments.len() - before;
        state.shares.add(&command.info().protocol, grown);
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
        self.state.lock().segments.len() >= self.limits.high
    }

    /// Ready when there is room, or nothing is written any more.
    pub(super) fn poll_room(&self, cx: &Context<'_>) -> Poll<()> {
        let mut state = self.state.lock();
        if state.closed || state.segments.len() < self.limits.high {
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
        if state.segments.len() == 0 {
            if state.closed {
                return Poll::Ready(false);
            }
            state.writer = Some(cx.waker().clone());
            state.segments.rest(out);
            return Poll::Pending;
        }
        std::mem::swap(&mut state.segments, out);
        state.taken = out.len();
        state.shares.take();
        let senders = std::mem::take(&mut state.senders);
        drop(state);
        senders.into_iter().for_each(Waker::wake);
        Poll::Ready(true)
    }

    /// What the writer has taken is written.
    pub(super) fn written(&self) {
        let mut state = self.state.lock();
        state.taken = 0;
        state.shares.written();
        self.tell(&mut state);
    }

    /// How many bytes of each protocol wait, with those that wait elsewhere.
    pub(super) fn held_beside(&self, mut held: BTreeMap<Arc<str>, usize>) -> BTreeMap<Arc<str>, usize> {
        self.state.lock().shares.sum(&mut held);
        held
    }

    fn tell(&self, state: &mut State) {
        let held = state.segments.len() + state.taken;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Prefix;
    use crate::message::{Command, CommandInfo, MessageSubsystem, QueueLimits};
    use backplane_plugin::Metering;
    use backplane_plugin::abi::{Bytes, Part};
    use std::io::IoSlice;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    const MAGIC: [u8; 4] = [1, 2, 3, 4];

    fn prefix(command: &str) -> Prefix {
        Prefix::new(MAGIC, command)
    }

    /// A command that may be sent.
    fn command(name: &str) -> Arc<Dispatcher> {
        let messages = MessageSubsystem::new(QueueLimits::default(), &Arc::default());
        let info = CommandInfo {
            name: name.into(),
            protocol: "test".into(),
            max_bytes: u64::MAX,
            metering: Metering::NONE,
            check: None,
        };
        let command = messages.add(&Command::new(MAGIC, info)).unwrap();
        messages.open_protocol("test");
        command
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
        outgoing.put(&command("a"), b"one".into());
        let part = Part { at: 1, bytes: Bytes::from(b"w".to_vec()) };
        outgoing.put(&command("b"), Payload { bytes: b"to", parts: &[part] });
        outgoing.put(&command("c"), b"three".into());
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
        assert_eq!(outgoing.put(&command("a"), (&[0; 20]).into()), Put::Queued);
        assert_eq!(outgoing.put(&command("a"), (&[0; 1]).into()), Put::Full);
        assert_eq!(outgoing.put_at_once(&command("a"), (&[0; 20]).into()), Put::Queued);
        assert_eq!(outgoing.put_at_once(&command("a"), (&[0; 1]).into()), Put::Full);
        take(&outgoing);
        assert_eq!(outgoing.put(&command("a"), (&[0; 1]).into()), Put::Queued);
    }

    #[test]
    fn many_are_taken_while_there_is_room_and_lie_there_as_if_each_had_come_alone() {
        let command = command("a command");
        let lengths = [0, 1, 16, 31, 32, 33, 100, 253, 5];
        let payloads: Vec<u8> = (0..lengths.iter().sum()).map(|at| u8::try_from(at % 251).unwrap()).collect();
        for high in [1, 20, 60, 100, 300, 1000] {
            let [many, alone] =
                [0; 2].map(|_| Outgoing::new(OutgoingLimits { high, max: 2000 }, Arc::default()));
            // Behind a part that is shared, as behind anything else.
            let part = || Part { at: 0, bytes: Bytes::from(b"shared".to_vec()) };
            let first = [part()];
            for outgoing in [&many, &alone] {
                outgoing.put(&command, Payload { bytes: b"", parts: &first });
            }
            let (mut rest, mut expected) = (payloads.as_slice(), (0, Put::Queued));
            for length in lengths {
                let (payload, others) = rest.split_at(length as usize);
                expected.1 = alone.put(&command, payload.into());
                if expected.1 == Put::Full {
                    break;
                }
                (rest, expected.0) = (others, expected.0 + 1);
            }
            assert_eq!(many.put_many(&command, &payloads, &lengths), expected, "room for {high}");
            let [many, alone] = [take(&many), take(&alone)];
            assert_eq!((many.len(), many.messages()), (alone.len(), alone.messages()));
            assert_eq!(bytes(&many, 0), bytes(&alone, 0));
        }
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
        outgoing.put(&command("a"), b"one".into());
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
    fn buffers_are_kept_while_there_is_something_to_write_and_given_back_then() {
        let outgoing = Outgoing::new(OutgoingLimits::default(), Arc::default());
        let cx = Context::from_waker(Waker::noop());
        let mut out = Segments::default();
        for _ in 0..2 {
            outgoing.put(&command("a"), (&[0; 100_000]).into());
            assert_eq!(outgoing.poll_take(&cx, &mut out), Poll::Ready(true));
            out.clear();
            outgoing.written();
        }
        let held = |out: &Segments| [out.capacity(), outgoing.state.lock().segments.capacity()];
        assert!(held(&out).iter().all(|bytes| *bytes >= 100_000));
        assert_eq!(outgoing.poll_take(&cx, &mut out), Poll::Pending);
        assert_eq!(held(&out), [0, 0]);
    }

    #[test]
    fn one_buffer_for_small_messages_is_kept_and_goes_back_and_forth() {
        let outgoing = Outgoing::new(OutgoingLimits::default(), Arc::default());
        let cx = Context::from_waker(Waker::noop());
        let mut out = Segments::default();
        let mut buffers = std::collections::BTreeSet::new();
        for _ in 0..10 {
            outgoing.put(&command("a"), (&[0; 100]).into());
            assert_eq!(outgoing.poll_take(&cx, &mut out), Poll::Ready(true));
            out.clear();
            outgoing.written();
            assert_eq!(outgoing.poll_take(&cx, &mut out), Poll::Pending);
            let kept = outgoing.state.lock().segments.capacity();
            buffers.insert((out.capacity(), kept));
        }
        let [(0, kept)] = buffers.into_iter().collect::<Vec<_>>()[..] else { panic!("buffers come and go") };
        assert!(kept > 100);
    }

    #[test]
    fn what_waits_is_written_after_the_close() {
        let outgoing = Outgoing::new(OutgoingLimits::default(), Arc::default());
        outgoing.put(&command("a"), b"one".into());
        outgoing.close();
        assert_eq!(outgoing.put(&command("a"), b"two".into()), Put::Closed);
        assert!(bytes(&take(&outgoing), 0).ends_with(b"one"));
        let cx = Context::from_waker(Waker::noop());
        assert_eq!(outgoing.poll_take(&cx, &mut Segments::default()), Poll::Ready(false));
    }
}
