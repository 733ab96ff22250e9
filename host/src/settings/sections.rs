//! The settings as types, one a section.

use super::{HttpSettings, LimitsSettings, PluginSettings, PluginsSettings, blacklist::Blocked, text};
use crate::address::Address;
use semver::Version;
use serde::Deserialize;
use std::{collections::BTreeMap, path::PathBuf, time::Duration};

/// Everything an operator can decide. `config/default.toml` explains each key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct Settings {
    /// The process.
    pub node: NodeSettings,
    /// The connections to peers.
    pub network: NetworkSettings,
    /// What peers may use.
    pub limits: LimitsSettings,
    /// JSON-RPC.
    pub rpc: RpcSettings,
    /// Browsers.
    pub http: HttpSettings,
    /// All plug-ins.
    pub plugins: PluginsSettings,
    /// The plug-ins that have a table, by name.
    #[serde(default)]
    pub plugin: BTreeMap<String, PluginSettings>,
    /// Logging.
    pub log: LogSettings,
}

/// `[node]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct NodeSettings {
    /// Where the node keeps what it must remember.
    pub data_dir: PathBuf,
    /// How long an orderly stop may take.
    #[serde(deserialize_with = "text::duration")]
    pub shutdown_deadline: Duration,
}

/// `[network]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct NetworkSettings {
    /// The application that peers must speak.
    pub app_name: String,
    /// Its version; major and minor must be the same on both sides.
    #[serde(deserialize_with = "text::version")]
    pub app_version: Version,
    /// The bytes that begin every frame.
    #[serde(deserialize_with = "text::magic")]
    pub magic_bytes: [u8; 4],
    /// A name told to peers; may be empty.
    pub node_id: String,
    /// Addresses to listen on; port 0 takes a free one.
    pub inbound: Vec<Address>,
    /// Addresses under which others reach this node.
    pub external: Vec<Address>,
    /// Peers to stay connected to; a fragment of one is the id that its node must have.
    pub peers: Vec<Address>,
    /// Nodes to ask for addresses.
    pub seeds: Vec<Address>,
    /// The schemes of addresses that are dialled.
    pub active_profiles: Vec<String>,
    /// Those of them that are dialled through another one in their place.
    pub mixed_profiles: Vec<String>,
    /// The proxy that `tor` addresses are dialled through.
    #[serde(deserialize_with = "text::address_or_none")]
    pub tor_socks5_proxy: Option<Address>,
    /// The proxy that `i2p` addresses are dialled through.
    #[serde(deserialize_with = "text::address_or_none")]
    pub i2p_socks5_proxy: Option<Address>,
    /// The proxy that `nym` addresses are dialled through.
    #[serde(deserialize_with = "text::address_or_none")]
    pub nym_socks5_proxy: Option<Address>,
    /// Whether the gateway is asked to let peers in.
    pub upnp: bool,
    /// Connections the node opens by itself.
    pub outbound_connections: u16,
    /// Connections accepted at once.
    pub inbound_connections: u16,
    /// Connections that plug-ins may ask for at once.
    pub direct_connections: u16,
    /// Whether private addresses count as reachable.
    pub localnet: bool,
    /// What happens to a peer that breaks the rules.
    pub ban_policy: BanPolicy,
    /// How long the first ban of a host lasts; each further one lasts twice as long as the one before.
    #[serde(deserialize_with = "text::duration")]
    pub ban_time: Duration,
    /// How long a ban lasts at most.
    #[serde(deserialize_with = "text::duration")]
    pub longest_ban_time: Duration,
    /// The longest payload of a message without a limit of its own.
    pub max_payload_bytes: usize,
    /// How long a full queue may hold up its channel.
    #[serde(deserialize_with = "text::duration")]
    pub slow_consumer_timeout: Duration,
    /// The time between two tries of addresses that were only heard of.
    #[serde(deserialize_with = "text::duration")]
    pub refinery_interval: Duration,
    /// How long a search for addresses waits for answers.
    #[serde(deserialize_with = "text::duration")]
    pub discovery_attempt_time: Duration,
    /// The share of outbound connections that go to known peers; at most 80.
    pub known_peer_percent: u8,
    /// Whether outbound connections go to known peers only.
    pub disable_greys: bool,
    /// The time between two tests of addresses whose standing is in doubt, on average.
    #[serde(deserialize_with = "text::duration")]
    pub feeler_interval: Duration,
    /// The time between two connections beyond the outbound slots, on average.
    #[serde(deserialize_with = "text::duration")]
    pub scout_interval: Duration,
    /// Without a connection for this long, failures are not the addresses' own.
    #[serde(deserialize_with = "text::duration")]
    pub time_with_no_connections: Duration,
    /// How long a change of the address book may stay unsaved.
    #[serde(deserialize_with = "text::duration")]
    pub hosts_save_interval: Duration,
    /// What is neither dialled, accepted nor passed on.
    pub blacklist: Vec<Blocked>,
    /// How many addresses a peer is asked for; as many as `outbound_connections` when none.
    pub getaddrs_max: Option<u8>,
    /// Threads that carry the network; 0 is one a core.
    pub threads: u16,
    /// The times of each transport.
    pub profiles: Profiles,
}

