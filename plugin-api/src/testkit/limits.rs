//! How much the simulated host grants.

use std::time::Duration;

/// How much the simulated host grants; by default what a host does that nobody has configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestLimits {
    /// Messages in the queue of one subscription, from which on the channel is not read.
    pub queue_messages: usize,
    /// The same in bytes.
    pub queue_bytes: usize,
    /// How long a queue may stay full before the channel ends.
    pub slow_consumer: Duration,
    /// Bytes in the outgoing buffer of one channel, from which on senders wait.
    pub outgoing_bytes: usize,
    /// Bytes in it, from which on a broadcast gives the peer up.
    pub broadcast_bytes: usize,
    /// The largest payload of a message without a limit of its own, in bytes.
    pub max_payload_bytes: u64,
    /// Jobs that have not ended, of all channels together.
    pub jobs: u64,
    /// How long the plug-in may take to stop.
    pub stop: Duration,
}

impl Default for TestLimits {
    fn default() -> Self {
        Self {
            queue_messages: 16 * 1024,
            queue_bytes: 4 * 1024 * 1024,
            slow_consumer: Duration::from_secs(30),
            outgoing_bytes: 256 * 1024,
            broadcast_bytes: 16 * 1024 * 1024,
            max_payload_bytes: 16 * 1024 * 1024,
            jobs: u64::from(u32::MAX),
            stop: Duration::from_secs(10),
        }
    }
}
