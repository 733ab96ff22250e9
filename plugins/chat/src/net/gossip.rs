//! What this node knows of its neighbours: their rooms, what they have, and what it asks of whom. No I/O, and no clock.

use super::authors::Authors;
use super::limits::{MINUTE, PER_MINUTE, Verdict};
use super::lru::Lru;
use super::messages::Sync;
use super::outbox::Outbox;
use super::peer::Peer;
use super::relay::Relay;
use super::sessions::{Sessions, within};
use super::wanted::{Answer, ChannelId, Origin, Wanted};
use crate::hash::Hash;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How many ids are remembered, so that what was dealt with is not asked for again.
const SEEN: usize = 100_000;
/// How many ids of messages that are not taken.
const REFUSED: usize = 20_000;
/// Of how many own messages it is remembered who has them.
const OWN: usize = 1024;
/// How soon two who meet are reconciled.
const MEETING: (u64, u64) = (50, 500);

/// The time, and a random number for whatever is to happen at no certain time.
pub(crate) type Moment = (u64, u64);

/// Everything about neighbours.
#[derive(Debug)]
pub(crate) struct Gossip {
    pub(super) peers: BTreeMap<ChannelId, Peer>,
    /// The rooms that this node has joined, each with its floor.
    pub(super) rooms: BTreeMap<Hash, u64>,
    pub(crate) wanted: Wanted,
    pub(crate) sessions: Sessions,
    pub(crate) authors: Authors,
    pub(crate) relay: Relay,
    pub(super) seen: Lru<Hash, ()>,
    /// What is not taken, and until when.
    pub(super) refused: Lru<Hash, u64>,
    /// Which neighbours have an own message.
    pub(super) own: Lru<Hash, BTreeSet<ChannelId>>,
}

/// What a neighbour has announced and this node does not know of yet.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Heard {
    /// What the store may have all the same.
    pub(crate) unknown: Vec<Hash>,
    /// Own messages that the neighbour has, as is known from now on, each with the number of neighbours that do.
    pub(crate) own: Vec<(Hash, u32)>,
}

impl Default for Gossip {
    fn default() -> Self {
        Self {
            peers: BTreeMap::new(),
            rooms: BTreeMap::new(),
            wanted: Wanted::default(),
            sessions: Sessions::default(),
            authors: Authors::default(),
            relay: Relay::default(),
            seen: Lru::new(SEEN),
            refused: Lru::new(REFUSED),
            own: Lru::new(OWN),
        }
    }
}

impl Gossip {
    /// A neighbour is there: what is to be sent to it. It is told what is relayed.
    pub(crate) fn enter(&mut self, channel: ChannelId, dialled: bool, now: u64) -> Arc<Outbox<Sync>> {
        let peer = Peer::new(dialled, now);
        let outbox = Arc::clone(&peer.outbox);
        self.relay.all().for_each(|(room, id)| outbox.announce(&room, &id));
        self.peers.insert(channel, peer);
        self.wanted.enter(channel);
        outbox
    }

    /// A neighbour is gone.
    pub(crate) fn leave(&mut self, channel: ChannelId, now: u64) {
        self.peers.remove(&channel);
        self.wanted.leave(channel);
        self.sessions.leave(channel);
        self.ask_all(now);
    }

    /// This node joins a room.
    pub(crate) fn join(&mut self, room: &Hash, floor: u64, moment: Moment) {
        self.rooms.insert(*room, floor);
        for (channel, peer) in &self.peers {
            peer.outbox.rooms();
            if peer.rooms.contains_key(room) {
                self.sessions.share(*channel, room, peer.dialled, soon(moment));
            }
        }
    }

    /// This node leaves a room.
    pub(crate) fn part(&mut self, room: &Hash) {
        self.rooms.remove(room);
        self.wanted.forget_room(room);
        self.sessions.forget_room(room);
        self.authors.forget_minutes();
        for peer in self.peers.values_mut() {
            peer.outbox.forget_room(room);
            peer.outbox.rooms();
            peer.minutes.clear();
        }
    }

    /// Nothing older is kept of a room any more.
    pub(crate) fn raise(&mut self, room: &Hash, floor: u64) {
        if let Some(own) = self.rooms.get_mut(room).filter(|own| **own < floor) {
            *own = floor;
            self.peers.values().for_each(|peer| peer.outbox.rooms());
        }
    }

    /// The rooms that this node has joined, and their floors.
    pub(crate) fn rooms(&self) -> (Vec<Hash>, Vec<u64>) {
        self.rooms.iter().take(super::messages::ROOMS).map(|(room, floor)| (*room, *floor)).unzip()
    }

    /// A neighbour says which rooms it has joined: in which of this node's rooms that changes anything; `None` when it says
    /// so all the time.
    pub(crate) fn has_joined(
        &mut self,
        channel: ChannelId,
        rooms: BTreeMap<Hash, u64>,
        moment: Moment,
    ) -> Option<Vec<Hash>> {
        let peer = self.peers.get_mut(&channel)?;
        if peer.lists.take(moment.0, 1) == 0 {
            return None;
        }
        let before = std::mem::replace(&mut peer.rooms, rooms);
        let mut changed = Vec::new();
        for room in self.rooms.keys() {
            match (before.contains_key(room), peer.rooms.contains_key(room)) {
                (false, true) => self.sessions.share(channel, room, peer.dialled, soon(moment)),
                (true, false) => self.sessions.part(channel, room),
                _ => continue,
            }
            changed.push(*room);
        }
        Some(changed)
    }

