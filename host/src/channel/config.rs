//! What a channel is made with, and what its peer says of itself.

use super::link::Link;
use super::outgoing::OutgoingLimits;
use crate::address::Address;
use crate::frame::Magic;
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
    /// How many frames with unknown commands are passed over; any number when `None`.
    pub unknown_commands: Option<u32>,
}

impl Default for ChannelLimits {
    fn default() -> Self {
        Self {
            queue: QueueLimits::default(),
            outgoing: OutgoingLimits::default(),
            slow_consumer_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
            unknown_commands: Some(16),
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
}

/// What the peer said of itself in the handshake.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Peer {
    /// Its name for itself, often empty; anybody may claim any.
    pub node_id: String,
    /// Its application and version.
    pub application: String,
    /// The nonce of its process, when it is a node of this kind.
    pub nonce: Option<u32>,
    /// Whether it negotiates protocols.
    pub negotiates: bool,
    /// The session it dialled for, when it says so.
    pub dialled_for: Option<SessionKind>,
    /// The addresses under which it says it is reached.
    pub external: Vec<Address>,
}
