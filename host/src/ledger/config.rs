//! What the operator decided about the ledger.

use super::Policy;
use crate::settings::{BanPolicy, Settings};
use std::time::Duration;

/// What the operator decided about scores and limits.
#[derive(Debug, Clone, Copy)]
pub struct LedgerConfig {
    /// How strict the node is.
    pub policy: Policy,
    /// The network is this machine or a private one: limits do not count for local hosts.
    pub localnet: bool,
    /// The score from which on a host is banned.
    pub ban_score: u16,
    /// How long it takes until half of a host's score is gone.
    pub half_life: Duration,
    /// Connections accepted at once: those that have a slot, and those that have none; 0 when nobody is let in.
    pub inbound: usize,
    /// Of these, connections without a slot: those that shake hands, or hope for one.
    pub pending: usize,
    /// Connections accepted at once from one host.
    pub per_host: usize,
    /// Connections accepted at once from one group.
    pub per_group: usize,
    /// Bytes that wait in all queues.
    pub memory: usize,
    /// Of these, bytes of one protocol.
    pub memory_per_protocol: usize,
}

impl LedgerConfig {
    /// What the settings say.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        let (network, limits) = (&settings.network, &settings.limits);
        Self {
            policy: match network.ban_policy {
                BanPolicy::Strict => Policy::Strict,
                BanPolicy::Relaxed => Policy::Relaxed,
            },
            localnet: network.localnet,
            ban_score: limits.ban_score,
            half_life: limits.score_half_life,
            inbound: match usize::from(network.inbound_connections) {
                0 => 0,
                slots => slots + usize::from(limits.pending_handshakes),
            },
            pending: limits.pending_handshakes.into(),
            per_host: limits.inbound_per_host.into(),
            per_group: limits.inbound_per_group.into(),
            memory: limits.memory_bytes,
            memory_per_protocol: share(limits.memory_bytes, limits.protocol_memory_percent),
        }
    }
}

fn share(bytes: usize, percent: u8) -> usize {
    bytes / 100 * usize::from(percent) + bytes % 100 * usize::from(percent) / 100
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_served_beside_those_that_have_slots_unless_there_are_no_slots() {
        let served = |slots| {
            let mut settings = Settings::default();
            settings.network.inbound_connections = slots;
            LedgerConfig::of(&settings).inbound
        };
        assert_eq!([0, 1, 8].map(served), [0, 65, 72]);
    }

    #[test]
    fn a_protocol_has_its_part_of_the_memory() {
        assert_eq!([1, 50, 100].map(|percent| share(250, percent)), [2, 125, 250]);
        assert_eq!(share(usize::MAX, 100), usize::MAX);
    }
}
