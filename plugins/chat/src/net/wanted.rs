//! Who has which message that this node lacks, and whom it has asked for it.

use crate::hash::Hash;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The id of a channel.
pub(crate) type ChannelId = u32;

/// How many ids one question has.
pub(crate) const FETCH: usize = 256;
/// How many ids one peer may owe.
pub(crate) const OWED: usize = 4 * FETCH;
/// How long a peer has for an answer before another one is asked.
const PATIENCE: u64 = 20_000;
/// How many ids may be wanted of one peer, and of all.
const OF_A_PEER: usize = 32_000;
const IN_ALL: usize = 100_000;
/// How many peers are remembered to have one.
const HOLDERS: usize = 8;

/// The messages that this node lacks.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    wants: BTreeMap<Hash, Want>,
    peers: BTreeMap<ChannelId, Peer>,
    /// What has been asked for, in the order in which patience ends.
    deadlines: VecDeque<(u64, ChannelId, Hash)>,
    /// How many are wanted in each room.
    rooms: BTreeMap<Hash, usize>,
}

#[derive(Debug)]
struct Want {
    room: Hash,
    origin: Origin,
    /// Who has it, in the order in which they said so.
    holders: Vec<ChannelId>,
    asked: Option<ChannelId>,
}

/// One peer's share.
#[derive(Debug, Default)]
struct Peer {
    /// What it has and may be asked for; some of it has come from others meanwhile.
    queue: VecDeque<Hash>,
    /// What it has been asked for and has not answered.
    owes: BTreeSet<Hash>,
}

/// How this node came to know of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A peer has announced it.
    Gossip,
    /// It was found when histories were reconciled.
    Sync,
}

/// An answer that was asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) origin: Origin,
    /// Who has it: it goes to none of them.
    pub(crate) holders: Vec<ChannelId>,
}

impl Wanted {
    pub(crate) fn enter(&mut self, channel: ChannelId) {
        self.peers.insert(channel, Peer::default());
    }

    /// The peer is gone: others are asked for what it owes.
    pub(crate) fn leave(&mut self, channel: ChannelId) {
        let Some(peer) = self.peers.remove(&channel) else { return };
        peer.queue.iter().chain(&peer.owes).for_each(|id| self.lost(channel, id));
    }

    /// A peer has a message that this node lacks: whether it is remembered.
    pub(crate) fn want(&mut self, channel: ChannelId, room: &Hash, id: &Hash, origin: Origin) -> bool {
        let Some(peer) = self.peers.get_mut(&channel) else { return false };
        if peer.queue.len() + peer.owes.len() >= OF_A_PEER {
            return false;
        }
        let Some(want) = self.wants.get_mut(id) else {
            if self.wants.len() >= IN_ALL {
                return false;
            }
            let want = Want { room: *room, origin, holders: vec![channel], asked: None };
            self.wants.insert(*id, want);
            *self.rooms.entry(*room).or_default() += 1;
            peer.queue.push_back(*id);
            return true;
        };
        if origin == Origin::Sync {
            want.origin = Origin::Sync;
        }
        if !want.holders.contains(&channel) {
            if want.holders.len() >= HOLDERS {
                return false;
            }
            want.holders.push(channel);
            peer.queue.push_back(*id);
        }
        true
    }

    /// What this peer is to be asked for now, at most [`FETCH`] ids of those that `may` be.
    pub(crate) fn next(&mut self, channel: ChannelId, now: u64, may: impl Fn(Origin) -> bool) -> Vec<Hash> {
        let Some(peer) = self.peers.get_mut(&channel) else { return Vec::new() };
        let most = FETCH.min(OWED.saturating_sub(peer.owes.len()));
        let (mut asked, mut later) = (Vec::new(), Vec::new());
        while asked.len() < most
            && let Some(id) = peer.queue.pop_front()
        {
            match self.wants.get_mut(&id) {
                Some(want) if want.asked.is_none() && want.holders.contains(&channel) => {
                    if !may(want.origin) {
                        later.push(id);
                        continue;
                    }
                    want.asked = Some(channel);
                    peer.owes.insert(id);
                    self.deadlines.push_back((now.saturating_add(PATIENCE), channel, id));
                    asked.push(id);
                }
                // It has come, or another peer has been asked: if that one fails, this one's turn comes again.
                _ => {}
            }
        }
        later.into_iter().rev().for_each(|id| peer.queue.push_front(id));
        asked
    }

