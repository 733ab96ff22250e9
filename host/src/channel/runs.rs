//! The frames of one read, sorted by command.

use super::CloseReason;
use crate::message::{Dispatcher, MessageSubsystem, Run};
use backplane_plugin::abi::{Bytes, FrameRange};
use bytes::BytesMut;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// The frames of one read, sorted by command. Empty between reads; the memory is used again while the peer sends.
#[derive(Debug, Default)]
pub(super) struct Runs {
    /// Each where its dispatcher's slot says.
    runs: Vec<RunOf>,
    /// Those with a subscription that was full after it got its payloads.
    full: Vec<Arc<Dispatcher>>,
}

/// The frames of one command.
#[derive(Debug)]
pub(super) struct RunOf {
    dispatcher: Arc<Dispatcher>,
    frames: Vec<FrameRange>,
    /// How many frames there are, also after they were handed on.
    messages: usize,
    payload_bytes: usize,
}

/// A run keeps room for this many frames between reads.
const KEPT_FRAMES: usize = 32;
/// Room for at most so many frames is made at once.
const MOST_FORESEEN: usize = 16 * 1024;

impl Runs {
    /// The run of a dispatcher, which may be a new one.
    pub(super) fn of(&mut self, dispatcher: &Arc<Dispatcher>) -> &mut RunOf {
        let mut slot = dispatcher.slot();
        if !self.runs.get(slot).is_some_and(|run| Arc::ptr_eq(&run.dispatcher, dispatcher)) {
            slot = self.runs.len();
            dispatcher.set_slot(slot);
            // Most reads have one command.
            if self.runs.is_empty() {
                self.runs.reserve_exact(1);
            }
            let dispatcher = Arc::clone(dispatcher);
            self.runs.push(RunOf { dispatcher, frames: Vec::new(), messages: 0, payload_bytes: 0 });
        }
        &mut self.runs[slot]
    }

    /// Gives every dispatcher its payloads out of `block`.
    ///
    /// A run that is a large part of what a `read` takes shares the memory of the block; the payloads of a smaller one
    /// are copied out of it, so that what a subscriber keeps for long never holds many times its own size.
    pub(super) fn dispatch(&mut self, block: BytesMut, read: usize) -> Result<(), CloseReason> {
        let copied: Vec<_> =
            self.runs.iter().map(|run| (run.payload_bytes < read / 8).then(|| run.compact(&block))).collect();
        let shared = if copied.iter().all(Option::is_some) {
            Bytes::new()
        } else {
            Bytes::from_owner(Arc::new(block.freeze()))
        };
        for (run, copied) in self.runs.iter_mut().zip(copied).filter(|(run, _)| run.messages > 0) {
            let (bytes, frames) = copied.unwrap_or_else(|| (shared.clone(), std::mem::take(&mut run.frames)));
            let run_of = Run { bytes, frames, payload_bytes: run.payload_bytes };
            let full = run.dispatcher.dispatch(run_of).map_err(|_| run.malformed())?;
            if full && !self.full.iter().any(|other| Arc::ptr_eq(other, &run.dispatcher)) {
                self.full.push(Arc::clone(&run.dispatcher));
            }
        }
        Ok(())
    }

    /// Records the payloads with the metering of their commands: how long to rest before the next read.
    pub(super) fn meter(
        &self,
        messages: &MessageSubsystem,
        now: impl Fn() -> Instant,
    ) -> Result<Duration, CloseReason> {
        let mut delay = Duration::ZERO;
        for run in self.runs.iter().filter(|run| run.dispatcher.info().metering.is_on()) {
            let metered = messages.meter_received(&run.dispatcher, run.messages, now());
            delay = delay.max(
                metered
                    .map_err(|over| CloseReason::OverBudget { points: over.points, budget: over.budget })?,
            );
        }
        Ok(delay)
    }

    /// How many payloads there are.
    pub(super) fn frames(&self) -> usize {
        self.runs.iter().map(|run| run.frames.len()).sum()
    }

    /// Forgets the frames: the next ones lie in another block.
    pub(super) fn forget(&mut self) {
        self.runs.retain(|run| run.messages > 0);
        for (slot, run) in self.runs.iter_mut().enumerate() {
            run.dispatcher.set_slot(slot);
            run.frames.clear();
            run.frames.shrink_to(KEPT_FRAMES);
            (run.messages, run.payload_bytes) = (0, 0);
        }
    }

    /// How many frames there are.
    pub(super) fn messages(&self) -> usize {
        self.runs.iter().map(|run| run.messages).sum()
    }

    /// The dispatchers with a full subscription since the last call.
    pub(super) fn take_full(&mut self) -> Vec<Arc<Dispatcher>> {
        std::mem::take(&mut self.full)
    }
}

impl RunOf {
    /// Adds one payload.
    #[inline]
    pub(super) fn add(&mut self, payload: Range<usize>) {
        let bytes = payload.len();
        let (Ok(start), Ok(len)) = (u32::try_from(payload.start), u32::try_from(bytes)) else { return };
        self.frames.push(FrameRange { start, len });
        self.messages += 1;
        self.payload_bytes += bytes;
    }

    /// How many frames it has.
    pub(super) const fn count(&self) -> usize {
        self.frames.len()
    }

