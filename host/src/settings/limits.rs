//! `[limits]`: how much of the node its peers may use.

use super::text;
use serde::Deserialize;
use std::time::Duration;

/// `[limits]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct LimitsSettings {
    /// The score from which on a host is banned.
    pub ban_score: u16,
    /// How long it takes until half of a score is gone.
    #[serde(deserialize_with = "text::duration")]
    pub score_half_life: Duration,
    /// Connections accepted at once that have no slot: they are set up, shake hands, or hope for one.
    pub pending_handshakes: u16,
    /// Connections accepted at once from one host.
    pub inbound_per_host: u16,
    /// Connections accepted at once from one group of addresses.
    pub inbound_per_group: u16,
    /// Bytes that wait in all queues of all channels.
    pub memory_bytes: usize,
    /// How many of these one protocol may have, in per cent.
    pub protocol_memory_percent: u8,
    /// Bytes read a second on one channel; 0 is any number. Does not count under `network.localnet`, for the
    /// hosts of `network.peers`, and for local hosts.
    pub channel_bytes_per_second: u32,
    /// The share of one core, in per cent, that the jobs of one channel take before its reading is slowed; 0 is any.
    /// Does not count where the number of bytes does not.
    pub channel_cpu_percent: u16,
}
