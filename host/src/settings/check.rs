//! Checks what no single key's type can say.

use super::finding::Finding;
use super::http;
use super::plugin;
use super::schemes;
use super::sections::{NetworkSettings, Settings};
use super::{PluginPolicy, PluginsSettings};
use crate::address::Address;
use std::{collections::HashMap, time::Duration};

/// The receiver's limits for the two messages of the handshake.
const VERACK_BYTES: usize = 128;
const VERSION_BYTES: usize = 2043;
/// Three numbers of eight bytes.
const SEMVER_NUMBERS_BYTES: usize = 24;
/// The longest address: the longest scheme, a DNS name of 253 bytes, a port.
const ADDRESS_BYTES: usize = 280;
/// The three features that the node announces, with their count.
const FEATURES_BYTES: usize = 64;

/// One full queue with a read on top fits into it.
const LEAST_MEMORY: usize = 8 << 20;

/// One read brings as much, and a channel rests for a second at most.
const LEAST_RATE: u32 = 512 * 1024;

const LONGEST_TIME: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Checks settings that were read.
pub(super) fn check(settings: &Settings) -> Result<(), Finding> {
    let network = &settings.network;
    paths(settings)?;
    numbers(settings)?;
    times(settings)?;
    schemes::check(network)?;
    addresses(network)?;
    blacklist(network)?;
    duplicates(&network.inbound)?;
    bound_ports(network)?;
    listens("rpc.listen", settings.rpc.listen.as_ref())?;
    listens("http.listen", settings.http.listen.as_ref())?;
    http::check(&settings.http)?;
    signers(&settings.plugins)?;
    plugin::check(settings.plugin.iter())?;
    verack_fits(network)?;
    version_fits(network)
}

fn paths(settings: &Settings) -> Result<(), Finding> {
    for (key, path) in [("node.data_dir", &settings.node.data_dir), ("plugins.dir", &settings.plugins.dir)] {
        if path.as_os_str().is_empty() {
            return Err(Finding::new(key, "expected a folder, found an empty text"));
        }
    }
    Ok(())
}

fn numbers(settings: &Settings) -> Result<(), Finding> {
    let percent = settings.network.known_peer_percent;
    if percent > 80 {
        return Err(Finding::new(
            "network.known_peer_percent",
            format!("expected at most 80, found {percent}"),
        ));
    }
    let limits = &settings.limits;
    for (key, is_zero) in [
        ("network.max_payload_bytes", settings.network.max_payload_bytes == 0),
        ("rpc.max_connections", settings.rpc.max_connections == 0),
        ("limits.ban_score", limits.ban_score == 0),
        ("limits.pending_handshakes", limits.pending_handshakes == 0),
        ("limits.inbound_per_host", limits.inbound_per_host == 0),
        ("limits.inbound_per_group", limits.inbound_per_group == 0),
    ] {
        if is_zero {
            return Err(Finding::new(key, "expected at least 1, found 0"));
        }
    }
    if limits.memory_bytes < LEAST_MEMORY {
        let found = limits.memory_bytes;
        return Err(Finding::new(
            "limits.memory_bytes",
            format!("expected at least {LEAST_MEMORY}, found {found}"),
        ));
    }
    let percent = limits.protocol_memory_percent;
    if !(1..=100).contains(&percent) {
        return Err(Finding::new(
            "limits.protocol_memory_percent",
            format!("expected 1 to 100, found {percent}"),
        ));
    }
    let rate = limits.channel_bytes_per_second;
    if rate != 0 && rate < LEAST_RATE {
        return Err(Finding::new(
            "limits.channel_bytes_per_second",
            format!("expected 0, or at least {LEAST_RATE}, found {rate}"),
        ));
    }
    Ok(())
}

fn times(settings: &Settings) -> Result<(), Finding> {
    let network = &settings.network;
    let mut times = vec![
        ("network.slow_consumer_timeout".to_owned(), network.slow_consumer_timeout),
        ("network.refinery_interval".to_owned(), network.refinery_interval),
        ("network.discovery_attempt_time".to_owned(), network.discovery_attempt_time),
        ("network.feeler_interval".to_owned(), network.feeler_interval),
        ("network.scout_interval".to_owned(), network.scout_interval),
        ("network.time_with_no_connections".to_owned(), network.time_with_no_connections),
        ("network.hosts_save_interval".to_owned(), network.hosts_save_interval),
        ("network.ban_time".to_owned(), network.ban_time),
        ("network.longest_ban_time".to_owned(), network.longest_ban_time),
        ("limits.score_half_life".to_owned(), settings.limits.score_half_life),
        ("node.shutdown_deadline".to_owned(), settings.node.shutdown_deadline),
    ];
    for (scheme, profile) in network.profiles.entries() {
        times.push((format!("network.profiles.{scheme}.connect_timeout"), profile.connect_timeout));
        times.push((format!("network.profiles.{scheme}.handshake_timeout"), profile.handshake_timeout));
        times.push((format!("network.profiles.{scheme}.heartbeat_interval"), profile.heartbeat_interval));
    }
    for (key, time) in times {
        if time.is_zero() || time > LONGEST_TIME {
            return Err(Finding::new(key, "expected a time longer than none and at most 365 days"));
        }
    }
    Ok(())
}

