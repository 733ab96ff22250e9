//! The reader of one channel: cuts frames out of what it read, and hands them on by command.

use super::begun::Begun;
use super::pace::Pace;
use super::rest::Rest;
use super::runs::Runs;
use super::{Channel, CloseReason, PaceLimits};
use crate::clock;
use crate::frame::{self, Header};
use crate::message::{Dispatcher, MessageSubsystem};
use crate::transport::{Intake, Source};
use bytes::{Buf, BytesMut};
use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::timeout_at;

/// What a read brings at most, when the peer sends all the time.
const MOST_READ: usize = 512 * 1024;

/// Reads until the stream ends or the peer breaks a rule: why the channel ends.
pub(super) async fn run(stream: impl Source, channel: &Channel) -> CloseReason {
    let mut reader = Reader {
        stream,
        buffer: BytesMut::new(),
        intake: Intake::new(MOST_READ),
        runs: Runs::default(),
        known: None,
        unknown: Unknown::default(),
        pace: Pace::default(),
        begun: Begun::default(),
        channel,
    };
    loop {
        let rest = match reader.fill().await.and_then(|bytes| reader.receive(bytes)) {
            Ok(rest) => rest,
            Err(reason) => return reason,
        };
        if rest.is_none() {
            continue;
        }
        let before = clock::now();
        // Boxed, so that a channel that need not rest takes no memory for it.
        if let Err(reason) = Box::pin(rest.wait(channel.limits.slow_consumer_timeout)).await {
            return reason;
        }
        reader.begun.rested(clock::now() - before);
    }
}

struct Reader<'a, R> {
    stream: R,
    /// What was read and is not a whole frame yet.
    buffer: BytesMut,
    intake: Intake,
    runs: Runs,
    known: Known,
    unknown: Unknown,
    pace: Pace,
    begun: Begun,
    channel: &'a Channel,
}

/// The dispatcher of the last frame, and the generation of the table it was found in.
type Known = Option<(u64, Arc<Dispatcher>)>;

/// Frames with commands that nobody knows.
#[derive(Default)]
struct Unknown {
    /// How many there were.
    count: u32,
    /// How many bytes of the last one's payload are still to be passed over.
    skip: u64,
}

/// Why no further frame can be cut now.
enum Stop {
    /// The next frame has not arrived in full.
    Incomplete,
    /// The next frame's command is unknown.
    Unknown { name: String, header_len: usize, payload_len: u64 },
    /// The next frame breaks a rule.
    Bad(CloseReason),
}

