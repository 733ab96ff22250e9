//! What the outbound slots and the discovery of peers for them are doing, for those who show it.

use super::slot::{Occupant, Slot, SlotState};
use crate::events::{self, Event, Events};
use parking_lot::Mutex;
use std::sync::Arc;

/// What the discovery is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DiscoveryStep {
    /// It waits until a slot finds no address.
    #[default]
    Wait,
    /// It asks the peers.
    Peers,
    /// It asks the seeds.
    Seeds,
}

impl DiscoveryStep {
    /// As tools know it.
    #[must_use]
    pub const fn told(self) -> events::DiscoveryState {
        match self {
            Self::Wait => events::DiscoveryState::Wait,
            Self::Peers => events::DiscoveryState::GetAddr,
            Self::Seeds => events::DiscoveryState::Seed,
        }
    }
}

/// The state of the discovery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DiscoveryState {
    /// What it is doing.
    pub step: DiscoveryStep,
    /// How many attempts there were since the last one that brought something.
    pub attempt: u32,
}

/// The states of all outbound slots and of the discovery.
#[derive(Debug, Default)]
pub struct Slots {
    slots: Mutex<Vec<Arc<Slot>>>,
    discovery: Mutex<DiscoveryState>,
    scout: Mutex<SlotState>,
}

impl Slots {
    /// The states of the slots, in their order.
    #[must_use]
    pub fn states(&self) -> Vec<SlotState> {
        self.slots.lock().iter().map(|slot| slot.state()).collect()
    }

    /// The channel in each slot, 0 for none.
    #[must_use]
    pub fn channels(&self) -> Vec<u32> {
        self.states().iter().map(SlotState::channel).collect()
    }

    /// The state of the discovery.
    #[must_use]
    pub fn discovery(&self) -> DiscoveryState {
        *self.discovery.lock()
    }

    /// What the scout is doing, as if it were a slot.
    #[must_use]
    pub fn scout(&self) -> SlotState {
        self.scout.lock().clone()
    }

    pub(super) fn set_scout(&self, state: SlotState) {
        *self.scout.lock() = state;
    }

    /// Puts an occupant in the place of the channel of some slot, as soon as that has ended.
    ///
    /// # Errors
    ///
    /// The occupant, when no slot has that channel.
    pub(super) fn hand_over(&self, channel: u32, occupant: Box<Occupant>) -> Result<(), Box<Occupant>> {
        let slots = self.slots.lock();
        let slot = slots.iter().find(|slot| slot.state().channel() == channel);
        match slot {
            Some(slot) => slot.hand_over(channel, occupant),
            None => Err(occupant),
        }
    }

    /// Opens slots until there are as many as wanted, or releases the youngest: those that are new.
    pub(super) fn resize(&self, wanted: usize, events: &Events) -> Vec<Arc<Slot>> {
        let mut slots = self.slots.lock();
        slots.iter().skip(wanted).for_each(|slot| slot.released.cancel());
        slots.truncate(wanted);
        let new: Vec<_> =
            (slots.len()..wanted).map(|number| Arc::new(Slot::new(number, events.clone()))).collect();
        slots.extend(new.iter().cloned());
        new
    }

    pub(super) fn set_discovery(&self, state: DiscoveryState, events: &Events) {
        *self.discovery.lock() = state;
        let DiscoveryState { step, attempt } = state;
        events.tell(|| Event::OutboundPeerDiscovery { attempt, state: step.told() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_opened_at_the_end_and_released_from_there() {
        let (slots, events) = (Slots::default(), Events::new());
        let opened = slots.resize(3, &events);
        opened[1].connecting(&"tcp://h:1".parse().unwrap());
        assert_eq!(slots.channels(), [0, 0, 0]);
        assert!(slots.resize(2, &events).is_empty());
        let released: Vec<_> = opened.iter().map(|slot| slot.released.is_cancelled()).collect();
        assert_eq!(released, [false, false, true]);

        assert_eq!(slots.resize(3, &events).len(), 1);
        opened[2].connecting(&"tcp://h:2".parse().unwrap());
        let [SlotState::Sleeping, SlotState::Connecting(_), SlotState::Sleeping] = slots.states()[..] else {
            panic!("a released slot says nothing of the one in its place: {:?}", slots.states());
        };
    }
}
