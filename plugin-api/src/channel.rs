//! The channel: what a protocol may do with the one connection it is attached to.

use crate::abi::{ChannelArc, HostArc, SendStatus, convert, poll};
use crate::error::{PluginError, SendError};
use crate::message::Message;
use crate::session::SessionKind;
use crate::subscription::MessageSubscription;
use crate::wire;
use std::cell::RefCell;
use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

/// One live connection to one peer, as the protocol that is attached to it sees it.
///
/// Clones are handles to the same channel. A channel that has closed stays safe to use: sending says
/// [`SendError::Closed`], subscriptions run dry.
#[derive(Clone)]
pub struct Channel {
    object: ChannelArc,
    host: HostArc,
    info: Arc<ChannelInfo>,
}

/// Which channel it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelInfo {
    /// The channel's id, unique within the node while it runs.
    pub id: u32,
    /// The session that made it.
    pub session: SessionKind,
    /// The peer's address as a URL.
    pub address: String,
}

/// A scratch buffer keeps this much between messages.
const SCRATCH_BYTES: usize = 64 * 1024;

thread_local! {
    /// Where messages are encoded before the host copies them into the channel's outgoing buffer.
    static SCRATCH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Channel {
    pub(crate) fn new(object: ChannelArc, host: HostArc) -> Result<Self, PluginError> {
        let info = Arc::new(convert::channel_info(object.info())?);
        Ok(Self { object, host, info })
    }

    /// Which channel it is.
    #[must_use]
    pub fn info(&self) -> &ChannelInfo {
        &self.info
    }

    /// A queue of the peer's messages of type `M`.
    ///
    /// Call it in [`Protocol::attach`](crate::Protocol::attach): nothing has been read from the channel by then, so
    /// no message is missed. Each subscription gets every message; on a closed channel it is at its end at once.
    ///
    /// # Errors
    ///
    /// When `M` is not among the protocol's [`MESSAGES`](crate::Protocol::MESSAGES).
    pub fn subscribe<M: Message>(&self) -> Result<MessageSubscription<M>, PluginError> {
        MessageSubscription::new(&self.object)
    }

    /// Queues a message for sending; waits while the channel's outgoing buffer is full or metering asks for a pause.
    ///
    /// Ready means queued, in the order of the calls; the host's writer sends what is queued at once.
    ///
    /// # Errors
    ///
    /// [`SendError`], never [`SendError::Full`].
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready, nothing was queued.
    pub async fn send<M: Message>(&self, message: &M) -> Result<(), SendError> {
        let (status, payload) = self.encode_and_send(message)?;
        match status {
            SendStatus::Sent => Ok(()),
            status => self.send_later::<M>(status, payload).await,
        }
    }

    /// Queues a message if there is room for it now.
    ///
    /// # Errors
    ///
    /// [`SendError`]; [`SendError::Full`] also when metering asks for a pause.
    pub fn try_send<M: Message>(&self, message: &M) -> Result<(), SendError> {
        let (status, payload) = self.encode_and_send(message)?;
        match status {
            SendStatus::Sent => Ok(()),
            SendStatus::Full | SendStatus::Delayed { .. } => Err(SendError::Full),
            status => Err(refusal::<M>(status, payload.len())),
        }
    }

    /// Closes the channel. It is nobody's fault; the reason goes to the log.
    pub fn close(&self, reason: &str) {
        self.object.close(reason.into());
    }

    /// Closes the channel because the peer broke the protocol's rules, which the node holds against it.
    pub fn misbehaved(&self, what: &str) {
        self.object.misbehaved(what.into());
    }

    /// Encodes into the scratch buffer and tries to send; what was not sent is returned for later.
    fn encode_and_send<M: Message>(&self, message: &M) -> Result<(SendStatus, Vec<u8>), SendError> {
        SCRATCH.with_borrow_mut(|scratch| {
            scratch.clear();
            wire::encode_into(message, scratch).map_err(|error| SendError::Encode(M::NAME, error))?;
            let status = self.object.try_send(M::NAME.into(), scratch.as_slice().into(), false);
            let left = if status == SendStatus::Sent { Vec::new() } else { scratch.clone() };
            if scratch.capacity() > SCRATCH_BYTES {
                *scratch = Vec::new();
            }
            Ok((status, left))
        })
    }

    async fn send_later<M: Message>(
        &self,
        mut status: SendStatus,
        payload: Vec<u8>,
    ) -> Result<(), SendError> {
        let mut prepaid = false;
        loop {
            match status {
                SendStatus::Sent => return Ok(()),
                SendStatus::Full => poll_fn(|cx| poll::writable(&self.object, cx)).await,
                SendStatus::Delayed { nanos } => {
                    prepaid = true;
                    poll::sleep(&self.host, Duration::from_nanos(nanos)).await;
                }
                status => return Err(refusal::<M>(status, payload.len())),
            }
            status = self.object.try_send(M::NAME.into(), payload.as_slice().into(), prepaid);
        }
    }
}

fn refusal<M: Message>(status: SendStatus, bytes: usize) -> SendError {
    match status {
        SendStatus::TooLarge => SendError::TooLarge { command: M::NAME, bytes },
        SendStatus::NotDeclared => SendError::NotDeclared(M::NAME),
        _ => SendError::Closed,
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Channel").field(&self.info).finish()
    }
}
