//! What the protocols that every node brings along share: the plug-in that they are protocols of.

use super::handshake::Identity;
use super::ping::{PingHost, PingTimes};
use crate::address::Address;
use crate::channel::Channels;
use crate::hosts::Hosts;
use crate::settings::LiveSettings;
use backplane_plugin::{ChannelInfo, Host};
use std::sync::Arc;
use std::time::Duration;

/// What the built-in protocols share.
#[derive(Debug)]
pub struct Builtin {
    /// The host, as for any plug-in.
    pub host: Host,
    /// The channels of the node.
    pub channels: Arc<Channels>,
    /// The address book.
    pub hosts: Arc<Hosts>,
    /// Who this node is.
    pub identity: Arc<Identity>,
    /// The settings in force.
    pub settings: LiveSettings,
    /// The schemes that this node can dial, as other nodes may be asked for them.
    pub schemes: Vec<String>,
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
        let profile = self.settings.now().profile(&scheme);
        PingTimes { timeout: profile.connect_timeout, interval: profile.heartbeat_interval }
    }
    fn answered(&self, channel: &ChannelInfo, after: Duration) {
        if let Some(channel) = self.channels.find(channel.id) {
            channel.merits().answered(after);
        }
    }
}
