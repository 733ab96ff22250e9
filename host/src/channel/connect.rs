//! What a plug-in's wish for a channel to an address comes to.

use super::Channel;
use crate::address::Address;
use std::any::Any;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// A wish that is being granted.
pub type Connecting = Pin<Box<dyn Future<Output = Result<Lease, ConnectError>> + Send>>;

/// Grants the wish for a channel to an address. Implemented where channels are dialled.
pub trait Connect: Send + Sync + fmt::Debug {
    /// A channel to this address: one that is there, or a new one.
    fn connect(&self, address: Address) -> Connecting;
}

/// A share in a channel. One that was opened by a wish is closed when the last share is dropped.
#[derive(Clone)]
pub struct Lease {
    channel: Arc<Channel>,
    _share: Option<Arc<dyn Any + Send + Sync>>,
}

impl Lease {
    /// A share in a channel; `share` is dropped with it.
    #[must_use]
    pub fn new(channel: Arc<Channel>, share: Option<Arc<dyn Any + Send + Sync>>) -> Self {
        Self { channel, _share: share }
    }

    /// The channel.
    #[must_use]
    pub const fn channel(&self) -> &Arc<Channel> {
        &self.channel
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lease").field(&self.channel.id()).finish()
    }
}

/// Why there is no channel to an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The address must not be dialled.
    #[error("{0}")]
    Refused(String),
    /// All direct connections are taken.
    #[error("there are {0} direct connections already, as many as network.direct_connections allows")]
    TooMany(usize),
    /// Nobody answers there, or not as a node of this network.
    #[error("{0}")]
    Unreachable(String),
    /// The node stops.
    #[error("the node stops")]
    Stopped,
}
