//! Messages that a neighbour gave: checked, opened, kept, passed on.

use super::news::News;
use super::wanted::{ChannelId, Origin};
use crate::hash::Hash;
use crate::room::{Envelope, Opened, Room, Signed, limits};
use crate::secret;
use crate::shared::Shared;
use crate::store::Inserted;
use std::sync::Arc;

/// Why a neighbour has misbehaved.
pub(crate) type Misbehaviour = &'static str;

/// A message that can be kept, and who has it.
struct Arrival {
    opened: Opened,
    origin: Origin,
    holders: Vec<ChannelId>,
}

impl Shared {
    /// Takes some messages that a neighbour gave; `in_bulk` when many came together.
    ///
    /// # Errors
    ///
    /// What the neighbour did wrong. What came before is taken.
    pub(crate) fn take(
        &self,
        channel: ChannelId,
        envelopes: Vec<Envelope>,
        in_bulk: bool,
    ) -> Result<Vec<News>, (Misbehaviour, Vec<News>)> {
        let (mut arrivals, mut news, mut wrong) = (Vec::new(), Vec::new(), None);
        for envelope in envelopes {
            match self.check(channel, envelope, &mut news) {
                Ok(arrival) => arrivals.extend(arrival),
                Err(misbehaviour) => {
                    wrong = Some(misbehaviour);
                    break;
                }
            }
        }
        news.extend(self.keep(channel, arrivals, in_bulk));
        match wrong {
            None => Ok(news),
            Some(wrong) => Err((wrong, news)),
        }
    }

    /// What can be kept of a message; nothing when it is only passed on, or not taken.
    fn check(
        &self,
        channel: ChannelId,
        envelope: Envelope,
        news: &mut Vec<News>,
    ) -> Result<Option<Arrival>, Misbehaviour> {
        let (now, id) = (self.now(), envelope.id());
        let (author, time, room) = (envelope.author, envelope.time, envelope.room);
        let Some(answer) = self.gossip.lock().answered(channel, &id) else {
            return Err("it sends a message that it was not asked for");
        };
        let signed = match Signed::check(envelope, now) {
            Ok(signed) => signed,
            Err(refusal) if refusal.is_the_peers_fault() => {
                return Err("it sends a message that is not valid");
            }
            // By whose clock it is early nobody can say; when its time has come it is taken.
            Err(_) => {
                let mut gossip = self.gossip.lock();
                gossip.refuses_until(&id, time.saturating_sub(limits::AHEAD_MS));
                gossip.brought(channel, answer.origin == Origin::Sync, now);
                return Ok(None);
            }
        };
        if !self.admits(channel, (&id, &author, time), answer.origin)? {
            return Ok(None);
        }
        let Some(room) = self.room(&room).or_else(|| self.direct_from(&author, &room, news)) else {
            self.relay(&id, signed.into_envelope(), &answer.holders);
            return Ok(None);
        };
        match Opened::open(signed, &room) {
            Ok(opened) => Ok(Some(Arrival { opened, origin: answer.origin, holders: answer.holders })),
            Err(refusal) => {
                tracing::debug!(channel, %refusal, "a message is refused");
                self.gossip.lock().refuses(&id);
                Ok(None)
            }
        }
    }

    /// Whether neither the author nor the neighbour has said too much.
    fn admits(
        &self,
        channel: ChannelId,
        (id, author, time): (&Hash, &Hash, u64),
        origin: Origin,
    ) -> Result<bool, Misbehaviour> {
        let now = self.now();
        let mut gossip = self.gossip.lock();
        let is_known = || self.store.is_known(author).unwrap_or(false);
        if origin == Origin::Sync {
            let is_stranger = gossip.authors.is_stranger(author, now, is_known);
            gossip.brought(channel, is_stranger, now);
        }
        if origin == Origin::Gossip && !gossip.authors.says(author, now) {
            gossip.puts_off(id);
            return Ok(false);
        }
        if !gossip.may_bring(channel, author, time) {
            return Err("it brings more of one author and minute than anybody writes");
        }
        if !gossip.authors.may_claim(author, time) {
            gossip.refuses(id);
            return Ok(false);
        }
        Ok(true)
    }