impl<R: Source> Reader<'_, R> {
    /// Reads what is there, at least a byte. While nothing is there, no memory is held; the rest of a frame that has
    /// begun is waited for until its deadline.
    async fn fill(&mut self) -> Result<usize, CloseReason> {
        let read = match poll_fn(|cx| Poll::Ready(self.poll_fill(cx))).await {
            Poll::Ready(read) => read,
            Poll::Pending if self.buffer.is_empty() && self.unknown.skip == 0 => {
                poll_fn(|cx| self.poll_fill(cx)).await
            }
            Poll::Pending => {
                let deadline = self.begun.deadline(self.channel.limits.frame, clock::now());
                // Boxed, so that a channel that waits for nothing takes no memory for a timer.
                let read = Box::pin(timeout_at(deadline, poll_fn(|cx| self.poll_fill(cx)))).await;
                read.map_err(|_| CloseReason::Unfinished)?
            }
        };
        match read {
            Ok(0) => Err(CloseReason::PeerClosed),
            Ok(bytes) => Ok(bytes),
            Err(error) => Err(CloseReason::Broken(error.kind())),
        }
    }

    /// Reads what is there now.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let read = self.intake.poll(&mut self.stream, cx, &mut self.buffer);
        if read.is_pending() && self.buffer.is_empty() {
            self.runs = Runs::default();
        }
        read
    }

    /// Hands on all whole frames: what has to be waited for before more is read.
    fn receive(&mut self, read: usize) -> Result<Rest, CloseReason> {
        let mut delay = self.keep_pace(read);
        self.begun.arrived(read);
        loop {
            self.pass_over();
            let (consumed, stop) = self.cut();
            delay = delay.max(self.hand_on(consumed)?);
            match stop {
                Stop::Incomplete => break,
                Stop::Bad(reason) => return Err(reason),
                Stop::Unknown { name, header_len, payload_len } => {
                    self.buffer.advance(header_len);
                    self.note_unknown(name, payload_len)?;
                }
            }
        }
        Ok(Rest { full: self.runs.take_full(), delay })
    }

    /// Counts what was read: how long its speed wants the channel to rest.
    fn keep_pace(&mut self, bytes: usize) -> Duration {
        let (traffic, limits) = (&self.channel.traffic, self.channel.limits.pace);
        traffic.read(bytes);
        if limits == PaceLimits::default() {
            return Duration::ZERO;
        }
        self.pace.rest(limits, bytes, traffic.worked().time(), clock::now())
    }

    /// Passes over the payload of an unknown command as far as it has arrived.
    fn pass_over(&mut self) {
        if self.unknown.skip == 0 {
            return;
        }
        let here = usize::try_from(self.unknown.skip).unwrap_or(usize::MAX).min(self.buffer.len());
        self.buffer.advance(here);
        self.unknown.skip -= here as u64;
        if self.unknown.skip == 0 {
            self.begun.finished();
        }
    }

    fn note_unknown(&mut self, name: String, payload_len: u64) -> Result<(), CloseReason> {
        tracing::debug!(command = name, bytes = payload_len, "passing over an unknown command");
        self.unknown.count = self.unknown.count.saturating_add(1);
        self.unknown.skip = payload_len;
        self.begun.finished();
        match self.channel.limits.unknown_commands {
            Some(allowed) if self.unknown.count > allowed => {
                Err(CloseReason::UnknownCommands { count: self.unknown.count, last: name })
            }
            _ => Ok(()),
        }
    }

    /// Sorts the whole frames at the front of the buffer by command: how many bytes they are, and what comes then.
    fn cut(&mut self) -> (usize, Stop) {
        let mut position = 0;
        if self.unknown.skip > 0 {
            return (0, Stop::Incomplete);
        }
        // Looked at once for all that was read.
        let watched = self.channel.events.is_on();
        loop {
            let rest = self.buffer.get(position..).unwrap_or_default();
            let header = match frame::header(rest, self.channel.magic) {
                Ok(Some(header)) => header,
                Ok(None) => return (position, Stop::Incomplete),
                Err(error) => return (position, Stop::Bad(CloseReason::BadFrame(error))),
            };
            let Some(dispatcher) = find(&mut self.known, &self.channel.messages, header.command) else {
                return (position, unknown(&header));
            };
            let max = dispatcher.info().max_bytes;
            if header.payload_len > max {
                let command = Arc::clone(&dispatcher.info().name);
                return (
                    position,
                    Stop::Bad(CloseReason::TooLarge { command, bytes: header.payload_len, max }),
                );
            }
            let start = position + header.header_len;
            let Some(end) = end_of(start, header.payload_len, self.buffer.len()) else {
                return (position, Stop::Incomplete);
            };
            let run = self.runs.of(dispatcher);
            let before = run.count();
            run.add(start..end);
            position = run.add_alike(&self.buffer, end);
            if watched {
                (before..run.count()).for_each(|_| self.channel.tell_received(dispatcher));
            }
        }
    }

    /// Gives the sorted frames to their dispatchers; how long metering wants the channel to rest.
    fn hand_on(&mut self, consumed: usize) -> Result<Duration, CloseReason> {
        if consumed == 0 {
            return Ok(Duration::ZERO);
        }
        self.begun.finished();
        let block = self.buffer.split_to(consumed);
        self.channel.traffic.received(self.runs.messages());
        self.runs.dispatch(block, self.intake.size())?;
        let delay = self.runs.meter(&self.channel.messages, clock::now)?;
        self.channel.merits.received(self.runs.frames());
        self.runs.forget();
        Ok(delay)
    }
}

/// The dispatcher of a command: most often the last frame's.
fn find<'a>(
    known: &'a mut Known,
    messages: &MessageSubsystem,
    command: &[u8],
) -> Option<&'a Arc<Dispatcher>> {
    let generation = messages.generation();
    let fits = |(found_in, dispatcher): &(u64, Arc<Dispatcher>)| {
        *found_in == generation && dispatcher.info().name.as_bytes() == command
    };
    if !known.as_ref().is_some_and(fits) {
        *known = Some((generation, messages.find(command)?));
    }
    known.as_ref().map(|(_, dispatcher)| dispatcher)
}

fn unknown(header: &Header<'_>) -> Stop {
    match header.name() {
        Ok(name) => Stop::Unknown {
            name: name.to_owned(),
            header_len: header.header_len,
            payload_len: header.payload_len,
        },
        Err(error) => Stop::Bad(CloseReason::BadFrame(error)),
    }
}

/// Where a payload ends, if it has arrived in full.
fn end_of(start: usize, payload_len: u64, arrived: usize) -> Option<usize> {
    let end = start.checked_add(usize::try_from(payload_len).ok()?)?;
    (end <= arrived).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_that_overflows_has_not_arrived() {
        assert_eq!(end_of(5, u64::MAX, 100), None);
        assert_eq!(end_of(5, 10, 15), Some(15));
        assert_eq!(end_of(5, 11, 15), None);
    }
}
