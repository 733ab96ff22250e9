//! When which room is reconciled with which peer, and how far that has come.

use super::limits::MINUTE;
use super::snapshots::Snapshot;
use super::wanted::ChannelId;
use crate::hash::Hash;
use crate::room::{Difference, SyncError};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How often a room is reconciled with a peer that this node has dialled, at least and at most.
const PERIOD: (u64, u64) = (3 * MINUTE, 6 * MINUTE);
/// How soon it is where the peer is known to lack something, or this node to have found only a part.
const SOON: (u64, u64) = (1000, 3000);
/// How long an answer may take.
const PATIENCE: u64 = 30_000;
/// How long this node remembers a reconciliation that the peer has begun, and then expects announcements of what it lacks.
const MEMORY: u64 = 60_000;
const EXPECTED: u64 = 10 * MINUTE;
/// How many rounds there are at most.
const ROUNDS: u32 = 2000;
/// How many differences one reconciliation finds; the rest is found by the next one.
const FOUND: usize = 16_000;
/// How many this node carries on at once, and one peer with it.
const AT_ONCE: usize = 16;
const OF_A_PEER: usize = 4;

/// Every room that a peer and this node have both joined.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    pairs: BTreeMap<(ChannelId, Hash), Pair>,
}

#[derive(Debug, Default)]
struct Pair {
    /// Whether this node has dialled the peer: then it begins, and wins when both do.
    dialled: bool,
    due: Option<u64>,
    /// Whether that is only since something was missing.
    for_gap: bool,
    /// What this node has begun.
    ours: Option<Ours>,
    /// What the peer has begun.
    theirs: Option<Theirs>,
    /// Until when the peer may announce what this node has been found to lack.
    expects: u64,
}

#[derive(Debug)]
struct Ours {
    snapshot: Arc<Snapshot>,
    /// The round of the answer that is waited for.
    round: u32,
    until: u64,
    found: usize,
}

#[derive(Debug)]
struct Theirs {
    snapshot: Arc<Snapshot>,
    /// The round of the question that may come.
    round: u32,
    until: u64,
}

/// What to do with a question.
#[derive(Debug)]
pub(crate) enum Asked {
    /// Answer with this round, of this snapshot.
    Answer(u32, Arc<Snapshot>),
    /// A new reconciliation: take a snapshot, and call [`Sessions::accept`].
    New,
    /// Nothing: it is of a reconciliation that is over.
    Nothing,
}

/// What follows from an answer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Step {
    /// What the peer lacks.
    pub(crate) have: Vec<Hash>,
    /// What this node lacks.
    pub(crate) need: Vec<Hash>,
    /// What to say next, and in which round.
    pub(crate) next: Option<(u32, Vec<u8>)>,
    /// The peer keeps nothing older than this: begin again from there.
    pub(crate) again_from: Option<u64>,
}

impl Sessions {
    /// A peer and this node have both joined a room.
    pub(crate) fn share(&mut self, channel: ChannelId, room: &Hash, dialled: bool, due: u64) {
        let pair = self.pairs.entry((channel, *room)).or_default();
        pair.dialled = dialled;
        pair.due = pair.due.or(dialled.then_some(due));
    }

    /// One of them has left it.
    pub(crate) fn part(&mut self, channel: ChannelId, room: &Hash) {
        self.pairs.remove(&(channel, *room));
    }

    /// The peer is gone.
    pub(crate) fn leave(&mut self, channel: ChannelId) {
        self.pairs.retain(|(of, _), _| *of != channel);
    }

    /// This node has left a room.
    pub(crate) fn forget_room(&mut self, room: &Hash) {
        self.pairs.retain(|(_, of), _| of != room);
    }

    /// A room has changed in a way that is not announced: it is reconciled soon with all peers but this one.
    pub(crate) fn changed(&mut self, room: &Hash, from: ChannelId, (now, random): (u64, u64)) {
        let due = now + within(SOON, random);
        for ((channel, of), pair) in &mut self.pairs {
            if of == room && *channel != from {
                pair.due = Some(pair.due.map_or(due, |other| other.min(due)));
                pair.for_gap = false;
            }
        }
    }

    /// A peer has sent a message before which something is missing: if that does not come by itself, it is looked for.
    pub(crate) fn gap(&mut self, channel: ChannelId, room: &Hash, (now, random): (u64, u64)) {
        let due = now + within(SOON, random);
        let Some(pair) = self.pairs.get_mut(&(channel, *room)) else { return };
        if pair.due.is_none_or(|other| other > due) {
            pair.due = Some(due);
            pair.for_gap = true;
        }
    }