    /// Since when this node and a neighbour both keep a room.
    pub(crate) fn floor(&self, channel: ChannelId, room: &Hash) -> u64 {
        let theirs = self.peers.get(&channel).and_then(|peer| peer.rooms.get(room));
        theirs.copied().unwrap_or_default().max(self.rooms.get(room).copied().unwrap_or_default())
    }

    /// How many neighbours there are, and how many have joined a room.
    pub(crate) fn count(&self) -> usize {
        self.peers.len()
    }

    pub(crate) fn members(&self, room: &Hash) -> usize {
        self.peers.values().filter(|peer| peer.rooms.contains_key(room)).count()
    }

    /// A neighbour announces messages: what this node may not know of.
    pub(crate) fn hears(&mut self, channel: ChannelId, room: &Hash, ids: &[Hash], now: u64) -> Heard {
        let by_sync = self.sessions.expects(channel, room, now);
        let mut heard = Heard::default();
        for id in ids {
            if let Some(peer) = self.peers.get(&channel) {
                peer.outbox.has(id);
            }
            if self.own.contains(id) {
                heard.own.extend(self.has_own(channel, id));
            } else if !self.is_settled(id, by_sync, now) {
                heard.unknown.push(*id);
            }
        }
        heard
    }

    /// Whether a message is here, or need not be asked for. What was only put off comes by reconciliation.
    fn is_settled(&self, id: &Hash, by_sync: bool, now: u64) -> bool {
        self.is_refused(id, now) || self.relay.has(id) || (!by_sync && self.seen.contains(id))
    }

    fn is_refused(&self, id: &Hash, now: u64) -> bool {
        self.refused.get(id).is_some_and(|until| *until > now)
    }

    /// A neighbour has announced these, which this node lacks; it is asked for them.
    pub(crate) fn wants(
        &mut self,
        channel: ChannelId,
        room: &Hash,
        ids: &[Hash],
        now: u64,
    ) -> Result<(), &'static str> {
        let by_sync = self.sessions.expects(channel, room, now);
        let Some(peer) = self.peers.get_mut(&channel) else { return Ok(()) };
        let (taken, origin) = if by_sync {
            (ids.len(), Origin::Sync)
        } else {
            match peer.announcements.announced(now, ids.len()) {
                Verdict::Take(taken) => (taken, Origin::Gossip),
                Verdict::Misbehaved(why) => return Err(why),
            }
        };
        for id in ids.iter().take(taken) {
            self.wanted.want(channel, room, id, origin);
        }
        self.ask(channel, now);
        Ok(())
    }

    /// A reconciliation has found that a neighbour has these, which this node lacks.
    pub(crate) fn needs(&mut self, channel: ChannelId, room: &Hash, ids: &[Hash], now: u64) {
        for id in ids {
            if !self.is_refused(id, now) {
                self.wanted.want(channel, room, id, Origin::Sync);
            }
        }
        self.ask(channel, now);
    }

    /// Asks a neighbour for what it has and may be asked for now.
    pub(crate) fn ask(&mut self, channel: ChannelId, now: u64) {
        let Some(peer) = self.peers.get_mut(&channel) else { return };
        let may_bring = peer.strangers.wait(now) == 0 && peer.reconciled.wait(now) == 0;
        loop {
            let ids = self.wanted.next(channel, now, |origin| origin == Origin::Gossip || may_bring);
            if ids.is_empty() {
                break;
            }
            peer.outbox.fetch(ids);
        }
    }

    /// Asks all neighbours.
    pub(crate) fn ask_all(&mut self, now: u64) {
        let channels: Vec<_> = self.peers.keys().copied().collect();
        channels.into_iter().for_each(|channel| self.ask(channel, now));
    }

    /// A neighbour gives a message; `None` when it was not asked for it.
    pub(crate) fn answered(&mut self, channel: ChannelId, id: &Hash) -> Option<Answer> {
        self.wanted.answered(channel, id)
    }

    /// A neighbour has brought a message by an author of this minute: whether it has not brought too many.
    pub(crate) fn may_bring(&mut self, channel: ChannelId, author: &Hash, time: u64) -> bool {
        let Some(peer) = self.peers.get_mut(&channel) else { return true };
        let count = peer.minutes.entry((*author, time / MINUTE), || 0);
        *count += 1;
        *count <= PER_MINUTE
    }

    /// A neighbour has brought a message by reconciliation, of a stranger or not: it is asked for more when it may bring more.
    pub(crate) fn brought(&mut self, channel: ChannelId, is_stranger: bool, now: u64) {
        if let Some(peer) = self.peers.get_mut(&channel) {
            peer.reconciled.spend(now, 1);
            peer.strangers.spend(now, usize::from(is_stranger));
        }
    }

    /// A neighbour begins a reconciliation: whether it may.
    pub(crate) fn may_sync(&mut self, channel: ChannelId, now: u64) -> bool {
        self.peers.get_mut(&channel).is_some_and(|peer| peer.syncs.take(now, 1) == 1)
    }

    /// What waits for a neighbour.
    pub(crate) fn outbox(&self, channel: ChannelId) -> Option<Arc<Outbox<Sync>>> {
        self.peers.get(&channel).map(|peer| Arc::clone(&peer.outbox))
    }
}

fn soon((now, random): Moment) -> u64 {
    now + within(MEETING, random)
}
