//! What is being done with each address: the states, with the table of the moves between them.

use crate::address::Address;
use std::{
    collections::{HashMap, hash_map::Entry},
    time::Duration,
};
use tokio::time::Instant;

/// The most addresses that have a state.
pub(super) const LIMIT: usize = 20_000;

/// How many are left when there are too many.
const PRUNED: usize = 18_000;

/// The wait after the first failure, which doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_secs(5);
const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// How long a failure is remembered after its wait.
const MEMORY: Duration = Duration::from_secs(86_400);

/// What is being done with an address. One without a state is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Being put on a list.
    Insert,
    /// Being dialled, to find out whether a node answers.
    Refine,
    /// Being dialled for a slot.
    Connect,
    /// Waiting, because a dial failed.
    Suspend,
    /// A channel is open.
    Connected,
    /// Going from list to list.
    Move,
    /// Nothing.
    Free,
}

impl State {
    /// The table of the moves.
    pub(super) const fn leads_to(self, next: Self) -> bool {
        match next {
            Self::Free => true,
            Self::Insert | Self::Connect => matches!(self, Self::Free),
            Self::Refine => matches!(self, Self::Free | Self::Suspend),
            Self::Connected => matches!(self, Self::Free | Self::Connect | Self::Refine | Self::Move),
            Self::Move => matches!(self, Self::Free | Self::Connect | Self::Refine | Self::Connected),
            Self::Suspend => matches!(self, Self::Move),
        }
    }
}

/// The states of all addresses, with the failures of those that failed.
#[derive(Debug, Default)]
pub(super) struct States {
    records: HashMap<Address, Record>,
}

#[derive(Debug)]
struct Record {
    state: State,
    back_off: Option<BackOff>,
}

#[derive(Debug, Clone, Copy)]
struct BackOff {
    failures: u32,
    until: Instant,
}

impl States {
    pub(super) fn state(&self, address: &Address) -> State {
        self.records.get(address).map_or(State::Free, |record| record.state)
    }

    pub(super) fn allows(&self, address: &Address, next: State) -> bool {
        self.state(address).leads_to(next)
    }

    /// The addresses that are dialled for slots, or connected.
    pub(super) fn dialled(&self) -> impl Iterator<Item = &Address> {
        let is_dialled = |record: &Record| matches!(record.state, State::Connect | State::Connected);
        self.records.iter().filter(move |(_, record)| is_dialled(record)).map(|(address, _)| address)
    }

    /// Whether an address may be dialled for a slot: nothing is done with it, its last failure is long enough ago.
    pub(super) fn is_ready(&self, address: &Address, now: Instant) -> bool {
        self.records.get(address).is_none_or(|record| {
            record.state == State::Free && record.back_off.is_none_or(|back_off| back_off.until <= now)
        })
    }

    /// Enters a state if the table has the move. The address is not in it otherwise.
    #[must_use]
    pub(super) fn enter(&mut self, address: &Address, next: State) -> bool {
        if !self.allows(address, next) || !self.has_room_for(address) {
            return false;
        }
        match self.records.entry(address.clone()) {
            Entry::Occupied(record) if next == State::Free && record.get().back_off.is_none() => {
                record.remove();
            }
            Entry::Occupied(mut record) => record.get_mut().state = next,
            Entry::Vacant(_) if next == State::Free => {}
            Entry::Vacant(place) => {
                place.insert(Record { state: next, back_off: None });
            }
        }
        true
    }

    /// Suspends an address that is being moved, for longer with each failure in a row.
    #[must_use]
    pub(super) fn suspend(&mut self, address: &Address, now: Instant) -> bool {
        let suspended = self.enter(address, State::Suspend);
        if suspended && let Some(record) = self.records.get_mut(address) {
            let failures = record.back_off.map_or(0, |back_off| back_off.failures).saturating_add(1);
            record.back_off = Some(BackOff { failures, until: now + wait(failures) });
        }
        suspended
    }

    /// Forgets the failures of an address that answered.
    pub(super) fn forgive(&mut self, address: &Address) {
        if let Some(record) = self.records.get_mut(address) {
            record.back_off = None;
            if record.state == State::Free {
                self.records.remove(address);
            }
        }
    }

    /// Frees what has waited long enough, and forgets what failed long ago.
    pub(super) fn tidy(&mut self, now: Instant) {
        self.records.retain(|_, record| {
            let Some(back_off) = record.back_off else { return true };
            if record.state == State::Suspend && back_off.until <= now {
                record.state = State::Free;
            }
            record.state != State::Free || now.saturating_duration_since(back_off.until) < MEMORY
        });
    }

    /// Frees all that wait, and forgets all failures.
    pub(super) fn free_suspended(&mut self) {
        self.records.retain(|_, record| {
            record.back_off = None;
            !matches!(record.state, State::Suspend | State::Free)
        });
    }