    /// Whether what is due is so only for something that was missing.
    pub(crate) fn only_for_gaps(&self, channel: ChannelId, room: &Hash) -> bool {
        self.pairs.get(&(channel, *room)).is_some_and(|pair| pair.for_gap)
    }

    /// What is due need not be done now.
    pub(crate) fn put_off(&mut self, channel: ChannelId, room: &Hash, (now, random): (u64, u64)) {
        if let Some(pair) = self.pairs.get_mut(&(channel, *room)) {
            pair.due = pair.dialled.then_some(now + within(PERIOD, random));
            pair.for_gap = false;
        }
    }

    /// A pair whose time has come, if not too many are reconciled already.
    pub(crate) fn due(&self, now: u64) -> Option<(ChannelId, Hash)> {
        let mut active: BTreeMap<ChannelId, usize> = BTreeMap::new();
        for ((channel, _), _) in self.pairs.iter().filter(|(_, pair)| pair.ours.is_some()) {
            *active.entry(*channel).or_default() += 1;
        }
        if active.values().sum::<usize>() >= AT_ONCE {
            return None;
        }
        let due = self.pairs.iter().filter_map(|(key, pair)| {
            let due = pair.due.filter(|due| *due <= now && pair.ours.is_none())?;
            let is_free = active.get(&key.0).is_none_or(|count| *count < OF_A_PEER);
            is_free.then_some((due, *key))
        });
        due.min().map(|(_, key)| key)
    }

    /// When there is something to do next.
    pub(crate) fn next(&self) -> Option<u64> {
        let of = |pair: &Pair| match &pair.ours {
            Some(ours) => Some(ours.until),
            None => pair.due,
        };
        self.pairs.values().filter_map(of).min()
    }

    /// This node begins: what to say in round 0.
    pub(crate) fn begin(
        &mut self,
        (channel, room): (ChannelId, &Hash),
        snapshot: Arc<Snapshot>,
        (now, random): (u64, u64),
    ) -> Option<Vec<u8>> {
        let pair = self.pairs.get_mut(&(channel, *room))?;
        let question = snapshot.messages.initiate().ok()?;
        pair.for_gap = false;
        pair.due = pair.dialled.then_some(now + within(PERIOD, random));
        pair.ours = Some(Ours { snapshot, round: 1, until: now + PATIENCE, found: 0 });
        Some(question)
    }

    /// The peer asks, in an even round.
    pub(crate) fn asked(&mut self, channel: ChannelId, room: &Hash, round: u32, now: u64) -> Asked {
        let Some(pair) = self.pairs.get_mut(&(channel, *room)) else { return Asked::Nothing };
        if round == 0 {
            // Both have begun at once: the one that dialled goes on.
            return if pair.dialled && pair.ours.is_some() { Asked::Nothing } else { Asked::New };
        }
        match &mut pair.theirs {
            Some(theirs) if theirs.round == round && round < ROUNDS => {
                (theirs.round, theirs.until) = (round + 2, now + MEMORY);
                pair.expects = now + EXPECTED;
                Asked::Answer(round + 1, Arc::clone(&theirs.snapshot))
            }
            _ => Asked::Nothing,
        }
    }

    /// The peer begins, and is answered of this snapshot. Whether the pair is still there.
    pub(crate) fn accept(
        &mut self,
        (channel, room): (ChannelId, &Hash),
        snapshot: Arc<Snapshot>,
        (now, random): (u64, u64),
    ) -> bool {
        let Some(pair) = self.pairs.get_mut(&(channel, *room)) else { return false };
        pair.ours = None;
        pair.for_gap = false;
        pair.due = pair.dialled.then_some(now + within(PERIOD, random));
        pair.theirs = Some(Theirs { snapshot, round: 2, until: now + MEMORY });
        pair.expects = now + EXPECTED;
        true
    }

