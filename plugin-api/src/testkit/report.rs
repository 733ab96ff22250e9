//! What a test learns: why a channel ended, what failed, what was logged.

use crate::error::PluginError;
use tracing::Level;

/// Why a channel ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseReason {
    /// The peer closed it.
    PeerClosed,
    /// The peer sent a payload that is larger than its message allows.
    TooLarge {
        /// The message.
        command: String,
        /// How many bytes it had.
        bytes: usize,
    },
    /// The peer sent more metered messages than all thresholds together allow.
    OverBudget,
    /// A protocol says that the peer broke its rules, or a payload did not decode.
    Misbehaved {
        /// The protocol.
        protocol: String,
        /// What the peer did.
        what: String,
    },
    /// A protocol asked for it.
    Requested {
        /// The protocol.
        protocol: String,
        /// Its reason.
        reason: String,
    },
    /// A subscription stayed full for too long.
    Overrun {
        /// The protocol.
        protocol: String,
        /// The message whose queue was full.
        command: String,
    },
    /// The peer did not take what was broadcast to it.
    TooSlow,
    /// Nobody needs the connection that the plug-in asked for any more.
    Released,
    /// The node stops.
    Shutdown,
}

/// Something of the plug-in's that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The channel; `None` when it is not about one.
    pub channel: Option<u32>,
    /// What failed: `attach`, `start`, the name of a job, or what was dropped.
    pub what: String,
    /// How.
    pub error: PluginError,
}

/// One event that the plug-in has told those who watch; see [`Host::emit`](crate::Host::emit).
#[derive(Debug, Clone, PartialEq)]
pub struct Emitted {
    /// Its name, without the plug-in's.
    pub event: String,
    /// What it says.
    pub data: serde_json::Value,
}

/// One event that the plug-in has logged.
#[derive(Debug, Clone, PartialEq)]
pub struct LogEvent {
    /// How important it is.
    pub level: Level,
    /// The module that logged.
    pub module: String,
    /// The message.
    pub message: String,
    /// The fields, each with its value as JSON.
    pub fields: Vec<(String, serde_json::Value)>,
}

impl LogEvent {
    /// The value of a field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&serde_json::Value> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value)
    }
}