    /// The peer gives a message; `None` when it was not asked for it.
    pub(crate) fn answered(&mut self, channel: ChannelId, id: &Hash) -> Option<Answer> {
        if !self.peers.get_mut(&channel)?.owes.remove(id) {
            return None;
        }
        let Some(want) = self.remove(id) else {
            // It was late, and another one's has come.
            return Some(Answer { origin: Origin::Sync, holders: vec![channel] });
        };
        Some(Answer { origin: want.origin, holders: want.holders })
    }

    /// The peer does not have it any more; whether it was asked for it.
    pub(crate) fn gone(&mut self, channel: ChannelId, id: &Hash) -> bool {
        let owed = self.peers.get_mut(&channel).is_some_and(|peer| peer.owes.remove(id));
        if owed {
            self.lost(channel, id);
        }
        owed
    }

    /// Nothing of a room is wanted any more.
    pub(crate) fn forget_room(&mut self, room: &Hash) {
        self.wants.retain(|_, want| want.room != *room);
        self.rooms.remove(room);
    }

    /// Those whose patience has ended are asked of others: whether there were any.
    pub(crate) fn expire(&mut self, now: u64) -> bool {
        let mut any = false;
        while let Some((until, channel, id)) = self.deadlines.front().copied() {
            if until > now {
                break;
            }
            self.deadlines.pop_front();
            if self.wants.get(&id).is_some_and(|want| want.asked == Some(channel)) {
                any = true;
                self.lost(channel, &id);
            }
        }
        any
    }

    /// How many messages of a room are wanted.
    pub(crate) fn of_room(&self, room: &Hash) -> usize {
        self.rooms.get(room).copied().unwrap_or_default()
    }

    #[cfg(test)]
    fn is_wanted(&self, id: &Hash) -> bool {
        self.wants.contains_key(id)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.wants.is_empty()
    }

    /// A peer is not asked for it any more: the next one that has it is.
    fn lost(&mut self, channel: ChannelId, id: &Hash) {
        let Some(want) = self.wants.get_mut(id) else { return };
        want.holders.retain(|holder| *holder != channel);
        if want.asked.is_some_and(|asked| asked != channel) {
            return;
        }
        want.asked = None;
        let next = want.holders.iter().find(|holder| self.peers.contains_key(holder)).copied();
        match next.and_then(|holder| self.peers.get_mut(&holder)) {
            Some(peer) => peer.queue.push_back(*id),
            None => {
                self.remove(id);
            }
        }
    }

