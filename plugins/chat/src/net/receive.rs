//! What a neighbour sends: checked against the protocol's rules, and acted on.

use super::intake::Misbehaviour;
use super::messages::{ANNOUNCE, Announce, ENVELOPES_BYTES, FETCH, Fetch, Messages, ROOMS, Rooms};
use super::news::News;
use super::wanted::ChannelId;
use crate::hash::Hash;
use crate::room::Envelope;
use crate::shared::Shared;

/// How many messages are checked and kept in one go.
const SLICE: usize = 16;
/// So many messages at once are a bulk.
const BULK: usize = 32;

impl Shared {
    /// A neighbour says which rooms it has joined.
    pub(crate) fn rooms_of(
        &self,
        channel: ChannelId,
        Rooms { rooms, floors }: Rooms,
    ) -> Result<Vec<News>, Misbehaviour> {
        if rooms.len() > ROOMS || rooms.len() != floors.len() {
            return Err("it has joined more rooms than anybody may, or says half of it");
        }
        let moment = self.moment();
        let rooms = rooms.into_iter().zip(floors).collect();
        let Some(changed) = self.gossip.lock().has_joined(channel, rooms, moment) else {
            return Err("it joins and leaves rooms all the time");
        };
        self.due.set();
        Ok(changed.into_iter().map(News::Room).collect())
    }

    /// A neighbour announces messages.
    pub(crate) fn announced(
        &self,
        channel: ChannelId,
        Announce { room, ids }: Announce,
    ) -> Result<Vec<News>, Misbehaviour> {
        if ids.len() > ANNOUNCE {
            return Err("it announces more at once than anybody may");
        }
        let now = self.now();
        let heard = self.gossip.lock().hears(channel, &room, &ids, now);
        let lacking = self.lacking(heard.unknown);
        let before = self.gossip.lock().wanted.of_room(&room);
        self.gossip.lock().wants(channel, &room, &lacking, now)?;
        self.due.set();
        let mut news = self.note_sent(heard.own);
        if before == 0 && !lacking.is_empty() && self.room(&room).is_some() {
            news.push(News::Room(room));
        }
        Ok(news)
    }

    /// Those of these that the store does not have.
    pub(crate) fn lacking(&self, ids: Vec<Hash>) -> Vec<Hash> {
        // What cannot be looked up cannot be kept either.
        ids.into_iter().filter(|id| matches!(self.store.has(id), Ok(false))).collect()
    }

    /// A neighbour asks for messages.
    pub(crate) fn asked(&self, channel: ChannelId, Fetch { ids }: Fetch) -> Result<(), Misbehaviour> {
        if ids.len() > FETCH {
            return Err("it asks for more at once than anybody may");
        }
        let outbox = self.gossip.lock().outbox(channel);
        match outbox.is_none_or(|outbox| outbox.answer(ids)) {
            true => Ok(()),
            false => Err("it asks for more than it takes"),
        }
    }

    /// A neighbour gives messages: they are to be taken one slice after the other, and whether they are many.
    pub(crate) fn slices(
        &self,
        channel: ChannelId,
        Messages { envelopes, gone }: Messages,
    ) -> Result<(Vec<Vec<Envelope>>, bool), Misbehaviour> {
        let bytes: usize = envelopes.iter().map(Envelope::wire_bytes).sum();
        if bytes > ENVELOPES_BYTES || gone.len() > FETCH {
            return Err("it gives more at once than anybody may");
        }
        {
            let mut gossip = self.gossip.lock();
            if !gone.iter().all(|id| gossip.wanted.gone(channel, id)) {
                return Err("it says of messages that they are gone which it was not asked for");
            }
            gossip.ask_all(self.now());
        }
        let in_bulk = envelopes.len() > BULK;
        let mut envelopes = envelopes.into_iter().peekable();
        let mut slices = Vec::new();
        while envelopes.peek().is_some() {
            slices.push(envelopes.by_ref().take(SLICE).collect());
        }
        Ok((slices, in_bulk))
    }
}