    /// The peer answers, in an odd round.
    pub(crate) fn answered(
        &mut self,
        (channel, room): (ChannelId, &Hash),
        (round, floor): (u32, u64),
        payload: &[u8],
        (now, random): (u64, u64),
    ) -> Result<Step, SyncError> {
        let Some(pair) = self.pairs.get_mut(&(channel, *room)) else { return Ok(Step::default()) };
        let Some(ours) = pair.ours.as_mut().filter(|ours| ours.round == round) else {
            return Ok(Step::default());
        };
        if floor > ours.snapshot.floor {
            pair.ours = None;
            return Ok(Step { again_from: Some(floor), ..Step::default() });
        }
        let Difference { have, need, next } = ours.snapshot.messages.proceed(payload)?;
        ours.found += have.len() + need.len();
        let is_cut = next.is_some() && (ours.found >= FOUND || round >= ROUNDS);
        let next = next.filter(|_| !is_cut).map(|next| (round + 1, next));
        (ours.round, ours.until) = (round + 2, now + PATIENCE);
        if next.is_none() {
            pair.ours = None;
        }
        if is_cut {
            pair.due = Some(now + within(SOON, random));
        }
        Ok(Step { have, need, next, again_from: None })
    }

    /// Whether the peer may announce at once what this node was found to lack in a room.
    pub(crate) fn expects(&self, channel: ChannelId, room: &Hash, now: u64) -> bool {
        self.pairs.get(&(channel, *room)).is_some_and(|pair| pair.expects > now)
    }

    /// Whether a room is being reconciled by this node.
    pub(crate) fn is_syncing(&self, room: &Hash) -> bool {
        self.pairs.iter().any(|((_, of), pair)| of == room && pair.ours.is_some())
    }

    /// Gives up what was not answered, and forgets what the peer has not gone on with: the rooms that are given up.
    pub(crate) fn expire(&mut self, now: u64) -> Vec<Hash> {
        let mut given_up = Vec::new();
        for ((_, room), pair) in &mut self.pairs {
            pair.theirs.take_if(|theirs| theirs.until <= now);
            if pair.ours.take_if(|ours| ours.until <= now).is_some() {
                given_up.push(*room);
            }
        }
        given_up
    }
}

