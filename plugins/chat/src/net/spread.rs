//! Whom a message is told of that is new here.

use super::gossip::{Gossip, Moment};
use super::wanted::ChannelId;
use crate::hash::Hash;
use crate::room::Envelope;
use std::collections::BTreeSet;

impl Gossip {
    /// A message is new in a joined room: all but its `holders` are told. When it came with many others by a reconciliation,
    /// those who have joined the room are not: they are reconciled, see [`reconciled`](Self::reconciled).
    pub(crate) fn spread(&mut self, room: &Hash, id: &Hash, holders: &[ChannelId], in_bulk: bool) {
        self.seen.insert(*id, ());
        for (channel, peer) in &self.peers {
            let is_reconciled = in_bulk && peer.rooms.contains_key(room);
            if !is_reconciled && !holders.contains(channel) {
                peer.outbox.announce(room, id);
            }
        }
    }

    /// Many messages of a room have come from a neighbour by reconciliation.
    pub(crate) fn reconciled(&mut self, room: &Hash, from: ChannelId, moment: Moment) {
        self.sessions.changed(room, from, moment);
    }

    /// A message is kept for a while, so that it can be passed on, and all but its holders are told.
    pub(crate) fn relays(&mut self, id: &Hash, envelope: Envelope, holders: &[ChannelId]) {
        let room = envelope.room;
        self.relay.keep(*id, envelope);
        self.spread(&room, id, holders, false);
    }

    /// A message is not taken now; a reconciliation may bring it.
    pub(crate) fn puts_off(&mut self, id: &Hash) {
        self.seen.insert(*id, ());
    }

    /// A message is not taken before this time.
    pub(crate) fn refuses_until(&mut self, id: &Hash, until: u64) {
        self.seen.insert(*id, ());
        self.refused.insert(*id, until);
    }

    /// A message is never taken.
    pub(crate) fn refuses(&mut self, id: &Hash) {
        self.refuses_until(id, u64::MAX);
    }

    /// This user has written a message: everybody is told.
    pub(crate) fn publish(&mut self, room: &Hash, id: &Hash) {
        self.own.insert(*id, BTreeSet::new());
        self.spread(room, id, &[], false);
    }

    /// A neighbour has an own message: how many have it, if that is news.
    pub(crate) fn has_own(&mut self, channel: ChannelId, id: &Hash) -> Option<(Hash, u32)> {
        let holders = self.own.entry(*id, BTreeSet::new);
        let is_news = holders.insert(channel);
        is_news.then(|| (*id, u32::try_from(holders.len()).unwrap_or(u32::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::outbox::{Next, Outgoing};
    use super::super::sessions::Asked;
    use super::*;
    use std::collections::BTreeMap;

    const ROOM: Hash = [1; 32];
    const ID: Hash = [7; 32];

    /// A node that has joined the room, with three neighbours of which the first two have, too.
    fn gossip() -> Gossip {
        let mut gossip = Gossip::default();
        gossip.join(&ROOM, 0, (0, 0));
        for channel in [1, 2, 3] {
            gossip.enter(channel, channel == 1, 0);
            let rooms = if channel == 3 { BTreeMap::new() } else { BTreeMap::from([(ROOM, 0)]) };
            let changed = gossip.has_joined(channel, rooms, (0, 0)).unwrap();
            assert_eq!(changed.is_empty(), channel == 3);
            assert_eq!(next(&gossip, channel), Some(Outgoing::Rooms));
        }
        gossip
    }

    fn next(gossip: &Gossip, channel: ChannelId) -> Option<Outgoing<super::super::messages::Sync>> {
        match gossip.outbox(channel).unwrap().next(0) {
            Next::Send(outgoing) => Some(outgoing),
            _ => None,
        }
    }

    /// Whom the message is announced to.
    fn told(gossip: &Gossip) -> Vec<ChannelId> {
        let announced = Some(Outgoing::Announce(ROOM, vec![ID]));
        [1, 2, 3].into_iter().filter(|channel| next(gossip, *channel) == announced).collect()
    }

    #[test]
    fn a_message_goes_to_nobody_who_has_it() {
        let mut gossip = gossip();
        for channel in [1, 3] {
            assert_eq!(gossip.hears(channel, &ROOM, &[ID], 0).unknown, [ID]);
            gossip.wants(channel, &ROOM, &[ID], 0).unwrap();
        }
        assert_eq!(next(&gossip, 1), Some(Outgoing::Fetch(vec![ID])));
        let answer = gossip.answered(1, &ID).unwrap();
        gossip.spread(&ROOM, &ID, &answer.holders, false);
        assert_eq!(told(&gossip), [2]);
        assert_eq!(gossip.hears(2, &ROOM, &[ID], 0).unknown, [[0; 32]; 0], "it is known");
    }

    #[test]
    fn what_came_in_bulk_is_told_to_relays_and_reconciled_with_the_others() {
        let mut gossip = gossip();
        gossip.spread(&ROOM, &ID, &[1], true);
        gossip.reconciled(&ROOM, 1, (10_000, 0));
        assert_eq!(told(&gossip), [3]);
        assert!(gossip.sessions.due(9_999).is_some_and(|(channel, _)| channel == 1), "it was due before");
        gossip.sessions.leave(1);
        assert_eq!(gossip.sessions.due(11_000), Some((2, ROOM)));
    }

    #[test]
    fn own_messages_are_counted_by_who_has_them() {
        let mut gossip = gossip();
        gossip.publish(&ROOM, &ID);
        assert_eq!(told(&gossip), [1, 2, 3]);
        assert_eq!(gossip.has_own(1, &ID), Some((ID, 1)));
        assert_eq!(gossip.has_own(1, &ID), None);
        assert_eq!(gossip.hears(3, &ROOM, &[ID], 0).own, [(ID, 2)]);
    }

    #[test]
    fn what_is_put_off_comes_by_reconciliation_and_what_is_refused_does_not() {
        let mut gossip = gossip();
        let (put_off, refused, early) = ([8; 32], [9; 32], [10; 32]);
        gossip.puts_off(&put_off);
        gossip.refuses(&refused);
        gossip.refuses_until(&early, 1000);
        assert_eq!(gossip.hears(1, &ROOM, &[put_off, refused, early], 0).unknown, [[0; 32]; 0]);
        assert!(matches!(gossip.sessions.asked(1, &ROOM, 0, 0), Asked::New));
        let snapshot = std::sync::Arc::new(super::super::snapshots::Snapshot::new(0, []));
        assert!(gossip.sessions.accept((1, &ROOM), snapshot, (0, 0)));
        assert_eq!(gossip.hears(1, &ROOM, &[put_off, refused, early], 999).unknown, [put_off]);
        assert_eq!(gossip.hears(1, &ROOM, &[refused, early], 1000).unknown, [early]);
    }

    #[test]
    fn a_new_neighbour_is_told_what_is_relayed() {
        let mut gossip = gossip();
        let envelope = Envelope {
            room: [5; 32],
            author: [2; 32],
            time: 0,
            depth: 1,
            previous: Vec::new(),
            body: Vec::new(),
            signature: [0; 64],
        };
        gossip.relays(&ID, envelope, &[1]);
        gossip.enter(4, false, 0);
        assert_eq!(next(&gossip, 4), Some(Outgoing::Rooms));
        assert_eq!(next(&gossip, 4), Some(Outgoing::Announce([5; 32], vec![ID])));
        assert_eq!(next(&gossip, 1), None);
    }
}
