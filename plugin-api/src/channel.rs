//! The channel: what a protocol may do with the one connection it is attached to.

use crate::abi::{ChannelArc, HostArc, SendStatus, convert};
use crate::error::{PluginError, SendError};
use crate::message::Message;
use crate::outgoing::{self, Stage};
use crate::session::SessionKind;
use crate::subscription::MessageSubscription;
use std::fmt;
use std::sync::Arc;

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
        match outgoing::offer(&self.object, message)? {
            None => Ok(()),
            // Boxed, so that a sender that need not wait takes no memory for it.
            Some((status, encoded)) => {
                Box::pin(outgoing::insist::<M>(&self.object, &self.host, status, encoded)).await
            }
        }
    }

    /// Queues many messages, in their order: the fast way to send a stream of them.
    ///
    /// They are handed to the host some dozens of kilobytes at a time, the last ones at once; otherwise it is like
    /// [`send`](Self::send) for each.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send), for the first message that is not queued.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready, some of the messages were queued: the first ones, each of them whole.
    pub async fn send_all<M: Message>(
        &self,
        messages: impl IntoIterator<Item = M, IntoIter: Send>,
    ) -> Result<(), SendError> {
        let mut stage = Stage::new();
        for message in messages {
            if M::METERING.is_on() {
                self.send(&message).await?;
            } else if !stage.add(&message) {
                let encoded = outgoing::alone(&message)?;
                stage.hand_over::<M>(&self.object, &self.host).await?;
                // Full is what `insist` begins with: it offers once there is room.
                outgoing::insist::<M>(&self.object, &self.host, SendStatus::Full, encoded).await?;
            } else if stage.is_full() {
                stage.hand_over::<M>(&self.object, &self.host).await?;
            }
        }
        stage.hand_over::<M>(&self.object, &self.host).await
    }

    /// Queues a message if there is room for it now.
    ///
    /// # Errors
    ///
    /// [`SendError`]; [`SendError::Full`] also when metering asks for a pause.
    pub fn try_send<M: Message>(&self, message: &M) -> Result<(), SendError> {
        let refused = outgoing::offer(&self.object, message)?;
        refused.map_or(Ok(()), |(status, encoded)| Err(outgoing::refusal::<M>(status, encoded.len())))
    }

    /// Closes the channel. It is nobody's fault; the reason goes to the log.
    pub fn close(&self, reason: &str) {
        self.object.close(reason.into());
    }

    /// Closes the channel because the peer broke the protocol's rules, which the node holds against it.
    pub fn misbehaved(&self, what: &str) {
        self.object.misbehaved(what.into());
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Channel").field(&self.info).finish()
    }
}
