//! What a channel is made with.

use super::begun::FrameLimits;
use super::outgoing::OutgoingLimits;
use super::pace::PaceLimits;
use super::peer::Link;
use crate::address::Address;
use crate::events::Events;
use crate::frame::Magic;
use crate::ledger::Budget;
use crate::message::QueueLimits;
use backplane_plugin::SessionKind;
use std::sync::Arc;
use std::time::Duration;

/// The limits of a channel.
#[derive(Debug, Clone)]
pub struct ChannelLimits {
    /// Of each subscription's queue.
    pub queue: QueueLimits,
    /// Of the outgoing buffer.
    pub outgoing: OutgoingLimits,
    /// How long a subscription may stay full.
    pub slow_consumer_timeout: Duration,
    /// How long a write may stand still.
    pub write_timeout: Duration,
    /// How long a frame that has begun may take.
    pub frame: FrameLimits,
    /// How many frames with unknown commands are passed over; any number when `None`.
    pub unknown_commands: Option<u32>,
    /// How fast it is read.
    pub pace: PaceLimits,
    /// The memory of all queues of the node.
    pub budget: Arc<Budget>,
}

impl Default for ChannelLimits {
    fn default() -> Self {
        Self {
            queue: QueueLimits::default(),
            outgoing: OutgoingLimits::default(),
            slow_consumer_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
            frame: FrameLimits::default(),
            unknown_commands: Some(16),
            pace: PaceLimits::default(),
            budget: Arc::default(),
        }
    }
}

/// What a channel is made with.
#[derive(Debug, Clone)]
pub struct ChannelConfig {
    /// The id, unique within the node.
    pub id: u32,
    /// The session that made it.
    pub session: SessionKind,
    /// The peer's address.
    pub address: Address,
    /// How it came about.
    pub link: Link,
    /// What every frame of the network begins with.
    pub magic: Magic,
    /// Its limits.
    pub limits: Arc<ChannelLimits>,
    /// Where its messages are told to those who watch.
    pub events: Events,
}