    /// The room of this user and an author, if that is what the id says: it is joined.
    fn direct_from(&self, author: &Hash, id: &Hash, news: &mut Vec<News>) -> Option<Arc<Room>> {
        let me = self.me();
        let is_theirs = *self.pairs.lock().entry(*author, || {
            let is_blocked = self.store.is_blocked(author).unwrap_or(false);
            (!is_blocked).then(|| secret::pair(&me.identity, author).ok().map(|pair| pair.id)).flatten()
        });
        if is_theirs != Some(*id) {
            return None;
        }
        let room = Room::direct(&me.identity, author).ok()?;
        match self.enter_room(room) {
            Ok(room) => {
                news.push(News::Joined(room.id));
                Some(room)
            }
            Err(error) => {
                tracing::warn!(%error, "a direct room cannot be joined");
                None
            }
        }
    }

    /// Passes a message of a room on that is not joined.
    fn relay(&self, id: &Hash, envelope: Envelope, holders: &[ChannelId]) {
        let relays = self.config.read().relay;
        let mut gossip = self.gossip.lock();
        gossip.authors.claimed(&envelope.author, envelope.time);
        if relays {
            gossip.relays(id, envelope, holders);
        } else {
            gossip.puts_off(id);
        }
    }

    /// Keeps messages, and passes on what is new.
    fn keep(&self, channel: ChannelId, arrivals: Vec<Arrival>, in_bulk: bool) -> Vec<News> {
        if arrivals.is_empty() {
            return Vec::new();
        }
        let (opened, ways): (Vec<_>, Vec<_>) =
            arrivals.into_iter().map(|arrival| (arrival.opened, (arrival.origin, arrival.holders))).unzip();
        let inserted = match self.store.insert_all(&opened, self.now()) {
            Ok(inserted) => inserted,
            Err(error) => {
                // They are not passed on either: whoever asked for them would lose them with this node.
                tracing::error!(error = &error as &dyn std::error::Error, "messages cannot be kept");
                return Vec::new();
            }
        };
        let mut news = Vec::new();
        for ((opened, (origin, holders)), inserted) in opened.into_iter().zip(ways).zip(inserted) {
            let bulk = in_bulk && origin == Origin::Sync;
            news.extend(self.pass_on(channel, opened, (&holders, bulk), inserted));
        }
        news
    }

    fn pass_on(
        &self,
        channel: ChannelId,
        opened: Opened,
        (holders, in_bulk): (&[ChannelId], bool),
        inserted: Inserted,
    ) -> Vec<News> {
        let (id, room) = (*opened.id(), opened.envelope().room);
        let moment = self.moment();
        let mut gossip = self.gossip.lock();
        match inserted {
            Inserted::New { gap, touches } => {
                gossip.authors.claimed(&opened.envelope().author, opened.envelope().time);
                gossip.spread(&room, &id, holders, in_bulk);
                if in_bulk {
                    gossip.reconciled(&room, channel, moment);
                } else if gap {
                    gossip.sessions.gap(channel, &room, moment);
                }
                let touched = touches.into_iter().map(News::Changed);
                let shown = opened.kind().is_listed().then_some(News::Message(id));
                shown.into_iter().chain(touched).chain([News::Room(room)]).collect()
            }
            Inserted::Passing => {
                let (author, target) = (opened.envelope().author, opened.target());
                gossip.relays(&id, opened.envelope().clone(), holders);
                drop(gossip);
                let seen = target.map(|target| self.store.set_seen(&room, &author, &target));
                let changed = seen.and_then(Result::ok).unwrap_or_default();
                changed.into_iter().map(News::Changed).collect()
            }
            Inserted::BelowFloor { touches } => {
                gossip.refuses(&id);
                touches.into_iter().map(News::Changed).collect()
            }
            Inserted::Known | Inserted::NoRoom => {
                gossip.puts_off(&id);
                Vec::new()
            }
        }
    }
}