/// A time within a range.
pub(crate) const fn within((from, to): (u64, u64), random: u64) -> u64 {
    from + random % (to - from)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Hash = [1; 32];

    fn id(number: u16) -> Hash {
        let mut id = [0; 32];
        id[..2].copy_from_slice(&number.to_be_bytes());
        id
    }

    fn snapshot(floor: u64, numbers: std::ops::Range<u16>) -> Arc<Snapshot> {
        Arc::new(Snapshot::new(floor, numbers.map(|number| (u64::from(number), id(number)))))
    }

    /// The sessions of a node with one peer.
    fn sessions(dialled: bool) -> Sessions {
        let mut sessions = Sessions::default();
        sessions.share(1, &ROOM, dialled, 100);
        sessions
    }

    #[test]
    fn the_side_that_dialled_begins_and_does_so_again_after_minutes() {
        let (mut dialler, listener) = (sessions(true), sessions(false));
        assert_eq!(listener.next(), None);
        assert_eq!((dialler.due(99), dialler.due(100)), (None, Some((1, ROOM))));
        dialler.begin((1, &ROOM), snapshot(0, 0..5), (100, 7)).unwrap();
        assert!(dialler.is_syncing(&ROOM));
        assert_eq!(dialler.due(1_000_000), None, "it goes on already");
        assert_eq!(dialler.expire(100 + PATIENCE), [ROOM]);
        assert_eq!(dialler.next(), Some(100 + PERIOD.0 + 7));
    }

    #[test]
    fn two_sides_find_what_each_lacks() {
        let (mut dialler, mut listener) = (sessions(true), sessions(false));
        let (ours, theirs) = (snapshot(0, 0..900), snapshot(0, 500..1500));
        let mut say = dialler.begin((1, &ROOM), ours, (0, 0)).map(|question| (0, question));
        let (mut have, mut need) = (Vec::new(), Vec::new());
        while let Some((round, question)) = say {
            let (answer, snapshot) = match listener.asked(1, &ROOM, round, 0) {
                Asked::New => {
                    assert!(listener.accept((1, &ROOM), Arc::clone(&theirs), (0, 0)));
                    (1, Arc::clone(&theirs))
                }
                Asked::Answer(answer, snapshot) => (answer, snapshot),
                Asked::Nothing => unreachable!("it is the next round"),
            };
            let payload = snapshot.messages.answer(&question).unwrap();
            let step = dialler.answered((1, &ROOM), (answer, 0), &payload, (0, 0)).unwrap();
            have.extend(step.have);
            need.extend(step.need);
            say = step.next;
        }
        have.sort_unstable();
        need.sort_unstable();
        assert_eq!(have, (0..500).map(id).collect::<Vec<_>>());
        assert_eq!(need, (900..1500).map(id).collect::<Vec<_>>());
        assert!(!dialler.is_syncing(&ROOM));
        assert!(listener.expects(1, &ROOM, EXPECTED - 1) && !listener.expects(1, &ROOM, EXPECTED));
    }

    #[test]
    fn when_both_begin_at_once_the_side_that_dialled_goes_on() {
        let (mut dialler, mut listener) = (sessions(true), sessions(false));
        for side in [&mut dialler, &mut listener] {
            side.begin((1, &ROOM), snapshot(0, 0..5), (0, 0)).unwrap();
        }
        assert!(matches!(dialler.asked(1, &ROOM, 0, 0), Asked::Nothing));
        assert!(matches!(listener.asked(1, &ROOM, 0, 0), Asked::New));
        assert!(listener.accept((1, &ROOM), snapshot(0, 0..5), (0, 0)));
        assert!(!listener.is_syncing(&ROOM));
    }

    #[test]
    fn a_peer_that_keeps_less_is_asked_again_for_what_it_keeps() {
        let mut dialler = sessions(true);
        dialler.begin((1, &ROOM), snapshot(50, 0..5), (0, 0)).unwrap();
        let step = dialler.answered((1, &ROOM), (1, 80), &[0x61], (0, 0)).unwrap();
        assert_eq!(step, Step { again_from: Some(80), ..Step::default() });
        assert!(!dialler.is_syncing(&ROOM));
    }

    #[test]
    fn rounds_that_were_not_asked_for_change_nothing() {
        let mut dialler = sessions(true);
        assert!(matches!(dialler.asked(1, &ROOM, 2, 0), Asked::Nothing));
        assert!(matches!(dialler.asked(2, &ROOM, 0, 0), Asked::Nothing), "there is no such peer");
        let nothing = Step::default();
        assert_eq!(dialler.answered((1, &ROOM), (1, 0), &[9], (0, 0)).unwrap(), nothing);
        dialler.begin((1, &ROOM), snapshot(0, 0..5), (0, 0)).unwrap();
        assert_eq!(dialler.answered((1, &ROOM), (3, 0), &[9], (0, 0)).unwrap(), nothing);
        assert!(dialler.answered((1, &ROOM), (1, 0), &[9], (0, 0)).is_err());
    }

    #[test]
    fn only_so_many_go_on_at_once() {
        let mut sessions = Sessions::default();
        for channel in 0..9 {
            (0..9).for_each(|room| sessions.share(channel, &[room; 32], true, 0));
        }
        let mut begun = BTreeMap::new();
        while let Some((channel, room)) = sessions.due(0) {
            sessions.begin((channel, &room), snapshot(0, 0..5), (0, 0)).unwrap();
            *begun.entry(channel).or_insert(0) += 1;
        }
        assert!(begun.values().all(|count| *count <= OF_A_PEER), "{begun:?}");
        assert_eq!(begun.values().sum::<usize>(), AT_ONCE);
    }

    #[test]
    fn what_has_come_in_one_go_is_soon_reconciled_with_the_others() {
        let mut sessions = Sessions::default();
        [1, 2, 3].into_iter().for_each(|channel| sessions.share(channel, &ROOM, channel == 1, 99_000));
        sessions.changed(&ROOM, 2, (5_000, 0));
        assert_eq!(sessions.due(5_000 + SOON.0), Some((1, ROOM)));
        sessions.begin((1, &ROOM), snapshot(0, 0..5), (6_000, 0)).unwrap();
        assert_eq!(sessions.due(5_000 + SOON.0), Some((3, ROOM)), "though the peer has dialled");
        sessions.leave(3);
        assert_eq!(sessions.due(99_999), None);
    }

    #[test]
    fn a_history_that_differs_in_everything_is_found_in_parts() {
        let mut dialler = sessions(true);
        let question = dialler.begin((1, &ROOM), snapshot(0, 0..0), (0, 0)).unwrap();
        let theirs = snapshot(0, 0..40_000);
        let (mut say, mut need) = (Some((0, question)), 0);
        while let Some((round, question)) = say {
            let payload = theirs.messages.answer(&question).unwrap();
            let step = dialler.answered((1, &ROOM), (round + 1, 0), &payload, (0, 0)).unwrap();
            need += step.need.len();
            say = step.next;
        }
        assert!((FOUND..FOUND + 2000).contains(&need), "{need}");
        assert_eq!(dialler.next(), Some(SOON.0));
    }
}
