//! What is to be sent to one peer: asked for, answered, announced, reconciled.

use super::limits::{ANNOUNCING, Bucket, TELLING_ROOMS};
use super::signal::Signal;
use crate::hash::Hash;
use parking_lot::Mutex;
use std::collections::{BTreeMap, VecDeque};
use std::future::Future;

/// How many ids one announcement has.
pub(crate) const ANNOUNCE: usize = 1000;
/// How many announcements wait; the oldest go, and the next reconciliation makes up for them.
const WAITING: usize = 20_000;
/// How many ids a peer may ask for before it is answered.
const ASKED: usize = 2048;
/// How many messages of a reconciliation wait.
const SYNCS: usize = 256;

/// Something to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outgoing<S> {
    /// The rooms that this node has joined.
    Rooms,
    /// A question for these.
    Fetch(Vec<Hash>),
    /// The answer to a question for these.
    Answer(Vec<Hash>),
    /// These are here.
    Announce(Hash, Vec<Hash>),
    /// A message of a reconciliation.
    Sync(S),
}

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next<S> {
    /// This.
    Send(Outgoing<S>),
    /// Announcements wait for so many milliseconds, so that the peer need not call it a flood.
    Wait(u64),
    /// Nothing.
    Idle,
}

/// What waits for one peer. `S` is a message of a reconciliation.
#[derive(Debug)]
pub(crate) struct Outbox<S> {
    state: Mutex<State<S>>,
    signal: Signal,
}

#[derive(Debug)]
struct State<S> {
    rooms: bool,
    rooms_pace: Bucket,
    fetches: VecDeque<Vec<Hash>>,
    answers: VecDeque<Hash>,
    syncs: VecDeque<S>,
    /// What is announced because the peer lacks it, as a reconciliation has found: it expects that.
    lacking: VecDeque<(Hash, Hash)>,
    /// What is announced because it is new here.
    fresh: VecDeque<Hash>,
    /// The rooms of those in `fresh`; what is not in it any more is not announced.
    rooms_of: BTreeMap<Hash, Hash>,
    pace: Bucket,
}

impl<S> Outbox<S> {
    pub(crate) fn new(now: u64) -> Self {
        let state = State {
            rooms: true,
            rooms_pace: Bucket::new(TELLING_ROOMS, now),
            fetches: VecDeque::new(),
            answers: VecDeque::new(),
            syncs: VecDeque::new(),
            lacking: VecDeque::new(),
            fresh: VecDeque::new(),
            rooms_of: BTreeMap::new(),
            pace: Bucket::new(ANNOUNCING, now),
        };
        Self { state: Mutex::new(state), signal: Signal::default() }
    }

    /// Waits until something has been put in since the last time.
    pub(crate) fn filled(&self) -> impl Future<Output = ()> + Send + '_ {
        self.signal.wait()
    }

    /// The list of rooms is to be sent.
    pub(crate) fn rooms(&self) {
        self.change(|state| state.rooms = true);
    }

    /// Asks for these.
    pub(crate) fn fetch(&self, ids: Vec<Hash>) {
        self.change(|state| state.fetches.push_back(ids));
    }

    /// The peer asks for these; whether it may still ask.
    #[must_use]
    pub(crate) fn answer(&self, ids: Vec<Hash>) -> bool {
        self.change(|state| {
            let may = state.answers.len() + ids.len() <= ASKED;
            if may {
                state.answers.extend(ids);
            }
            may
        })
    }

    /// A message is new here.
    pub(crate) fn announce(&self, room: &Hash, id: &Hash) {
        self.change(|state| {
            if state.rooms_of.insert(*id, *room).is_some() {
                return;
            }
            state.fresh.push_back(*id);
            if state.fresh.len() > WAITING
                && let Some(oldest) = state.fresh.pop_front()
            {
                state.rooms_of.remove(&oldest);
            }
        });
    }

    /// The peer has a message: it is not announced to it.
    pub(crate) fn has(&self, id: &Hash) {
        self.state.lock().rooms_of.remove(id);
    }

    /// The peer lacks these, and waits to be told.
    pub(crate) fn lacks(&self, room: &Hash, ids: impl IntoIterator<Item = Hash>) {
        self.change(|state| {
            let room_for = WAITING.saturating_sub(state.lacking.len());
            state.lacking.extend(ids.into_iter().take(room_for).map(|id| (*room, id)));
        });
    }

    /// A message of a reconciliation.
    pub(crate) fn sync(&self, message: S) {
        self.change(|state| {
            if state.syncs.len() < SYNCS {
                state.syncs.push_back(message);
            }
        });
    }

    /// A room was left: nothing of it is announced.
    pub(crate) fn forget_room(&self, room: &Hash) {
        let mut state = self.state.lock();
        state.lacking.retain(|(of, _)| of != room);
        state.rooms_of.retain(|_, of| of != room);
    }

    /// Takes out what is to be sent next.
    pub(crate) fn next(&self, now: u64) -> Next<S> {
        self.state.lock().next(now)
    }

    fn change<T>(&self, change: impl FnOnce(&mut State<S>) -> T) -> T {
        let changed = change(&mut self.state.lock());
        self.signal.set();
        changed
    }
}

