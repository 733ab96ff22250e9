//! Encoding: messages on their way into a channel's outgoing buffer.

use crate::abi::{ChannelArc, HostArc, Part, SendStatus, convert, poll};
use crate::error::SendError;
use crate::message::Message;
use crate::wire;
use std::cell::RefCell;
use std::future::poll_fn;
use std::time::Duration;

/// A scratch buffer keeps this much between messages.
const SCRATCH_BYTES: usize = 64 * 1024;

thread_local! {
    /// Where messages are encoded before the host copies them into the channel's outgoing buffer.
    static SCRATCH: RefCell<Encoded> = const { RefCell::new(Encoded::new()) };
}

/// An encoded message; large bytes in it stay where they are.
#[derive(Debug, Clone)]
pub(crate) struct Encoded {
    payload: Vec<u8>,
    parts: Vec<Part>,
}

impl Encoded {
    const fn new() -> Self {
        Self { payload: Vec::new(), parts: Vec::new() }
    }

    fn clear(&mut self) {
        self.payload.clear();
        self.payload.shrink_to(SCRATCH_BYTES);
        self.parts.clear();
    }

    fn encode<M: Message>(&mut self, message: &M) -> Result<(), SendError> {
        wire::encode_sharing(message, &mut self.payload, &mut self.parts)
            .map_err(|error| SendError::Encode(M::NAME, error))
    }

    fn offer<M: Message>(&self, channel: &ChannelArc, prepaid: bool) -> SendStatus {
        channel.try_send(
            convert::text(M::NAME),
            self.payload.as_slice().into(),
            self.parts.as_slice().into(),
            prepaid,
        )
    }

    /// The size of the whole message in bytes.
    pub(crate) fn len(&self) -> usize {
        self.payload.len() + self.parts.iter().map(|part| part.bytes.len()).sum::<usize>()
    }
}

/// Encodes a message and offers it to the channel: what became of it, and the message itself if it was not taken.
pub(crate) fn offer<M: Message>(
    channel: &ChannelArc,
    message: &M,
) -> Result<Option<(SendStatus, Encoded)>, SendError> {
    SCRATCH.with_borrow_mut(|scratch| {
        scratch.clear();
        scratch.encode(message)?;
        match scratch.offer::<M>(channel, false) {
            SendStatus::Sent => Ok(None),
            status => Ok(Some((status, scratch.clone()))),
        }
    })
}

/// Offers a message that was not taken until it is.
pub(crate) async fn insist<M: Message>(
    channel: &ChannelArc,
    host: &HostArc,
    mut status: SendStatus,
    encoded: Encoded,
) -> Result<(), SendError> {
    let mut prepaid = false;
    loop {
        match status {
            SendStatus::Sent => return Ok(()),
            SendStatus::Full => poll_fn(|cx| poll::writable(channel, cx)).await,
            SendStatus::Delayed { nanos } => {
                prepaid = true;
                poll::sleep(host, Duration::from_nanos(nanos)).await;
            }
            status => return Err(refusal::<M>(status, encoded.len())),
        }
        status = encoded.offer::<M>(channel, prepaid);
    }
}

/// The error that a status is, for a message of this size.
pub(crate) fn refusal<M: Message>(status: SendStatus, bytes: usize) -> SendError {
    match status {
        SendStatus::TooLarge => SendError::TooLarge { command: M::NAME, bytes },
        SendStatus::NotDeclared => SendError::NotDeclared(M::NAME),
        SendStatus::Full | SendStatus::Delayed { .. } => SendError::Full,
        SendStatus::Sent | SendStatus::Closed => SendError::Closed,
    }
}

/// A message that goes alone.
#[cold]
pub(crate) fn alone<M: Message>(message: &M) -> Result<Encoded, SendError> {
    let mut encoded = Encoded::new();
    encoded.encode(message)?;
    Ok(encoded)
}

/// Messages of one type that are handed over together.
#[derive(Debug)]
pub(crate) struct Stage {
    encoded: Encoded,
    lengths: Vec<u32>,
}

/// A stage is handed over from this size on: enough that waking who writes it, and who reads it, is little beside it.
const STAGE_BYTES: usize = 64 * 1024;

impl Stage {
    pub(crate) const fn new() -> Self {
        Self { encoded: Encoded::new(), lengths: Vec::new() }
    }

    /// Adds a message, and tells whether it was added: one with large bytes in it, or that cannot be encoded, goes
    /// [alone](alone).
    ///
    /// # Rationale
    ///
    /// Each message of a stream comes by here. What is returned fits into a register: the message itself, or an error, would go
    /// by way of memory, and reading it back at once made the processor wait longer than encoding takes.
    #[inline]
    pub(crate) fn add<M: Message>(&mut self, message: &M) -> bool {
        let before = self.encoded.payload.len();
        let encoded = wire::encode_sharing(message, &mut self.encoded.payload, &mut self.encoded.parts);
        if encoded.is_ok()
            && self.encoded.parts.is_empty()
            && let Ok(length) = u32::try_from(self.encoded.payload.len() - before)
        {
            self.lengths.push(length);
            return true;
        }
        self.encoded.payload.truncate(before);
        self.encoded.parts.clear();
        false
    }

    pub(crate) fn is_full(&self) -> bool {
        self.encoded.payload.len() >= STAGE_BYTES
    }

    /// Hands everything over; waits while the outgoing buffer is full, and as long as the host says.
    pub(crate) async fn hand_over<M: Message>(
        &mut self,
        channel: &ChannelArc,
        host: &HostArc,
    ) -> Result<(), SendError> {
        let (mut payloads, mut lengths) = (self.encoded.payload.as_slice(), self.lengths.as_slice());
        while !lengths.is_empty() {
            let sent = channel.try_send_many(convert::text(M::NAME), payloads.into(), lengths.into());
            let (taken, rest) = lengths.split_at_checked(sent.taken).unwrap_or((lengths, &[]));
            let bytes: usize = taken.iter().map(|length| *length as usize).sum();
            payloads = payloads.get(bytes..).unwrap_or_default();
            lengths = rest;
            match (lengths.first(), sent.status) {
                (None, _) => break,
                (_, SendStatus::Sent) => {}
                (_, SendStatus::Full) => poll_fn(|cx| poll::writable(channel, cx)).await,
                (_, SendStatus::Delayed { nanos }) => poll::sleep(host, Duration::from_nanos(nanos)).await,
                (Some(length), status) => return Err(refusal::<M>(status, *length as usize)),
            }
        }
        self.encoded.clear();
        self.lengths.clear();
        Ok(())
    }
}
