//! The lists of protocols that one peer sends, in their order.

use super::messages::Protocols;
use crate::channel::{Channel, CloseReason};
use crate::message::Subscription;
use backplane_plugin::abi::ChunkList;
use backplane_plugin::{Message, wire};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Arc;

/// How many lists of a peer may wait: an answer, and the next change of its own.
const MOST_WAITING: usize = 2;
/// How many protocols a list may have.
const MOST_OFFERS: usize = 256;

/// The lists of protocols that one peer sends.
#[derive(Debug)]
pub struct Lists {
    channel: Arc<Channel>,
    incoming: Subscription,
    waiting: VecDeque<Protocols>,
}

impl Lists {
    /// The lists that come on a channel from now on.
    pub(super) const fn new(channel: Arc<Channel>, incoming: Subscription) -> Self {
        Self { channel, incoming, waiting: VecDeque::new() }
    }

    /// The next list.
    ///
    /// # Errors
    ///
    /// Why the channel has ended, or has to.
    ///
    /// # Cancel safety
    ///
    /// Safe: no list is lost.
    pub(super) async fn next(&mut self) -> Result<Protocols, CloseReason> {
        loop {
            if let Some(list) = self.waiting.pop_front() {
                return Ok(list);
            }
            let mut chunks = ChunkList::new();
            if !poll_fn(|cx| self.incoming.poll_receive(cx, &mut chunks)).await {
                // Boxed, so that the memory for the end is taken at the end.
                return Err(Box::pin(self.channel.ended()).await.clone());
            }
            for chunk in &chunks {
                for range in &chunk.frames {
                    let start = range.start as usize;
                    let payload = chunk.bytes.get(start..start + range.len as usize).unwrap_or_default();
                    self.take(payload)?;
                }
            }
        }
    }

    fn take(&mut self, payload: &[u8]) -> Result<(), CloseReason> {
        let list: Protocols = wire::from_bytes(payload).map_err(misbehaved)?;
        if list.protocols.len() > MOST_OFFERS {
            return Err(misbehaved(format_args!("{} protocols in one list", list.protocols.len())));
        }
        if self.waiting.len() == MOST_WAITING {
            return Err(misbehaved("more lists than have been answered"));
        }
        self.waiting.push_back(list);
        Ok(())
    }
}

/// The end of a channel whose peer breaks the rules of the lists.
pub(super) fn misbehaved(what: impl std::fmt::Display) -> CloseReason {
    CloseReason::Misbehaved { protocol: "version".into(), what: format!("{}: {what}", Protocols::NAME) }
}
