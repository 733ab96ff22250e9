//! What the operator decided about the address book.

use super::BanTerms;
use crate::address::Address;

/// What the operator decided about the address book.
#[derive(Debug, Clone)]
pub struct HostsConfig {
    /// The network is this machine or a private one: local addresses are taken, and own ones are told by their port.
    pub localnet: bool,
    /// The external addresses of this node.
    pub own: Vec<Address>,
    /// Seeds and configured peers, which have sessions of their own.
    pub excluded: Vec<Address>,
    /// The schemes that this node can dial.
    pub dialable: Vec<String>,
    /// The share of the outbound slots for known peers, gold and white. More than 80 is 80.
    pub known_peer_percent: u8,
    /// Fill outbound slots with known peers only.
    pub disable_greys: bool,
    /// How long bans last.
    pub bans: BanTerms,
}

impl Default for HostsConfig {
    /// A node that dials plain TCP over the Internet.
    fn default() -> Self {
        Self {
            localnet: false,
            own: Vec::new(),
            excluded: Vec::new(),
            dialable: vec!["tcp".to_owned()],
            known_peer_percent: 70,
            disable_greys: false,
            bans: BanTerms::default(),
        }
    }
}