impl<S> State<S> {
    fn next(&mut self, now: u64) -> Next<S> {
        if self.rooms && self.rooms_pace.take(now, 1) == 1 {
            self.rooms = false;
            return Next::Send(Outgoing::Rooms);
        }
        if let Some(message) = self.syncs.pop_front() {
            return Next::Send(Outgoing::Sync(message));
        }
        if let Some(ids) = self.fetches.pop_front() {
            return Next::Send(Outgoing::Fetch(ids));
        }
        if let Some((room, _)) = self.lacking.front().copied() {
            let length = self.lacking.iter().take(ANNOUNCE).take_while(|(of, _)| *of == room).count();
            let ids = self.lacking.drain(..length).map(|(_, id)| id);
            return Next::Send(Outgoing::Announce(room, ids.collect()));
        }
        if let Some(announced) = self.fresh(now) {
            return announced;
        }
        if self.answers.is_empty() {
            return if self.rooms { Next::Wait(self.rooms_pace.wait(now).max(1)) } else { Next::Idle };
        }
        let length = self.answers.len().min(super::wanted::FETCH);
        Next::Send(Outgoing::Answer(self.answers.drain(..length).collect()))
    }

    /// Announcements, as many as go together; `None` when there are none, or answers can go while they wait.
    fn fresh(&mut self, now: u64) -> Option<Next<S>> {
        while self.fresh.front().is_some_and(|id| !self.rooms_of.contains_key(id)) {
            self.fresh.pop_front();
        }
        let room = *self.rooms_of.get(self.fresh.front()?)?;
        let mut ids = Vec::new();
        while ids.len() < ANNOUNCE
            && let Some(id) = self.fresh.front().copied()
        {
            match self.rooms_of.get(&id) {
                Some(of) if *of != room => break,
                Some(_) if self.pace.take(now, 1) == 0 => break,
                Some(_) => ids.push(id),
                None => {}
            }
            self.fresh.pop_front();
            self.rooms_of.remove(&id);
        }
        match (ids.is_empty(), self.answers.is_empty()) {
            (false, _) => Some(Next::Send(Outgoing::Announce(room, ids))),
            (true, true) => Some(Next::Wait(self.pace.wait(now).max(1))),
            (true, false) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Hash = [1; 32];
    const OTHER: Hash = [2; 32];

    fn id(number: u32) -> Hash {
        let mut id = [0; 32];
        id[..4].copy_from_slice(&number.to_be_bytes());
        id
    }

    fn outbox() -> Outbox<u8> {
        let outbox = Outbox::new(0);
        assert_eq!(outbox.next(0), Next::Send(Outgoing::Rooms));
        assert_eq!(outbox.next(0), Next::Idle);
        outbox
    }

    #[test]
    fn announcements_go_together_by_room_in_the_order_in_which_they_came() {
        let outbox = outbox();
        for (room, number) in [(ROOM, 1), (ROOM, 2), (OTHER, 3), (ROOM, 4), (ROOM, 2)] {
            outbox.announce(&room, &id(number));
        }
        let announced: Vec<_> = (0..4).map(|_| outbox.next(0)).collect();
        assert_eq!(
            announced,
            [
                Next::Send(Outgoing::Announce(ROOM, vec![id(1), id(2)])),
                Next::Send(Outgoing::Announce(OTHER, vec![id(3)])),
                Next::Send(Outgoing::Announce(ROOM, vec![id(4)])),
                Next::Idle,
            ]
        );
    }

    #[test]
    fn what_the_peer_has_meanwhile_is_not_announced_to_it() {
        let outbox = outbox();
        (0..3).for_each(|number| outbox.announce(&ROOM, &id(number)));
        outbox.has(&id(0));
        outbox.has(&id(1));
        assert_eq!(outbox.next(0), Next::Send(Outgoing::Announce(ROOM, vec![id(2)])));
        assert_eq!(outbox.next(0), Next::Idle);
    }

    #[test]
    fn announcements_keep_below_what_a_peer_takes() {
        let outbox = outbox();
        (0..2000).for_each(|number| outbox.announce(&ROOM, &id(number)));
        let mut peer = super::super::limits::Announcements::new(0);
        let (mut now, mut announced) = (0, 0);
        loop {
            match outbox.next(now) {
                Next::Send(Outgoing::Announce(_, ids)) => {
                    let verdict = peer.announced(now, ids.len());
                    assert_eq!(verdict, super::super::limits::Verdict::Take(ids.len()), "at {now}");
                    announced += ids.len();
                }
                Next::Wait(wait) => now += wait,
                other => break assert_eq!(other, Next::Idle),
            }
        }
        assert_eq!((announced, now), (2000, 30_000));
    }

    #[test]
    fn what_a_peer_is_known_to_lack_is_announced_at_once() {
        let outbox = outbox();
        outbox.lacks(&ROOM, (0..2500).map(id));
        let lengths = std::iter::from_fn(|| match outbox.next(0) {
            Next::Send(Outgoing::Announce(_, ids)) => Some(ids.len()),
            _ => None,
        });
        assert_eq!(lengths.collect::<Vec<_>>(), [1000, 1000, 500]);
    }

    #[test]
    fn rooms_that_change_all_the_time_are_told_now_and_then() {
        let outbox = outbox();
        let mut peer = Bucket::new(super::super::limits::ROOMS, 0);
        let mut told = 0;
        for now in (0..60_000).step_by(100) {
            outbox.rooms();
            while outbox.next(now) == Next::Send(Outgoing::Rooms) {
                assert_eq!(peer.take(now, 1), 1);
                told += 1;
            }
        }
        assert_eq!(told, 49 + 59);
        assert_eq!(outbox.next(59_900), Next::Wait(100));
    }

    #[test]
    fn answers_go_while_announcements_wait() {
        let outbox = outbox();
        (0..801).for_each(|number| outbox.announce(&ROOM, &id(number)));
        assert!(matches!(outbox.next(0), Next::Send(Outgoing::Announce(_, ids)) if ids.len() == 800));
        assert_eq!(outbox.next(0), Next::Wait(25));
        assert!(outbox.answer(vec![id(5)]));
        assert_eq!(outbox.next(0), Next::Send(Outgoing::Answer(vec![id(5)])));
    }

    #[test]
    fn a_peer_may_only_ask_for_so_much_before_it_takes_answers() {
        let outbox = outbox();
        for _ in 0..8 {
            assert!(outbox.answer(vec![[0; 32]; 256]));
        }
        assert!(!outbox.answer(vec![[0; 32]]));
        assert_eq!(outbox.next(0), Next::Send(Outgoing::Answer(vec![[0; 32]; 256])));
        assert!(outbox.answer(vec![[0; 32]]));
    }

    #[test]
    fn a_room_that_is_left_is_not_announced() {
        let outbox = outbox();
        outbox.announce(&ROOM, &id(1));
        outbox.announce(&OTHER, &id(2));
        outbox.lacks(&ROOM, [id(3)]);
        outbox.forget_room(&ROOM);
        assert_eq!(outbox.next(0), Next::Send(Outgoing::Announce(OTHER, vec![id(2)])));
        assert_eq!(outbox.next(0), Next::Idle);
    }
}
