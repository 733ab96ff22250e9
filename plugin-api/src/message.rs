//! What a message is: a typed payload with a name, a size limit and a metering cost.

use serde::{Serialize, de::DeserializeOwned};
use std::time::Duration;

/// A typed payload that travels under a name.
///
/// The name is the *command* of the frame on the wire. A message is encoded and decoded by [`wire`](crate::wire);
/// a payload that does not decode is the peer's misbehaviour and ends the channel.
///
/// ```
/// use backplane_plugin::{Message, Metering};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, Serialize, Deserialize)]
/// struct Greeting { text: String }
///
/// impl Message for Greeting {
///     const NAME: &'static str = "greeting";
///     const MAX_BYTES: u64 = 1024;
/// }
/// ```
pub trait Message: Serialize + DeserializeOwned + Send + 'static {
    /// The command on the wire: 1 to 255 bytes of UTF-8, compared byte by byte.
    const NAME: &'static str;

    /// The largest payload accepted, in bytes. 0 leaves the limit to the host (`network.max_payload_bytes`).
    const MAX_BYTES: u64 = 0;

    /// How often the message may be sent and received. Not metered unless the message says so.
    const METERING: Metering = Metering::NONE;
}

/// The cost of one command: how many of it a peer may send within a window before it is slowed down.
///
/// Both sides keep a list of (time, score). Entries older than `expiry_ms` are forgotten; above `threshold` every
/// further point costs `sleep_step_ms` of delay. See `docs/wire.md`, section 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metering {
    /// Points that one message costs.
    pub score: u32,
    /// Points within the window that are free. 0 switches metering off.
    pub threshold: u32,
    /// Delay for each point above the threshold, in milliseconds.
    pub sleep_step_ms: u32,
    /// Length of the window, in milliseconds.
    pub expiry_ms: u32,
}

impl Metering {
    /// No metering at all.
    pub const NONE: Self = Self { score: 0, threshold: 0, sleep_step_ms: 0, expiry_ms: 0 };

    /// The usual metering of DarkFi's own messages: one point each, a window of ten seconds, a second of delay a point.
    #[must_use]
    pub const fn per_ten_seconds(threshold: u32) -> Self {
        Self { score: 1, threshold, sleep_step_ms: 1000, expiry_ms: 10_000 }
    }

    /// Whether the message is metered.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.threshold > 0
    }

    /// How long a receiver rests after the message that brings the points of the window to this sum. A sender waits twice
    /// as long.
    #[must_use]
    pub fn delay(&self, points: u64) -> Duration {
        let above = if self.is_on() { points.saturating_sub(self.threshold.into()) } else { 0 };
        Duration::from_millis(above.saturating_mul(self.sleep_step_ms.into()))
    }
}

/// What the host has to know of a message type: its name and its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageInfo {
    /// The command on the wire.
    pub name: &'static str,
    /// The largest payload accepted, in bytes; 0 leaves the limit to the host.
    pub max_bytes: u64,
    /// The metering cost.
    pub metering: Metering,
}

impl MessageInfo {
    /// The description of the message type `M`.
    #[must_use]
    pub const fn of<M: Message>() -> Self {
        Self { name: M::NAME, max_bytes: M::MAX_BYTES, metering: M::METERING }
    }
}