fn addresses(network: &NetworkSettings) -> Result<(), Finding> {
    for (key, addresses, may_be_any_port) in [
        ("inbound", &network.inbound, true),
        ("external", &network.external, true),
        ("peers", &network.peers, false),
        ("seeds", &network.seeds, false),
    ] {
        for (index, address) in addresses.iter().enumerate() {
            let key = format!("network.{key}[{index}]");
            has_port(&key, address)?;
            if address.port() == Some(0) && !may_be_any_port {
                return Err(Finding::new(
                    key,
                    "expected a port other than 0, which only a listener can choose",
                ));
            }
        }
    }
    Ok(())
}

/// A scheme that nobody has would block nothing, and whom the operator names he cannot keep out as well.
fn blacklist(network: &NetworkSettings) -> Result<(), Finding> {
    let known = network.profiles.entries().map(|(scheme, _)| scheme);
    for (index, blocked) in network.blacklist.iter().enumerate() {
        let key = format!("network.blacklist[{index}]");
        if let Some(found) = blocked.schemes.iter().find(|scheme| !known.contains(&scheme.as_str())) {
            let reason = format!("expected schemes out of {}, found {found}", known.join(", "));
            return Err(Finding::new(format!("{key}.schemes"), reason));
        }
        if blocked.ports.contains(&0) {
            return Err(Finding::new(format!("{key}.ports"), "expected ports from 1 to 65535, found 0"));
        }
        for (list, addresses) in [("peers", &network.peers), ("seeds", &network.seeds)] {
            if let Some(named) = addresses.iter().position(|address| blocked.covers(address)) {
                let reason = format!("expected another host than that of network.{list}[{named}]");
                return Err(Finding::new(key, reason));
            }
        }
    }
    Ok(())
}

fn has_port(key: &str, address: &Address) -> Result<(), Finding> {
    if address.port().is_some() || address.scheme() == "unix" {
        return Ok(());
    }
    Err(Finding::new(key, format!("expected a port, as in {}://host:26661", address.scheme())))
}

/// Port 0 in an external address stands for the port of the listener of the same scheme: there has to be one.
fn bound_ports(network: &NetworkSettings) -> Result<(), Finding> {
    let listens = |address: &Address| network.inbound.iter().any(|other| other.scheme() == address.scheme());
    let unbound = network.external.iter().position(|address| address.port() == Some(0) && !listens(address));
    unbound.map_or(Ok(()), |index| {
        let reason = "expected a port other than 0, as network.inbound has no address of its scheme";
        Err(Finding::new(format!("network.external[{index}]"), reason))
    })
}

/// Port 0 may be asked for twice: those are two ports.
fn duplicates(inbound: &[Address]) -> Result<(), Finding> {
    let mut seen = HashMap::new();
    for (index, address) in inbound.iter().enumerate().filter(|(_, address)| address.port() != Some(0)) {
        if let Some(first) = seen.insert(address, index) {
            let reason = format!("expected another address than that of network.inbound[{first}]");
            return Err(Finding::new(format!("network.inbound[{index}]"), reason));
        }
    }
    Ok(())
}

/// Where programs are answered.
fn listens(key: &str, listen: Option<&Address>) -> Result<(), Finding> {
    match listen {
        Some(address) if !["tcp", "unix"].contains(&address.scheme()) => {
            let found = address.scheme();
            Err(Finding::new(key, format!("expected a tcp:// or unix:// address, found {found}://")))
        }
        Some(address) => has_port(key, address),
        None => Ok(()),
    }
}

/// Without a key no signature counts, and nothing could be loaded.
fn signers(plugins: &PluginsSettings) -> Result<(), Finding> {
    if plugins.policy == PluginPolicy::Signed && plugins.trusted_keys.is_empty() {
        let reason = "\"signed\" expects a key in plugins.trusted_keys, found none";
        return Err(Finding::new("plugins.policy", reason));
    }
    Ok(())
}

/// A peer refuses a longer verack before it reads it, and bans.
fn verack_fits(network: &NetworkSettings) -> Result<(), Finding> {
    let version = &network.app_version;
    let size = application_bytes(network);
    if size <= VERACK_BYTES {
        return Ok(());
    }
    let suffix = version.pre.len() + version.build.len();
    let key = if suffix > network.app_name.len() { "network.app_version" } else { "network.app_name" };
    let both = "network.app_name and network.app_version";
    Err(Finding::new(key, format!("expected at most {VERACK_BYTES} bytes of handshake, {both} make {size}")))
}

