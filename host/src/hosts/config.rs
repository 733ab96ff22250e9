//! What the operator decided about the address book.

use super::{BanTerms, Secret};
use crate::address::Address;
use crate::random;
use crate::settings::{Blocked, Settings};

/// What the operator decided about the address book.
#[derive(Debug, Clone)]
pub struct HostsConfig {
    /// What decides where an address has its place.
    pub secret: Secret,
    /// The network is this machine or a private one: local addresses are taken, and own ones are told by their port.
    pub localnet: bool,
    /// The external addresses of this node.
    pub own: Vec<Address>,
    /// Seeds and configured peers, which have sessions of their own.
    pub excluded: Vec<Address>,
    /// What is neither dialled nor passed on.
    pub blacklist: Vec<Blocked>,
    /// The schemes that this node can dial.
    pub dialable: Vec<String>,
    /// The share of the outbound slots for known peers, gold and white. More than 80 is 80.
    pub known_peer_percent: u8,
    /// Fill outbound slots with known peers only.
    pub disable_greys: bool,
    /// How long bans last.
    pub bans: BanTerms,
}

impl HostsConfig {
    /// What the settings say, for a node that can dial these schemes.
    pub fn of<'a>(settings: &Settings, schemes: impl Iterator<Item = &'a str>, secret: Secret) -> Self {
        let network = &settings.network;
        let mut config = Self {
            secret,
            localnet: network.localnet,
            own: network.external.clone(),
            dialable: schemes.map(ToOwned::to_owned).collect(),
            ..Self::default()
        };
        config.adopt(settings);
        config
    }

    /// Takes over what may change while the node runs.
    pub fn adopt(&mut self, settings: &Settings) {
        let network = &settings.network;
        self.excluded = network.seeds.iter().chain(&network.peers).cloned().collect();
        self.blacklist.clone_from(&network.blacklist);
        self.known_peer_percent = network.known_peer_percent;
        self.disable_greys = network.disable_greys;
        self.bans = BanTerms { time: network.ban_time, longest: network.longest_ban_time };
    }
}

impl Default for HostsConfig {
    /// A node that dials plain TCP over the Internet, with a secret of its own.
    fn default() -> Self {
        Self {
            secret: Secret::new(&mut random::rng()),
            localnet: false,
            own: Vec::new(),
            excluded: Vec::new(),
            blacklist: Vec::new(),
            dialable: vec!["tcp".to_owned()],
            known_peer_percent: 70,
            disable_greys: false,
            bans: BanTerms::default(),
        }
    }
}