    /// Adds the payloads of all frames from `position` on that are of the same command, whole, and of usual length: where the first
    /// other one begins. A stream is cut in here, with nothing to look up for a frame.
    pub(super) fn add_alike(&mut self, buffer: &[u8], mut position: usize) -> usize {
        let max = self.dispatcher.info().max_bytes;
        let (before, mut payload_bytes) = (self.frames.len(), 0);
        loop {
            let rest = buffer.get(position..).unwrap_or_default();
            let Some((header_len, length)) = self.dispatcher.prefix().match_usual(rest) else { break };
            let frame = header_len + usize::from(length);
            let Ok(start) = u32::try_from(position + header_len) else { break };
            if u64::from(length) > max || frame > rest.len() {
                break;
            }
            if self.frames.len() == self.frames.capacity() {
                self.frames.reserve((rest.len() / frame).min(MOST_FORESEEN));
            }
            self.frames.push(FrameRange { start, len: length.into() });
            payload_bytes += usize::from(length);
            position += frame;
        }
        self.messages += self.frames.len() - before;
        self.payload_bytes += payload_bytes;
        position
    }

    /// The payloads alone, one after the other.
    fn compact(&self, block: &[u8]) -> (Bytes, Vec<FrameRange>) {
        let mut bytes = Vec::with_capacity(self.payload_bytes);
        let frames = self.frames.iter().map(|range| {
            let start = range.start as usize;
            let payload = block.get(start..start + range.len as usize).unwrap_or_default();
            let moved = FrameRange { start: u32::try_from(bytes.len()).unwrap_or(u32::MAX), len: range.len };
            bytes.extend_from_slice(payload);
            moved
        });
        let frames = frames.collect();
        (bytes.into(), frames)
    }

    fn malformed(&self) -> CloseReason {
        let info = self.dispatcher.info();
        CloseReason::Misbehaved {
            protocol: Arc::clone(&info.protocol),
            what: format!("a malformed {}", info.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Command, CommandInfo, QueueLimits, Subscription};
    use backplane_plugin::Metering;
    use backplane_plugin::abi::ChunkList;
    use std::task::{Context, Waker};

    fn dispatcher(messages: &MessageSubsystem, name: &str) -> Arc<Dispatcher> {
        let info = CommandInfo {
            name: name.into(),
            protocol: "test".into(),
            max_bytes: 100,
            metering: Metering::NONE,
            check: None,
        };
        messages.add(&Command::new([0; 4], info)).unwrap()
    }

    fn collected(runs: &Runs) -> Vec<(String, Vec<u32>)> {
        let starts = |run: &RunOf| run.frames.iter().map(|range| range.start).collect();
        runs.runs.iter().map(|run| (run.dispatcher.info().name.to_string(), starts(run))).collect()
    }

    #[test]
    fn frames_are_sorted_by_command_whichever_commands_the_reads_before_had() {
        let messages = MessageSubsystem::new(QueueLimits::default(), &Arc::default());
        let [a, b, c] = ["a", "b", "c"].map(|name| dispatcher(&messages, name));
        let mut runs = Runs::default();
        for (at, command) in [&a, &b, &c, &b, &a].into_iter().enumerate() {
            runs.of(command).add(at..at + 1);
        }
        let [of_a, of_b, of_c] = [("a", vec![0, 4]), ("b", vec![1, 3]), ("c", vec![2])];
        assert_eq!(collected(&runs), [of_a, of_b, of_c].map(|(name, at)| (name.to_owned(), at)));
        // All are kept for one read more, and then only those that had frames.
        runs.forget();
        runs.of(&c).add(5..6);
        runs.of(&b).add(6..7);
        runs.forget();
        for (at, command) in [&a, &c, &b, &a].into_iter().enumerate() {
            runs.of(command).add(at..at + 1);
        }
        let expected = [("b", vec![2]), ("c", vec![1]), ("a", vec![0, 3])];
        assert_eq!(collected(&runs), expected.map(|(name, at)| (name.to_owned(), at)));
    }
    #[test]
    fn frames_alike_are_taken_as_far_as_they_are_whole_and_not_too_long() {
        let messages = MessageSubsystem::new(QueueLimits::default(), &Arc::default());
        let (a, b) = (dispatcher(&messages, "a"), dispatcher(&messages, "b"));
        let frames = |payloads: &[&[u8]]| {
            let mut out = Vec::new();
            payloads.iter().for_each(|payload| a.prefix().put(&mut out, payload));
            out
        };
        let alike = frames(&[b"one", b"", b"three"]);
        let starts = [7, 17, 24];
        let mut other = Vec::new();
        b.prefix().put(&mut other, b"x");
        // Commands of a test have at most 100 bytes.
        for rest in [&[][..], &alike[..6], &frames(&[b"cut off"])[..13], &frames(&[&[0; 101]]), &other] {
            let mut runs = Runs::default();
            let buffer = [&alike, rest].concat();
            assert_eq!(runs.of(&a).add_alike(&buffer, 0), alike.len(), "before {rest:?}");
            assert_eq!(collected(&runs), [("a".to_owned(), starts.to_vec())]);
            assert_eq!((runs.messages(), runs.of(&a).payload_bytes), (3, 8));
        }
    }

    #[test]
    fn a_command_that_a_read_did_not_have_is_not_dispatched() {
        let messages = MessageSubsystem::new(QueueLimits::default(), &Arc::default());
        let [a, b] = ["a", "b"].map(|name| dispatcher(&messages, name));
        let [of_a, of_b] = [&a, &b].map(|command| command.subscribe());
        let mut runs = Runs::default();
        for commands in [&[&a, &b][..], &[&b]] {
            commands.iter().for_each(|command| runs.of(command).add(0..1));
            runs.dispatch(BytesMut::from(&b"x"[..]), 1024).unwrap();
            runs.forget();
        }
        let received = |subscription: &Subscription| {
            let mut chunks = ChunkList::new();
            let _ = subscription.poll_receive(&mut Context::from_waker(Waker::noop()), &mut chunks);
            chunks.iter().map(|chunk| chunk.frames.len()).collect::<Vec<_>>()
        };
        assert_eq!((received(&of_a), received(&of_b)), (vec![1], vec![1, 1]));
    }
}
