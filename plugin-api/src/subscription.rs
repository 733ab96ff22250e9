//! Receiving: one queue of one message type for one protocol.

use crate::abi::poll::Batch;
use crate::abi::{Bytes, ChannelArc, SubscriptionBox, convert};
use crate::error::{Closed, PluginError};
use crate::message::Message;
use crate::wire;
use parking_lot::Mutex;
use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::task::{Context, Poll};

/// The peer's messages of type `M`, in the order in which they arrived.
///
/// The host keeps the queue, bounded in messages and bytes. While it is full, the host stops reading from the peer
/// (back-pressure); a queue that stays full for `network.slow_consumer_timeout` closes the channel as this node's
/// own overrun, naming the protocol. Dropping the subscription unsubscribes.
///
/// One task receives at a time: of two tasks that wait at once, only the later one is woken.
pub struct MessageSubscription<M> {
    object: SubscriptionBox,
    channel: ChannelArc,
    batch: Mutex<Batch>,
    message: PhantomData<fn() -> M>,
}

/// From this size on a payload is offered for sharing while it is decoded.
const SHARED_BYTES: usize = 512;

impl<M: Message> MessageSubscription<M> {
    pub(crate) fn new(channel: &ChannelArc) -> Result<Self, PluginError> {
        let object = channel.subscribe(convert::text(M::NAME)).into_result()?;
        Ok(Self { object, channel: channel.clone(), batch: Mutex::default(), message: PhantomData })
    }

    /// The next message.
    ///
    /// # Errors
    ///
    /// [`Closed`] when the channel is closed and everything that arrived before has been received. A payload that
    /// does not decode closes the channel as the peer's misbehaviour.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready, no message is lost.
    pub async fn receive(&self) -> Result<M, Closed> {
        poll_fn(|cx| self.poll_receive(cx)).await
    }

    /// Like [`receive`](Self::receive), as a poll function.
    pub fn poll_receive(&self, cx: &mut Context<'_>) -> Poll<Result<M, Closed>> {
        let mut batch = self.batch.lock();
        loop {
            if let Some((storage, payload)) = batch.next() {
                return Poll::Ready(decode(&self.channel, storage, payload));
            }
            match batch.poll_refill(&self.object, cx) {
                Poll::Ready(true) => {}
                Poll::Ready(false) => return Poll::Ready(Err(Closed)),
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// All messages that are here, at least one: the fast way to receive a stream of them.
    ///
    /// # Errors
    ///
    /// As [`receive`](Self::receive).
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready, no message is lost. Of a batch that is dropped, what was not taken out is.
    pub async fn receive_batch(&self) -> Result<MessageBatch<'_, M>, Closed> {
        poll_fn(|cx| self.poll_receive_batch(cx)).await
    }

    /// Like [`receive_batch`](Self::receive_batch), as a poll function.
    pub fn poll_receive_batch(&self, cx: &mut Context<'_>) -> Poll<Result<MessageBatch<'_, M>, Closed>> {
        let mut batch = self.batch.lock();
        if batch.is_empty() && !std::task::ready!(batch.poll_refill(&self.object, cx)) {
            return Poll::Ready(Err(Closed));
        }
        let batch = std::mem::take(&mut *batch);
        Poll::Ready(Ok(MessageBatch { channel: &self.channel, batch, message: PhantomData }))
    }
}

/// Decodes a payload; one that does not decode closes the channel as the peer's misbehaviour.
#[inline]
fn decode<M: Message>(channel: &ChannelArc, storage: &Bytes, payload: &[u8]) -> Result<M, Closed> {
    let decoded = if payload.len() < SHARED_BYTES {
        wire::from_bytes(payload)
    } else {
        storage.shared_while(|| wire::from_bytes(payload))
    };
    decoded.map_err(|error| {
        channel.misbehaved(convert::text(&format!("{}: {error}", M::NAME)));
        Closed
    })
}

/// Messages that were there together, in the order in which they arrived. Each is decoded as it is taken out; one that
/// does not decode closes the channel and ends the batch.
pub struct MessageBatch<'a, M> {
    channel: &'a ChannelArc,
    batch: Batch,
    message: PhantomData<fn() -> M>,
}

impl<M: Message> Iterator for MessageBatch<'_, M> {
    type Item = M;

    #[inline]
    fn next(&mut self) -> Option<M> {
        let (storage, payload) = self.batch.next()?;
        let decoded = decode(self.channel, storage, payload);
        if decoded.is_err() {
            self.batch = Batch::default();
        }
        decoded.ok()
    }
}

impl<M: Message> fmt::Debug for MessageBatch<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageBatch({})", M::NAME)
    }
}

impl<M: Message> fmt::Debug for MessageSubscription<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageSubscription({})", M::NAME)
    }
}