fn version_fits(network: &NetworkSettings) -> Result<(), Finding> {
    let node_id = text_bytes(network.node_id.len());
    // A slash is added to some addresses when they are sent.
    let external: usize =
        network.external.iter().map(|address| text_bytes(address.to_string().len() + 1)).sum();
    let rest = application_bytes(network) + 8 + 2 * text_bytes(ADDRESS_BYTES) + 1 + FEATURES_BYTES;
    let size = node_id + 3 + external + rest;
    if size <= VERSION_BYTES {
        return Ok(());
    }
    let key = if node_id > external { "network.node_id" } else { "network.external" };
    let both = "network.node_id and network.external";
    Err(Finding::new(key, format!("expected at most {VERSION_BYTES} bytes of handshake, {both} make {size}")))
}

fn application_bytes(network: &NetworkSettings) -> usize {
    let version = &network.app_version;
    let texts = [network.app_name.len(), version.pre.len(), version.build.len()];
    SEMVER_NUMBERS_BYTES + texts.into_iter().map(text_bytes).sum::<usize>()
}

/// What a text of this length takes on the wire.
fn text_bytes(length: usize) -> usize {
    length + if length < 0xfd { 1 } else { 3 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(change: impl FnOnce(&mut Settings)) -> Settings {
        let mut settings = Settings::default();
        change(&mut settings);
        settings
    }

    fn key_at_fault(change: impl FnOnce(&mut Settings)) -> Option<String> {
        check(&settings(change)).err().map(|finding| finding.key)
    }

    #[test]
    fn lets_the_longest_application_through_that_a_verack_holds() {
        assert_eq!(key_at_fault(|settings| settings.network.app_name = "x".repeat(101)), None);
        let longer = key_at_fault(|settings| settings.network.app_name = "x".repeat(102));
        assert_eq!(longer.as_deref(), Some("network.app_name"));

        let version = format!("1.2.3-{}+{}", "p".repeat(60), "b".repeat(36));
        let of_version = |name: &str| {
            let version = version.parse().unwrap();
            key_at_fault(|settings| {
                settings.network.app_version = version;
                settings.network.app_name = name.to_owned();
            })
        };
        assert_eq!(of_version("chats"), None);
        assert_eq!(of_version("dchatd").as_deref(), Some("network.app_version"));
    }

    #[test]
    fn names_the_key_that_makes_the_version_message_too_long() {
        let external = |count: u16| -> Vec<Address> {
            (1..=count).map(|port| format!("tcp://node.example.org:{port}").parse().unwrap()).collect()
        };
        assert_eq!(key_at_fault(|settings| settings.network.external = external(30)), None);
        let too_many = key_at_fault(|settings| settings.network.external = external(60));
        assert_eq!(too_many.as_deref(), Some("network.external"));
        let too_long = key_at_fault(|settings| settings.network.node_id = "x".repeat(2000));
        assert_eq!(too_long.as_deref(), Some("network.node_id"));
    }

    #[test]
    fn takes_port_0_only_where_a_listener_chooses() {
        let any: Address = "tcp://127.0.0.1:0".parse().unwrap();
        let two = || vec![any.clone(), any.clone()];
        assert_eq!(key_at_fault(|settings| settings.network.inbound = two()), None);
        assert_eq!(key_at_fault(|settings| settings.rpc.listen = Some(any.clone())), None);
        let peers = key_at_fault(|settings| settings.network.peers = two());
        assert_eq!(peers.as_deref(), Some("network.peers[0]"));
    }

    #[test]
    fn takes_port_0_of_an_external_address_only_with_a_listener_of_its_scheme() {
        let any = || -> Vec<Address> { vec!["tcp://127.0.0.1:0".parse().unwrap()] };
        let both = key_at_fault(|settings| {
            settings.network.inbound = any();
            settings.network.external = any();
        });
        assert_eq!(both, None);
        let alone = key_at_fault(|settings| settings.network.external = any());
        assert_eq!(alone.as_deref(), Some("network.external[0]"));
    }

    #[test]
    fn refuses_limits_that_let_nobody_in() {
        let none = key_at_fault(|settings| settings.limits.inbound_per_host = 0);
        assert_eq!(none.as_deref(), Some("limits.inbound_per_host"));
        let little = key_at_fault(|settings| settings.limits.memory_bytes = LEAST_MEMORY - 1);
        assert_eq!(little.as_deref(), Some("limits.memory_bytes"));
        let share = key_at_fault(|settings| settings.limits.protocol_memory_percent = 0);
        assert_eq!(share.as_deref(), Some("limits.protocol_memory_percent"));
        let slow = key_at_fault(|settings| settings.limits.channel_bytes_per_second = 1);
        assert_eq!(slow.as_deref(), Some("limits.channel_bytes_per_second"));
    }

    #[test]
    fn refuses_a_time_of_nothing() {
        let heartbeat =
            key_at_fault(|settings| settings.network.profiles.quic.heartbeat_interval = Duration::ZERO);
        assert_eq!(heartbeat.as_deref(), Some("network.profiles.quic.heartbeat_interval"));
        let ban = key_at_fault(|settings| settings.network.ban_time = Duration::ZERO);
        assert_eq!(ban.as_deref(), Some("network.ban_time"));
        let endless = key_at_fault(|settings| settings.network.refinery_interval = Duration::MAX);
        assert_eq!(endless.as_deref(), Some("network.refinery_interval"));
    }
}
