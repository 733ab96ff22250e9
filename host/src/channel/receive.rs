//! The reader of one channel: cuts frames out of what it read, and hands them on by command.

use super::pace::Pace;
use super::rest::Rest;
use super::runs::Runs;
use super::{Channel, CloseReason, PaceLimits};
use crate::clock;
use crate::frame::{self, Header};
use crate::message::{Dispatcher, MessageSubsystem};
use bytes::{Buf, BytesMut};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::io::AsyncRead;
use tokio_util::io::poll_read_buf;

/// What a read brings at most: at first, and to a peer that sends all the time.
const LEAST_READ: usize = 64 * 1024;
const MOST_READ: usize = 512 * 1024;
/// With less room than this left, the buffer is made larger.
const LEAST_ROOM: usize = 16 * 1024;

/// Reads until the stream ends or the peer breaks a rule: why the channel ends.
pub(super) async fn run(stream: impl AsyncRead + Unpin, channel: &Channel) -> CloseReason {
    let mut reader = Reader {
        stream,
        buffer: BytesMut::new(),
        size: LEAST_READ,
        runs: Runs::default(),
        known: None,
        unknown: Unknown::default(),
        pace: Pace::default(),
        channel,
    };
    loop {
        let bytes = match reader.fill().await {
            Ok(0) => return CloseReason::PeerClosed,
            Ok(bytes) => bytes,
            Err(error) => return CloseReason::Broken(error.kind()),
        };
        let rest = match reader.receive(bytes) {
            Ok(rest) => rest,
            Err(reason) => return reason,
        };
        if rest.is_none() {
            continue;
        }
        // Boxed, so that a channel that need not rest takes no memory for it.
        if let Err(reason) = Box::pin(rest.wait(channel.limits.slow_consumer_timeout)).await {
            return reason;
        }
    }
}

struct Reader<'a, R> {
    stream: R,
    /// What was read and is not a whole frame yet.
    buffer: BytesMut,
    /// How much the next read may bring: more while the peer has more to say than that.
    size: usize,
    runs: Runs,
    known: Known,
    unknown: Unknown,
    pace: Pace,
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

impl<R: AsyncRead + Unpin> Reader<'_, R> {
    /// Reads what is there, at least a byte; 0 at the end of the stream. While nothing is there, no memory is held.
    async fn fill(&mut self) -> std::io::Result<usize> {
        poll_fn(|cx| {
            if self.buffer.capacity() - self.buffer.len() < LEAST_ROOM {
                self.buffer.reserve(self.size);
            }
            let room = self.buffer.capacity() - self.buffer.len();
            let read = poll_read_buf(Pin::new(&mut self.stream), cx, &mut self.buffer);
            match &read {
                Poll::Ready(Ok(bytes)) => self.size = next_size(self.size, *bytes, room),
                Poll::Ready(Err(_)) => {}
                Poll::Pending if self.buffer.is_empty() => {
                    self.buffer = BytesMut::new();
                    self.runs = Runs::default();
                }
                Poll::Pending => {}
            }
            read
        })
        .await
    }

    /// Hands on all whole frames: what has to be waited for before more is read.
    fn receive(&mut self, read: usize) -> Result<Rest, CloseReason> {
        let mut delay = self.keep_pace(read);
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
        self.pace.rest(limits, bytes, traffic.cpu(), clock::now())
    }

    /// Passes over the payload of an unknown command as far as it has arrived.
    fn pass_over(&mut self) {
        let here = usize::try_from(self.unknown.skip).unwrap_or(usize::MAX).min(self.buffer.len());
        self.buffer.advance(here);
        self.unknown.skip -= here as u64;
    }

    fn note_unknown(&mut self, name: String, payload_len: u64) -> Result<(), CloseReason> {
        tracing::debug!(command = name, bytes = payload_len, "passing over an unknown command");
        self.unknown.count = self.unknown.count.saturating_add(1);
        self.unknown.skip = payload_len;
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
        let block = self.buffer.split_to(consumed);
        self.channel.traffic.received(self.runs.messages());
        self.runs.dispatch(block, self.size)?;
        let delay = self.runs.meter(&self.channel.messages, clock::now)?;
        self.channel.merits.received(self.runs.frames());
        self.runs.forget();
        Ok(delay)
    }
}

/// How much to read next, after a read that brought `bytes` where there was `room`.
fn next_size(size: usize, bytes: usize, room: usize) -> usize {
    if bytes == room && bytes >= size {
        (size * 2).min(MOST_READ)
    } else if bytes < size / 4 {
        (size / 2).max(LEAST_READ)
    } else {
        size
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
    fn reads_grow_while_they_are_filled_and_shrink_when_little_comes() {
        let filled = (0..5).scan(LEAST_READ, |size, _| {
            *size = next_size(*size, *size, *size);
            Some(*size / 1024)
        });
        assert_eq!(filled.collect::<Vec<_>>(), [128, 256, 512, 512, 512]);
        assert_eq!(next_size(MOST_READ, 200, MOST_READ), MOST_READ / 2);
        assert_eq!(next_size(LEAST_READ, 200, LEAST_READ), LEAST_READ);
        // The rest of a buffer that was filled says nothing of what the peer has to say.
        assert_eq!(next_size(LEAST_READ, LEAST_READ / 2, LEAST_READ / 2), LEAST_READ);
    }

    #[test]
    fn an_end_that_overflows_has_not_arrived() {
        assert_eq!(end_of(5, u64::MAX, 100), None);
        assert_eq!(end_of(5, 10, 15), Some(15));
        assert_eq!(end_of(5, 11, 15), None);
    }
}
