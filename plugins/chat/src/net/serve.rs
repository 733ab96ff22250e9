//! What a neighbour is sent: the other side of every outbox.

use super::messages::{Announce, ENVELOPES_BYTES, Fetch, Messages, Rooms, Sync};
use super::news::News;
use super::outbox::{Next, Outbox, Outgoing};
use super::signal::turn;
use super::wanted::ChannelId;
use crate::hash::Hash;
use crate::room::Envelope;
use crate::shared::Shared;
use backplane_plugin::{Channel, SendError};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// How many messages are read from the store in one go.
const SLICE: usize = 64;

impl Shared {
    /// Sends what is put into the outbox, until the channel ends. `tell` is given what follows from it.
    ///
    /// # Errors
    ///
    /// Those of [`Channel::send`].
    pub(crate) async fn send_all(
        &self,
        channel: &Channel,
        outbox: &Outbox<Sync>,
        tell: &(dyn Fn(Vec<News>) + Send + std::marker::Sync),
    ) -> Result<(), SendError> {
        loop {
            match outbox.next(self.now()) {
                Next::Send(Outgoing::Rooms) => {
                    let (rooms, floors) = self.gossip.lock().rooms();
                    channel.send(&Rooms { rooms, floors }).await?;
                }
                Next::Send(Outgoing::Announce(room, ids)) => channel.send(&Announce { room, ids }).await?,
                Next::Send(Outgoing::Fetch(ids)) => channel.send(&Fetch { ids }).await?,
                Next::Send(Outgoing::Sync(message)) => channel.send(&message).await?,
                Next::Send(Outgoing::Answer(ids)) => self.answer(channel, ids.into(), tell).await?,
                Next::Wait(millis) => {
                    self.host.timeout(Duration::from_millis(millis), outbox.filled()).await;
                }
                Next::Idle => outbox.filled().await,
            }
        }
    }

    /// Sends the messages that a neighbour has asked for, in as many parts as they need.
    async fn answer(
        &self,
        channel: &Channel,
        mut ids: VecDeque<Hash>,
        tell: &(dyn Fn(Vec<News>) + Send + std::marker::Sync),
    ) -> Result<(), SendError> {
        while !ids.is_empty() {
            let (answer, sent) = self.part_of_answer(&mut ids);
            channel.send(&answer).await?;
            let own = self.sent_own(channel.info().id, &sent);
            tell(self.note_sent(own));
            turn().await;
        }
        Ok(())
    }

    /// As many of the first ids as go together, which are taken out; and the own ones that it has.
    fn part_of_answer(&self, ids: &mut VecDeque<Hash>) -> (Messages, Vec<Hash>) {
        let asked: Vec<_> = ids.iter().take(SLICE).copied().collect();
        let mut found = self.find(&asked);
        let me = self.me().author;
        let (mut answer, mut own, mut bytes) =
            (Messages { envelopes: Vec::new(), gone: Vec::new() }, Vec::new(), 0);
        for id in asked {
            let Some(envelope) = found.remove(&id) else {
                answer.gone.push(id);
                ids.pop_front();
                continue;
            };
            bytes += envelope.wire_bytes();
            if bytes > ENVELOPES_BYTES {
                break;
            }
            if envelope.author == me {
                own.push(id);
            }
            answer.envelopes.push(envelope);
            ids.pop_front();
        }
        (answer, own)
    }

    /// Those of these messages that are here.
    fn find(&self, ids: &[Hash]) -> BTreeMap<Hash, Envelope> {
        let mut found = BTreeMap::new();
        match self.store.envelopes(ids) {
            Ok(envelopes) => found.extend(envelopes.into_iter().map(|envelope| (envelope.id(), envelope))),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "messages cannot be read");
            }
        }
        let gossip = self.gossip.lock();
        for id in ids.iter().filter(|id| !found.contains_key(*id)).collect::<Vec<_>>() {
            if let Some(envelope) = gossip.relay.get(id) {
                found.insert(*id, (*envelope).clone());
            }
        }
        found
    }

    /// A neighbour has these own messages: which of them more have now than before.
    fn sent_own(&self, channel: ChannelId, ids: &[Hash]) -> Vec<(Hash, u32)> {
        let mut gossip = self.gossip.lock();
        ids.iter().filter_map(|id| gossip.has_own(channel, id)).collect()
    }
}
