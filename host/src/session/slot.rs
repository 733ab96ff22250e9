//! One outbound slot: what is in it, told to those who ask and to those who watch.

use crate::address::Address;
use crate::channel::{Channel, CloseReason};
use crate::clock;
use crate::events::{Event, Events};
use crate::hosts::Connected;
use parking_lot::Mutex;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// One outbound slot.
#[derive(Debug)]
pub(super) struct Slot {
    /// From 0.
    pub(super) number: usize,
    events: Events,
    state: Mutex<SlotState>,
    /// Who gets the slot when the channel in it has ended. Only a slot with a channel has one, and its state is locked before.
    successor: Mutex<Option<Box<Occupant>>>,
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
        Self {
            number,
            events,
            state: Mutex::default(),
            successor: Mutex::default(),
            released: CancellationToken::new(),
        }
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

    /// Puts an occupant in the place of this channel, as soon as that has ended.
    ///
    /// # Errors
    ///
    /// The occupant, when another channel is in the slot or none.
    pub(super) fn hand_over(&self, channel: u32, occupant: Box<Occupant>) -> Result<(), Box<Occupant>> {
        let state = self.state.lock();
        let mut successor = self.successor.lock();
        if state.channel() != channel || successor.is_some() {
            return Err(occupant);
        }
        *successor = Some(occupant);
        Ok(())
    }

    pub(super) fn has_successor(&self) -> bool {
        self.successor.lock().is_some()
    }

    /// Who has been put in the place of the channel that has ended.
    pub(super) fn successor(&self) -> Option<Box<Occupant>> {
        self.successor.lock().take()
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
    pub(super) fn disconnected(&self, why: &dyn fmt::Display) {
        *self.state.lock() = SlotState::Sleeping;
        self.events.tell(|| Event::OutboundSlotDisconnected { slot: self.number, err: why.to_string() });
    }
}

/// A channel for a slot, alive, with its hold on the address.
pub(super) struct Occupant {
    channel: Arc<Channel>,
    ended: Pin<Box<dyn Future<Output = CloseReason> + Send>>,
    opened: Instant,
    _connected: Connected,
}

impl Occupant {
    /// Of a channel that was just opened, and lives while `ended` is awaited.
    pub(super) fn new(
        channel: &Arc<Channel>,
        ended: impl Future<Output = CloseReason> + Send + 'static,
        connected: Connected,
    ) -> Box<Self> {
        let (channel, ended) = (Arc::clone(channel), Box::pin(ended));
        Box::new(Self { channel, ended, opened: clock::now(), _connected: connected })
    }

    pub(super) const fn channel(&self) -> &Arc<Channel> {
        &self.channel
    }

    /// As the state of a slot that it is in.
    pub(super) fn state(&self) -> SlotState {
        SlotState::Connected { address: self.channel.address().clone(), channel: self.channel.id() }
    }

    /// Waits for the end of the channel, which lives only meanwhile; not to be awaited again after that.
    ///
    /// # Cancel safety
    ///
    /// Safe: the channel stands still until it is awaited again.
    pub(super) async fn ended(&mut self) -> CloseReason {
        (&mut self.ended).await
    }

    /// How long ago it was opened.
    pub(super) fn age(&self) -> Duration {
        clock::now().saturating_duration_since(self.opened)
    }
}

impl fmt::Debug for Occupant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Occupant").field("channel", &self.channel.id()).finish_non_exhaustive()
    }
}