    fn remove(&mut self, id: &Hash) -> Option<Want> {
        let want = self.wants.remove(id)?;
        if let Some(count) = self.rooms.get_mut(&want.room) {
            *count -= 1;
            if *count == 0 {
                self.rooms.remove(&want.room);
            }
        }
        Some(want)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Hash = [9; 32];

    fn id(number: u16) -> Hash {
        let mut id = [0; 32];
        id[..2].copy_from_slice(&number.to_be_bytes());
        id
    }

    /// Two peers, both of which have announced the messages with these numbers.
    fn wanted(numbers: std::ops::Range<u16>) -> Wanted {
        let mut wanted = Wanted::default();
        for channel in [1, 2] {
            wanted.enter(channel);
            for number in numbers.clone() {
                assert!(wanted.want(channel, &ROOM, &id(number), Origin::Gossip));
            }
        }
        wanted
    }

    fn next(wanted: &mut Wanted, channel: ChannelId, now: u64) -> Vec<Hash> {
        wanted.next(channel, now, |_| true)
    }

    #[test]
    fn each_message_is_asked_of_one_peer_only() {
        let mut wanted = wanted(0..3);
        assert_eq!(next(&mut wanted, 1, 0), [id(0), id(1), id(2)]);
        assert_eq!(next(&mut wanted, 2, 0), [[0; 32]; 0]);
        let answer = wanted.answered(1, &id(1)).expect("it was asked");
        assert_eq!(answer, Answer { origin: Origin::Gossip, holders: vec![1, 2] });
        assert!(!wanted.is_wanted(&id(1)));
        assert_eq!(wanted.of_room(&ROOM), 2);
    }

    #[test]
    fn what_was_not_asked_for_is_no_answer() {
        let mut wanted = wanted(0..1);
        assert_eq!(wanted.answered(1, &id(0)), None);
        assert!(!wanted.gone(1, &id(0)));
        assert_eq!(next(&mut wanted, 1, 0).len(), 1);
        assert_eq!(wanted.answered(2, &id(0)), None);
        assert!(wanted.answered(1, &id(0)).is_some());
        assert_eq!(wanted.answered(1, &id(0)), None, "twice");
    }

    #[test]
    fn a_peer_that_does_not_answer_is_replaced_and_may_still_answer_late() {
        let mut wanted = wanted(0..2);
        assert_eq!(next(&mut wanted, 1, 0).len(), 2);
        assert!(!wanted.expire(PATIENCE - 1));
        assert!(wanted.expire(PATIENCE));
        assert_eq!(next(&mut wanted, 2, PATIENCE), [id(0), id(1)]);
        assert!(wanted.answered(1, &id(0)).is_some());
        assert!(wanted.answered(2, &id(0)).is_some(), "it was asked too");
        assert!(!wanted.expire(2 * PATIENCE - 1));
        // Nobody is left who says that they have it.
        assert!(wanted.expire(2 * PATIENCE));
        assert!(wanted.is_empty());
    }

    #[test]
    fn what_a_peer_takes_along_or_does_not_have_is_asked_of_the_next() {
        let mut wanted = wanted(0..2);
        assert_eq!(next(&mut wanted, 1, 0).len(), 2);
        assert!(wanted.gone(1, &id(0)));
        assert_eq!(next(&mut wanted, 2, 0), [id(0)]);
        wanted.leave(1);
        assert_eq!(next(&mut wanted, 2, 0), [id(1)]);
        wanted.leave(2);
        assert!(wanted.is_empty());
        assert_eq!(wanted.of_room(&ROOM), 0);
    }

    #[test]
    fn a_peer_that_answers_nothing_is_not_asked_without_end() {
        let mut wanted = wanted(0..2000);
        let asked: Vec<_> = (0..9).map(|_| next(&mut wanted, 1, 0).len()).collect();
        assert_eq!(asked, [FETCH, FETCH, FETCH, FETCH, 0, 0, 0, 0, 0]);
        assert!(wanted.expire(PATIENCE));
        assert_eq!(next(&mut wanted, 1, PATIENCE).len(), 0, "it owes as much as it may");
        assert_eq!(next(&mut wanted, 2, PATIENCE).len(), FETCH);
    }

    #[test]
    fn what_may_not_be_asked_yet_waits_for_its_turn() {
        let mut wanted = wanted(0..1);
        assert!(wanted.want(1, &ROOM, &id(7), Origin::Sync));
        assert!(wanted.want(1, &ROOM, &id(8), Origin::Sync));
        assert_eq!(wanted.next(1, 0, |origin| origin == Origin::Gossip), [id(0)]);
        assert_eq!(next(&mut wanted, 1, 0), [id(7), id(8)]);
    }

    #[test]
    fn no_peer_fills_the_memory() {
        let mut wanted = Wanted::default();
        wanted.enter(1);
        let kept = (0..u16::MAX).filter(|number| wanted.want(1, &ROOM, &id(*number), Origin::Gossip)).count();
        assert_eq!(kept, OF_A_PEER);
        assert!(!wanted.want(2, &ROOM, &id(1), Origin::Gossip), "there is no such peer");
    }

    #[test]
    fn a_room_that_is_left_is_not_asked_for() {
        let mut wanted = wanted(0..5);
        wanted.forget_room(&ROOM);
        assert!(wanted.is_empty() && next(&mut wanted, 1, 0).is_empty());
    }
}