    /// Whether a state of an address can be kept. Forgets the oldest failures when there are too many.
    fn has_room_for(&mut self, address: &Address) -> bool {
        if self.records.len() < LIMIT || self.records.contains_key(address) {
            return true;
        }
        let idle = |(address, record): (&Address, &Record)| {
            let is_idle = matches!(record.state, State::Suspend | State::Free);
            record.back_off.filter(|_| is_idle).map(|back_off| (back_off.until, address.clone()))
        };
        let mut oldest: Vec<_> = self.records.iter().filter_map(idle).collect();
        oldest.sort_unstable();
        let surplus = self.records.len().saturating_sub(PRUNED);
        for (_, address) in oldest.iter().take(surplus) {
            self.records.remove(address);
        }
        self.records.len() < LIMIT
    }
}

fn wait(failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    FIRST_WAIT.saturating_mul(1 << doublings).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::{State::*, *};
    use crate::clock;

    const ALL: [State; 7] = [Insert, Refine, Connect, Suspend, Connected, Move, Free];

    fn address(number: usize) -> Address {
        format!("quic://n{number}.example:1").parse().unwrap()
    }

    #[test]
    fn moves_are_those_of_the_table() {
        let table: [(State, &[State]); 7] = [
            (Insert, &[Free]),
            (Refine, &[Free, Suspend]),
            (Connect, &[Free]),
            (Connected, &[Free, Connect, Refine, Move]),
            (Move, &[Free, Connect, Refine, Connected]),
            (Suspend, &[Move]),
            (Free, &ALL),
        ];
        for (next, allowed) in table {
            for state in ALL {
                assert_eq!(state.leads_to(next), allowed.contains(&state), "{state:?} to {next:?}");
            }
        }
    }

    #[test]
    fn refuses_what_the_table_does_not_have() {
        let mut states = States::default();
        assert!(states.enter(&address(1), Connect));
        assert!(!states.enter(&address(1), Connect));
        assert_eq!(states.state(&address(1)), Connect);
    }

    #[test]
    fn keeps_nothing_of_an_address_that_is_free() {
        let mut states = States::default();
        assert!(states.enter(&address(1), Free));
        assert!(states.enter(&address(1), Connect));
        assert!(states.enter(&address(1), Free));
        assert!(states.records.is_empty());
    }

    #[test]
    fn waits_twice_as_long_after_each_failure() {
        let seconds = |failures| wait(failures).as_secs();
        assert_eq!([1, 2, 3, 7, 8, u32::MAX].map(seconds), [5, 10, 20, 320, 600, 600]);
    }

    #[test]
    fn a_failed_address_comes_back_after_its_wait() {
        let (mut states, address, mut now) = (States::default(), address(1), clock::now());
        for wait in [5, 10, 20] {
            assert!(states.enter(&address, Connect) && states.enter(&address, Move));
            assert!(states.suspend(&address, now));
            now += Duration::from_secs(wait - 1);
            states.tidy(now);
            assert!(!states.is_ready(&address, now));
            now += Duration::from_secs(1);
            states.tidy(now);
            assert!(states.is_ready(&address, now));
        }
        states.tidy(now + MEMORY);
        assert!(states.records.is_empty());
    }

    #[test]
    fn a_test_without_an_outcome_does_not_shorten_the_wait() {
        let (mut states, address, now) = (States::default(), address(1), clock::now());
        assert!(states.enter(&address, Move) && states.suspend(&address, now));
        assert!(states.enter(&address, Refine) && states.enter(&address, Free));
        assert!(!states.is_ready(&address, now));
        assert!(states.is_ready(&address, now + FIRST_WAIT));
    }

    #[test]
    fn forgets_the_oldest_failures_when_there_are_too_many() {
        let (mut states, start) = (States::default(), clock::now());
        for number in 0..LIMIT {
            let now = start + Duration::from_millis(number as u64);
            assert!(states.enter(&address(number), Move) && states.suspend(&address(number), now));
        }
        assert!(states.enter(&address(0), Refine));
        assert_eq!(states.records.len(), LIMIT);
        assert!(states.enter(&address(LIMIT), Connect));
        assert_eq!(states.records.len(), PRUNED + 1);
        assert_eq!((states.state(&address(0)), states.state(&address(1))), (Refine, Free));
        assert_eq!(states.state(&address(LIMIT - 1)), Suspend);
    }

    #[test]
    fn frees_the_suspended_and_nothing_else() {
        let (mut states, now) = (States::default(), clock::now());
        assert!(states.enter(&address(1), Move) && states.suspend(&address(1), now));
        assert!(states.enter(&address(2), Connect));
        states.free_suspended();
        assert!(states.is_ready(&address(1), now));
        assert_eq!(states.state(&address(2)), Connect);
    }
}