/// What happens to a peer that breaks the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BanPolicy {
    /// The connection is closed, and the peer is banned, or scored where it may have been by mistake.
    Strict,
    /// The connection is closed, and the peer is scored: it is banned when it goes on.
    Relaxed,
}

/// `[network.profiles]`: one for each scheme that an address may have.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
#[expect(missing_docs, reason = "the fields are the names of the schemes")]
pub struct Profiles {
    pub tcp: Profile,
    #[serde(rename = "tcp+tls")]
    pub tcp_tls: Profile,
    pub quic: Profile,
    pub unix: Profile,
    pub tor: Profile,
    #[serde(rename = "tor+tls")]
    pub tor_tls: Profile,
    pub i2p: Profile,
    #[serde(rename = "i2p+tls")]
    pub i2p_tls: Profile,
    pub nym: Profile,
    #[serde(rename = "nym+tls")]
    pub nym_tls: Profile,
    pub socks5: Profile,
    #[serde(rename = "socks5+tls")]
    pub socks5_tls: Profile,
}

/// The times of the connections of one transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct Profile {
    /// Until the connection is open; also how long an answer to a ping may take.
    #[serde(deserialize_with = "text::duration")]
    pub connect_timeout: Duration,
    /// From there until the handshake is done.
    #[serde(deserialize_with = "text::duration")]
    pub handshake_timeout: Duration,
    /// Between one ping's answer and the next ping.
    #[serde(deserialize_with = "text::duration")]
    pub heartbeat_interval: Duration,
}

/// `[rpc]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct RpcSettings {
    /// Where requests are taken: a `tcp://` or `unix://` address; off when none.
    #[serde(deserialize_with = "text::address_or_none")]
    pub listen: Option<Address>,
    /// Clients connected at once.
    pub max_connections: u16,
}

/// `[log]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct LogSettings {
    /// A level, or a list of `target=level`, that `tracing_subscriber::filter::Targets` takes.
    #[serde(deserialize_with = "text::directives")]
    pub level: String,
    /// How an event is written.
    pub format: LogFormat,
    /// A file to append to; the standard error output when none.
    #[serde(deserialize_with = "text::path_or_none")]
    pub file: Option<PathBuf>,
}

/// How an event is written to the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs: one object a line.
    Json,
}

impl Settings {
    /// The times of a transport; those of `tcp` for a scheme that no operator can name.
    #[must_use]
    pub fn profile(&self, scheme: &str) -> Profile {
        let profiles = self.network.profiles.entries();
        profiles
            .into_iter()
            .find(|(name, _)| *name == scheme)
            .map_or(self.network.profiles.tcp, |(_, profile)| profile)
    }

    /// The host's keys of a plug-in: its table, or the defaults when it has none.
    #[must_use]
    pub fn plugin(&self, name: &str) -> PluginSettings {
        self.plugin.get(name).cloned().unwrap_or_default()
    }

    /// Why a plug-in is not to run, if the operator has disabled it.
    #[must_use]
    pub fn why_disabled(&self, name: &str) -> Option<String> {
        (!self.plugin(name).enabled).then(|| format!("plugin.{name}.enabled is false"))
    }

    /// Where the files are that a plug-in writes.
    #[must_use]
    pub fn plugin_data_dir(&self, name: &str) -> PathBuf {
        self.node.data_dir.join("plugins").join(name)
    }

    /// What `[plugin.NAME.config]` holds, for the plug-in to read; an empty object when there is none.
    #[must_use]
    pub fn plugin_config_json(&self, name: &str) -> serde_json::Value {
        self.plugin(name).config.into()
    }
}

impl Profiles {
    /// Each scheme with its times.
    #[must_use]
    pub fn entries(&self) -> [(&'static str, Profile); 12] {
        [
            ("tcp", self.tcp),
            ("tcp+tls", self.tcp_tls),
            ("quic", self.quic),
            ("unix", self.unix),
            ("tor", self.tor),
            ("tor+tls", self.tor_tls),
            ("i2p", self.i2p),
            ("i2p+tls", self.i2p_tls),
            ("nym", self.nym),
            ("nym+tls", self.nym_tls),
            ("socks5", self.socks5),
            ("socks5+tls", self.socks5_tls),
        ]
    }
}
