//! How the configured peers are doing, for whoever asks.

use crate::address::{Address, NodeId};
use parking_lot::Mutex;

/// A configured peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManualPeer {
    /// Its address.
    pub address: Address,
    /// The id that its node must have, if one was given.
    pub pinned: Option<NodeId>,
    /// How often it has been dialled in vain since it was last connected.
    pub failures: u32,
    /// Why the last dial came to nothing, until one succeeds.
    pub error: Option<String>,
    /// Whether another node than the pinned one answered at the last dial.
    pub alarm: bool,
}

/// The configured peers, in their order.
#[derive(Debug, Default)]
pub struct ManualPeers {
    peers: Mutex<Vec<ManualPeer>>,
}

impl ManualPeers {
    /// All of them, as they are now.
    #[must_use]
    pub fn all(&self) -> Vec<ManualPeer> {
        self.peers.lock().clone()
    }

    /// Adds one that has not been dialled yet. A peer that is there already, with the same pin, is the same.
    pub(super) fn add(&self, address: Address, pinned: Option<NodeId>) {
        let mut peers = self.peers.lock();
        if !peers.iter().any(|peer| peer.address == address && peer.pinned == pinned) {
            peers.push(ManualPeer { address, pinned, failures: 0, error: None, alarm: false });
        }
    }

    /// Notes that one is connected.
    pub(super) fn connected(&self, address: &Address, pinned: Option<NodeId>) {
        self.change(address, pinned, |peer| (peer.failures, peer.error, peer.alarm) = (0, None, false));
    }

    /// Notes that one was dialled in vain.
    pub(super) fn failed(&self, address: &Address, pinned: Option<NodeId>, error: String, alarm: bool) {
        self.change(address, pinned, |peer| {
            peer.failures = peer.failures.saturating_add(1);
            (peer.error, peer.alarm) = (Some(error), alarm);
        });
    }

    fn change(&self, address: &Address, pinned: Option<NodeId>, change: impl FnOnce(&mut ManualPeer)) {
        let mut peers = self.peers.lock();
        if let Some(peer) = peers.iter_mut().find(|peer| peer.address == *address && peer.pinned == pinned) {
            change(peer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_told_until_the_next_success() {
        let (peers, address) = (ManualPeers::default(), "tcp+tls://h:1".parse::<Address>().unwrap());
        let pinned = Some(NodeId::new([1; 32]));
        peers.add(address.clone(), pinned);
        peers.add(address.clone(), pinned);
        peers.failed(&address, pinned, "nobody".to_owned(), false);
        peers.failed(&address, pinned, "somebody else".to_owned(), true);
        let [peer] = &peers.all()[..] else { panic!("one peer is one") };
        assert_eq!((peer.failures, peer.error.as_deref(), peer.alarm), (2, Some("somebody else"), true));
        peers.connected(&address, pinned);
        let [peer] = &peers.all()[..] else { panic!("one peer is one") };
        assert_eq!((peer.failures, peer.error.as_deref(), peer.alarm), (0, None, false));
    }
}
