//! A channel that a plug-in asked for.

use crate::abi::{ConnectFailure, ConnectRefusal, ConnectionBox, convert};
use crate::channel::ChannelInfo;
use crate::error::PluginError;
use std::fmt;

/// A share in a channel that the plug-in asked for by [`Host::connect`](crate::Host::connect).
///
/// The channel stays open as long as somebody has a share in it and the peer stays: drop it to let go. What is said on
/// the channel is said by the protocols that are attached to it, as on any other; this tells which channel it is.
pub struct Connection {
    object: ConnectionBox,
    info: ChannelInfo,
}

impl Connection {
    pub(crate) fn new(object: ConnectionBox) -> Result<Self, PluginError> {
        let info = convert::channel_info(object.info())?;
        Ok(Self { object, info })
    }

    /// Which channel it is. Its session is another than direct when the node was connected already.
    #[must_use]
    pub const fn info(&self) -> &ChannelInfo {
        &self.info
    }

    /// Whether the channel is open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.object.is_open()
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Connection").field(&self.info).finish()
    }
}

/// Why there is no channel to an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The address is malformed, this node's own, a seed, or banned.
    #[error("{0}")]
    Refused(String),
    /// As many direct connections are open as the node allows.
    #[error("{0}")]
    TooMany(String),
    /// Nobody answers there, or not as a node of this network.
    #[error("{0}")]
    Unreachable(String),
    /// The node or the plug-in stops.
    #[error("{0}")]
    Stopped(String),
}

impl From<ConnectFailure> for ConnectError {
    fn from(ConnectFailure { kind, message }: ConnectFailure) -> Self {
        let message = message.into_string();
        match kind {
            ConnectRefusal::Refused => Self::Refused(message),
            ConnectRefusal::TooMany => Self::TooMany(message),
            ConnectRefusal::Unreachable => Self::Unreachable(message),
            ConnectRefusal::Stopped => Self::Stopped(message),
        }
    }
}

impl From<ConnectError> for PluginError {
    fn from(error: ConnectError) -> Self {
        Self::new(error)
    }
}
