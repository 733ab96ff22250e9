//! The protocols that every node brings along, as one plug-in that is linked in.

use super::address::ProtocolAddress;
use super::handshake::Identity;
use super::ping::{PingHost, PingTimes, ProtocolPing};
use super::seed::ProtocolSeed;
use crate::address::Address;
use crate::hosts::Hosts;
use crate::settings::Settings;
use backplane_plugin::abi::Package;
use backplane_plugin::{ChannelInfo, Host, ProtocolRegistry, SessionFlags};
use std::sync::Arc;

/// Who the built-in protocols are, in the terms of plug-ins.
pub const PACKAGE: Package = Package {
    name: "built-in",
    version: env!("CARGO_PKG_VERSION"),
    description: "The protocols that every node has",
    license: env!("CARGO_PKG_LICENSE"),
};

/// What the built-in protocols share.
#[derive(Debug)]
pub struct Builtin {
    /// The host, as for any plug-in.
    pub host: Host,
    /// The address book.
    pub hosts: Arc<Hosts>,
    /// Who this node is.
    pub identity: Arc<Identity>,
    /// The settings of the node.
    pub settings: Arc<Settings>,
    /// The schemes that this node can dial, as other nodes may be asked for them.
    pub schemes: Vec<String>,
}

impl Builtin {
    /// The built-in protocols with their sessions.
    #[must_use]
    pub fn registry() -> ProtocolRegistry<Self> {
        let mut registry = ProtocolRegistry::new();
        registry.register::<ProtocolPing<Self>>(SessionFlags::DEFAULT | SessionFlags::SEED);
        registry.register::<ProtocolAddress>(SessionFlags::DEFAULT);
        registry.register::<ProtocolSeed>(SessionFlags::SEED);
        registry
    }
}

impl PingHost for Builtin {
    fn host(&self) -> &Host {
        &self.host
    }

    fn times(&self, channel: &ChannelInfo) -> PingTimes {
        let scheme = channel
            .address
            .parse()
            .map_or_else(|_| String::new(), |address: Address| address.scheme().to_owned());
        let profile = self.settings.profile(&scheme);
        PingTimes { timeout: profile.connect_timeout, interval: profile.heartbeat_interval }
    }
}
