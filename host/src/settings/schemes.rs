//! Checks what may be listened at, dialled and pinned.

use super::finding::Finding;
use super::sections::NetworkSettings;
use crate::address::{Address, NodeId};

/// The schemes that can be listened at; the others go through proxies.
const LISTENED: [&str; 4] = ["tcp", "tcp+tls", "quic", "unix"];
/// The schemes that others can stand in for.
const MIXED: [&str; 4] = ["tcp", "tcp+tls", "tor", "tor+tls"];

/// Checks the schemes of everything that has one.
pub(super) fn check(network: &NetworkSettings) -> Result<(), Finding> {
    let known = network.profiles.entries().map(|(scheme, _)| scheme);
    one_of("network.active_profiles", network.active_profiles.iter().map(String::as_str), &known)?;
    one_of("network.mixed_profiles", network.mixed_profiles.iter().map(String::as_str), &MIXED)?;
    for (key, addresses) in addresses(network) {
        one_of(&format!("network.{key}"), addresses.iter().map(Address::scheme), &known)?;
    }
    one_of("network.inbound", network.inbound.iter().map(Address::scheme), &LISTENED)?;
    for (key, addresses) in [("peers", &network.peers), ("seeds", &network.seeds)] {
        dialled(key, addresses, network)?;
    }
    proxies(network)?;
    pins(network)
}

const fn addresses(network: &NetworkSettings) -> [(&'static str, &Vec<Address>); 4] {
    [
        ("inbound", &network.inbound),
        ("external", &network.external),
        ("peers", &network.peers),
        ("seeds", &network.seeds),
    ]
}

fn one_of<'a>(key: &str, found: impl Iterator<Item = &'a str>, expected: &[&str]) -> Result<(), Finding> {
    let mut wrong = found.enumerate().filter(|(_, scheme)| !expected.contains(scheme));
    wrong.next().map_or(Ok(()), |(index, scheme)| {
        let expected = expected.join(", ");
        Err(Finding::new(format!("{key}[{index}]"), format!("expected one of {expected}, found {scheme}")))
    })
}

/// Whom the operator names has to be dialled by some profile.
fn dialled(key: &str, addresses: &[Address], network: &NetworkSettings) -> Result<(), Finding> {
    let switched_on = |address: &Address| {
        let mut profiles = network.active_profiles.iter().chain(&network.mixed_profiles);
        profiles.any(|profile| profile == address.scheme())
    };
    addresses.iter().position(|address| !switched_on(address)).map_or(Ok(()), |index| {
        let reason = "expected an address that is dialled: network.active_profiles has not its scheme";
        Err(Finding::new(format!("network.{key}[{index}]"), reason))
    })
}

fn proxies(network: &NetworkSettings) -> Result<(), Finding> {
    for (key, proxy) in [
        ("network.tor_socks5_proxy", &network.tor_socks5_proxy),
        ("network.i2p_socks5_proxy", &network.i2p_socks5_proxy),
        ("network.nym_socks5_proxy", &network.nym_socks5_proxy),
    ] {
        let usable =
            |proxy: &Address| proxy.scheme() == "socks5" && proxy.port().is_some_and(|port| port > 0);
        if proxy.as_ref().is_some_and(|proxy| !usable(proxy)) {
            return Err(Finding::new(key, "expected a proxy, as in socks5://127.0.0.1:9050"));
        }
    }
    Ok(())
}

/// A fragment is the node that a peer must be; only TLS over TCP proves it.
fn pins(network: &NetworkSettings) -> Result<(), Finding> {
    for (key, addresses) in addresses(network) {
        for (index, address) in addresses.iter().enumerate() {
            let Some(pin) = address.fragment() else { continue };
            let key = format!("network.{key}[{index}]");
            if !key.starts_with("network.peers") || address.scheme() != "tcp+tls" {
                return Err(Finding::new(
                    key,
                    "expected no #: only a tcp+tls address of network.peers has a node id",
                ));
            }
            if let Err(error) = pin.parse::<NodeId>() {
                return Err(Finding::new(key, format!("expected a node id behind the #: {error}")));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::settings;

    /// The key that is blamed for these settings.
    fn blamed(sets: &[&str]) -> Option<String> {
        let sets: Vec<_> = sets.iter().map(|set| (*set).to_owned()).collect();
        settings::load(&[], &sets, std::iter::empty()).err().map(|error| match error {
            settings::SettingsError::Key { key, .. } => key,
            other => panic!("{other}"),
        })
    }

    #[test]
    fn takes_every_transport_where_it_can_be_used() {
        let inbound = "network.inbound=tcp://0.0.0.0:1,tcp+tls://[::]:1,quic://0.0.0.0:1,unix:///run/a.sock";
        assert_eq!(blamed(&[inbound]), None);
        let peers = "network.peers=tcp://h:1,tcp+tls://h:1,quic://h:1,unix:///run/a.sock,socks5://p:1/h:1";
        assert_eq!(blamed(&[peers]), None);
        assert_eq!(blamed(&["network.active_profiles=tor,nym+tls", "network.peers=tor://h.onion:1"]), None);
    }

    #[test]
    fn refuses_a_scheme_where_it_cannot_be_used() {
        for (set, key) in [
            ("network.inbound=tor://h.onion:1", "network.inbound[0]"),
            ("network.inbound=tcp://h:1,socks5://h:1/a:1", "network.inbound[1]"),
            ("network.active_profiles=tcp,udp", "network.active_profiles[1]"),
            ("network.mixed_profiles=quic", "network.mixed_profiles[0]"),
            ("network.seeds=i2p://h.i2p:1", "network.seeds[0]"),
            ("network.peers=http://h:1", "network.peers[0]"),
            ("network.tor_socks5_proxy=tcp://127.0.0.1:9050", "network.tor_socks5_proxy"),
            ("network.i2p_socks5_proxy=socks5://127.0.0.1", "network.i2p_socks5_proxy"),
        ] {
            assert_eq!(blamed(&[set]).as_deref(), Some(key), "{set}");
        }
        let unreachable = ["network.active_profiles=tor", "network.peers=tcp://h:1"];
        assert_eq!(blamed(&unreachable).as_deref(), Some("network.peers[0]"));
        let mixed = ["network.active_profiles=tor", "network.mixed_profiles=tcp", "network.peers=tcp://h:1"];
        assert_eq!(blamed(&mixed), None);
    }

    #[test]
    fn a_pin_is_for_peers_over_tls_only() {
        let id = "ab".repeat(32);
        for (list, scheme, pin, key) in [
            ("peers", "tcp+tls", id.as_str(), None),
            ("peers", "tcp+tls", "ab", Some("network.peers[0]")),
            ("peers", "tcp+tls", "", Some("network.peers[0]")),
            ("peers", "tcp", &id, Some("network.peers[0]")),
            ("peers", "quic", &id, Some("network.peers[0]")),
            ("seeds", "tcp+tls", &id, Some("network.seeds[0]")),
            ("external", "tcp+tls", &id, Some("network.external[0]")),
            ("inbound", "tcp+tls", &id, Some("network.inbound[0]")),
        ] {
            let set = format!("network.{list}=[\"{scheme}://1.2.3.4:1#{pin}\"]");
            assert_eq!(blamed(&[&set]).as_deref(), key, "{set}");
        }
    }
}
