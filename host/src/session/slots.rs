//! What the outbound slots and the discovery of peers for them are doing, for those who show it.

use crate::address::Address;
use parking_lot::Mutex;

/// What an outbound slot is doing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum SlotState {
    /// It has found no address to dial and waits, or rests after a channel that did not last.
    #[default]
    Sleeping,
    /// It dials this address.
    Connecting(Address),
    /// It has a channel.
    Connected {
        /// The address that was dialled.
        address: Address,
        /// The id of the channel.
        channel: u32,
    },
}

impl SlotState {
    /// The channel in the slot; 0 for none.
    #[must_use]
    pub const fn channel(&self) -> u32 {
        match self {
            Self::Connected { channel, .. } => *channel,
            Self::Sleeping | Self::Connecting(_) => 0,
        }
    }
}

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
    /// The name under which tools know it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wait => "wait",
            Self::Peers => "getaddr",
            Self::Seeds => "seed",
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
    states: Mutex<Vec<SlotState>>,
    discovery: Mutex<DiscoveryState>,
}

impl Slots {
    /// The states of the slots, in their order.
    #[must_use]
    pub fn states(&self) -> Vec<SlotState> {
        self.states.lock().clone()
    }

    /// The channel in each slot, 0 for none.
    #[must_use]
    pub fn channels(&self) -> Vec<u32> {
        self.states.lock().iter().map(SlotState::channel).collect()
    }

    /// The state of the discovery.
    #[must_use]
    pub fn discovery(&self) -> DiscoveryState {
        *self.discovery.lock()
    }

    pub(super) fn open(&self, count: usize) {
        self.states.lock().resize(count, SlotState::Sleeping);
    }

    pub(super) fn set(&self, slot: usize, state: SlotState) {
        if let Some(place) = self.states.lock().get_mut(slot) {
            *place = state;
        }
    }

    pub(super) fn set_discovery(&self, state: DiscoveryState) {
        *self.discovery.lock() = state;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_connected_slot_has_a_channel() {
        let (slots, address) = (Slots::default(), "tcp://h:1".parse::<Address>().unwrap());
        slots.open(3);
        slots.set(1, SlotState::Connecting(address.clone()));
        slots.set(2, SlotState::Connected { address, channel: 7 });
        slots.set(3, SlotState::Sleeping);
        assert_eq!(slots.channels(), [0, 0, 7]);
    }
}
