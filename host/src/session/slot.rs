//! One outbound slot: what is in it, told to those who ask and to those who watch.

use crate::address::Address;
use crate::channel::Channel;
use crate::events::{Event, Events};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

/// One outbound slot.
#[derive(Debug)]
pub(super) struct Slot {
    /// From 0.
    pub(super) number: usize,
    events: Events,
    state: Mutex<SlotState>,
    /// Cancelled when there are to be fewer slots.
    pub(super) released: CancellationToken,
}

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

impl Slot {
    pub(super) fn new(number: usize, events: Events) -> Self {
        Self { number, events, state: Mutex::default(), released: CancellationToken::new() }
    }

    pub(super) fn state(&self) -> SlotState {
        self.state.lock().clone()
    }

    /// There is no address to dial.
    pub(super) fn sleeping(&self) {
        *self.state.lock() = SlotState::Sleeping;
        self.events.tell(|| Event::OutboundSlotSleeping { slot: self.number });
    }

    pub(super) fn connecting(&self, address: &Address) {
        *self.state.lock() = SlotState::Connecting(address.clone());
        self.events.tell(|| Event::OutboundSlotConnecting { slot: self.number, addr: address.clone() });
    }

    pub(super) fn connected(&self, channel: &Channel) {
        let (address, id) = (channel.address(), channel.id());
        *self.state.lock() = SlotState::Connected { address: address.clone(), channel: id };
        self.events.tell(|| Event::OutboundSlotConnected {
            slot: self.number,
            addr: address.clone(),
            channel_id: id,
        });
    }

    /// The dial failed, or the channel has ended.
    pub(super) fn disconnected(&self, why: &dyn std::fmt::Display) {
        *self.state.lock() = SlotState::Sleeping;
        self.events.tell(|| Event::OutboundSlotDisconnected { slot: self.number, err: why.to_string() });
    }
}
