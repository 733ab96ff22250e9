//! How the configured peers are doing, for whoever asks.

use crate::address::{Address, NodeId};
use parking_lot::Mutex;
use std::sync::Arc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// A configured peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManualPeer {
    /// Its address.
    pub address: Address,
    /// The id that its node must have, if one was given.
    pub pinned: Option<NodeId>,
    /// The channel to it that was dialled for it; 0 for none.
    pub channel: u32,
    /// How often it has been dialled in vain since it was last connected.
    pub failures: u32,
    /// When it is dialled next; none while it is dialled or connected.
    pub next_try: Option<Instant>,
    /// Why the last dial came to nothing, until one succeeds.
    pub error: Option<String>,
    /// Whether another node than the pinned one answered at the last dial.
    pub alarm: bool,
}

/// The configured peers, in the order in which they were.
#[derive(Debug, Default)]
pub struct ManualPeers {
    peers: Mutex<Vec<Arc<KeptPeer>>>,
}

/// A configured peer with word to the task that keeps a channel to it.
#[derive(Debug)]
pub(super) struct KeptPeer {
    pub(super) address: Address,
    pub(super) pinned: Option<NodeId>,
    /// Cancelled when the peer is no longer configured.
    pub(super) released: CancellationToken,
    now: Mutex<ManualPeer>,
}

impl ManualPeers {
    /// All of them, as they are now.
    #[must_use]
    pub fn all(&self) -> Vec<ManualPeer> {
        self.peers.lock().iter().map(|peer| peer.now.lock().clone()).collect()
    }

    /// Releases the peers that are no longer wanted: those that are new. A peer with another pin is another peer, and
    /// one that is wanted twice is one.
    pub(super) fn follow(&self, wanted: &[(Address, Option<NodeId>)]) -> Vec<Arc<KeptPeer>> {
        let mut peers = self.peers.lock();
        peers.retain(|peer| {
            let stays = wanted.iter().any(|(address, pinned)| peer.is(address, *pinned));
            if !stays {
                peer.released.cancel();
            }
            stays
        });
        let mut new = Vec::new();
        for (address, pinned) in wanted {
            if !peers.iter().any(|peer| peer.is(address, *pinned)) {
                let peer = Arc::new(KeptPeer::new(address.clone(), *pinned));
                peers.push(Arc::clone(&peer));
                new.push(peer);
            }
        }
        new
    }
}

impl KeptPeer {
    fn new(address: Address, pinned: Option<NodeId>) -> Self {
        let now = ManualPeer {
            address: address.clone(),
            pinned,
            channel: 0,
            failures: 0,
            next_try: None,
            error: None,
            alarm: false,
        };
        Self { address, pinned, released: CancellationToken::new(), now: Mutex::new(now) }
    }

    fn is(&self, address: &Address, pinned: Option<NodeId>) -> bool {
        self.address == *address && self.pinned == pinned
    }

    /// Notes that it is dialled.
    pub(super) fn dialling(&self) {
        self.now.lock().next_try = None;
    }

    /// Notes that it is connected.
    pub(super) fn connected(&self, channel: u32) {
        let mut now = self.now.lock();
        (now.channel, now.failures, now.error, now.alarm) = (channel, 0, None, false);
    }

    /// Notes that it was dialled in vain.
    pub(super) fn failed(&self, error: String, alarm: bool) {
        let mut now = self.now.lock();
        now.failures = now.failures.saturating_add(1);
        (now.error, now.alarm) = (Some(error), alarm);
    }

    /// Notes that it is not dialled until then.
    pub(super) fn resting(&self, until: Instant) {
        let mut now = self.now.lock();
        (now.channel, now.next_try) = (0, Some(until));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    fn peer() -> (Address, Option<NodeId>) {
        ("tcp+tls://h:1".parse().unwrap(), Some(NodeId::new([1; 32])))
    }

    #[test]
    fn a_failure_is_told_until_the_next_success() {
        let peers = ManualPeers::default();
        let kept = peers.follow(&[peer(), peer()]);
        let [kept] = &kept[..] else { panic!("one peer is one") };
        kept.failed("nobody".to_owned(), false);
        kept.failed("somebody else".to_owned(), true);
        kept.resting(clock::now());
        let [now] = &peers.all()[..] else { panic!("one peer is one") };
        assert_eq!((now.failures, now.error.as_deref(), now.alarm), (2, Some("somebody else"), true));
        assert!(now.next_try.is_some());
        kept.dialling();
        kept.connected(7);
        let [now] = &peers.all()[..] else { panic!("one peer is one") };
        assert_eq!((now.failures, now.error.as_deref(), now.alarm), (0, None, false));
        assert_eq!((now.channel, now.next_try), (7, None));
    }

    #[test]
    fn a_peer_that_is_no_longer_wanted_is_released_and_one_with_another_pin_is_another() {
        let peers = ManualPeers::default();
        let first = peers.follow(&[peer()]).remove(0);
        assert!(peers.follow(&[peer()]).is_empty() && !first.released.is_cancelled());
        let second = peers.follow(&[(peer().0, None)]).remove(0);
        assert!(first.released.is_cancelled() && !second.released.is_cancelled());
        assert_eq!(peers.all().iter().map(|peer| peer.pinned).collect::<Vec<_>>(), [None]);
    }
}
