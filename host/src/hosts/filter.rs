//! Which addresses may be on a list.

use super::{HostsConfig, entry::Colour};
use crate::address::{Address, HostKey, identity, is_global};
use crate::settings::Blocked;
use std::collections::HashSet;

/// The longest address on a list, in bytes.
const MAX_BYTES: usize = 256;

/// The schemes that nodes tell each other of.
const SCHEMES: [&str; 7] = ["tcp", "tcp+tls", "tor", "tor+tls", "i2p", "i2p+tls", "quic"];

/// Whether nodes tell each other of addresses of this scheme: of files and proxies they do not.
#[must_use]
pub fn is_told(scheme: &str) -> bool {
    scheme == IN_PROCESS || SCHEMES.contains(&scheme)
}

/// The transport within one process, where a whole network may be simulated.
pub(super) const IN_PROCESS: &str = "memory";

/// The rules of admission. They are the same for what peers tell, what a file has and what was dialled.
#[derive(Debug)]
pub(super) struct Filter {
    localnet: bool,
    own: Vec<(HostKey, Option<u16>)>,
    excluded: HashSet<Address>,
    blacklist: Vec<Blocked>,
    dialable: Vec<String>,
}

impl Filter {
    pub(super) fn new(config: &HostsConfig) -> Self {
        let mut filter = Self {
            localnet: config.localnet,
            own: Vec::new(),
            excluded: config.excluded.iter().filter_map(identity).collect(),
            blacklist: config.blacklist.clone(),
            dialable: config.dialable.clone(),
        };
        config.own.iter().for_each(|address| filter.add_own(address));
        filter
    }

    pub(super) fn add_own(&mut self, address: &Address) {
        let own = HostKey::of(address).map(|host| (host, address.port()));
        self.own.extend(own.filter(|own| !self.own.contains(own)));
    }

    /// Whether the operator wants nothing to do with an address.
    pub(super) fn is_blocked(&self, address: &Address) -> bool {
        self.blacklist.iter().any(|blocked| blocked.covers(address))
    }

    pub(super) const fn localnet(&self) -> bool {
        self.localnet
    }

    /// The address in the one form that lists have, with the list that it would begin on: grey, or dark when it
    /// cannot be dialled. `None` when it may be on no list.
    pub(super) fn admit(&self, address: &Address) -> Option<(Address, Colour)> {
        let host = HostKey::of(address)?;
        let port = address.port().filter(|port| *port > 0)?;
        let refused = !is_bare(address)
            || self.is_own(&host, port)
            || self.is_blocked(address)
            || !self.takes_host(address, &host)
            || !self.takes_scheme(address.scheme(), &host);
        if refused {
            return None;
        }
        let address = identity(address)?;
        if address.as_str().len() > MAX_BYTES || self.excluded.contains(&address) {
            return None;
        }
        let dialable = self.dialable.iter().any(|scheme| scheme == address.scheme());
        Some((address, if dialable { Colour::Grey } else { Colour::Dark }))
    }

    /// On one machine the nodes differ by their ports, elsewhere by their hosts.
    pub(super) fn is_own(&self, host: &HostKey, port: u16) -> bool {
        self.own.iter().any(|(own, own_port)| match self.localnet {
            true => *own_port == Some(port) && (own == host || own.is_loopback() && host.is_loopback()),
            false => own == host,
        })
    }

    fn takes_host(&self, address: &Address, host: &HostKey) -> bool {
        let (well_formed, local) = match (host, address.ip_lenient()) {
            (HostKey::Name(name), _) => (is_name(name), host.is_local()),
            // As it was written: an IPv4 address in the clothes of IPv6 counts as local.
            (HostKey::Ip(ip), written) => (true, !is_global(written.unwrap_or(*ip))),
        };
        well_formed && (self.localnet || !local)
    }

    fn takes_scheme(&self, scheme: &str, host: &HostKey) -> bool {
        match (scheme, host) {
            ("tor" | "tor+tls", HostKey::Name(name)) => is_onion(name),
            ("i2p" | "i2p+tls", HostKey::Name(name)) => is_i2p(name),
            ("tor" | "tor+tls" | "i2p" | "i2p+tls", HostKey::Ip(_)) => false,
            (IN_PROCESS, _) => self.localnet,
            _ => SCHEMES.contains(&scheme),
        }
    }
}

/// Whether the address is a scheme, a host and a port with nothing else.
fn is_bare(address: &Address) -> bool {
    let (Some(host), Some(port)) = (address.host(), address.port()) else { return false };
    let bare = format!("{}://{host}:{port}", address.scheme());
    matches!(address.as_str().strip_prefix(&bare), Some("" | "/"))
}

/// Whether a text has the form of a host's name. One that ends in a number would be a broken IP address.
fn is_name(name: &str) -> bool {
    let is_label = |label: &str| {
        let bytes = label.bytes();
        (1..=63).contains(&label.len())
            && bytes.into_iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    let top = name.rsplit('.').next().unwrap_or_default();
    name.len() <= 253 && name.split('.').all(is_label) && !top.starts_with(|c: char| c.is_ascii_digit())
}

/// Whether a name is that of an onion service of version 3, which its last letter says.
fn is_onion(name: &str) -> bool {
    name.strip_suffix(".onion").is_some_and(|key| key.len() == 56 && is_base32(key) && key.ends_with('d'))
}

fn is_i2p(name: &str) -> bool {
    match (name.strip_suffix(".b32.i2p"), name.strip_suffix(".i2p")) {
        (Some(hash), _) => hash.len() == 52 && is_base32(hash),
        (None, rest) => rest.is_some(),
    }
}

fn is_base32(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONION: &str = "tor://2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion:80/";

    fn addresses(texts: &[&str]) -> Vec<Address> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn filter(localnet: bool) -> Filter {
        Filter::new(&HostsConfig {
            localnet,
            own: addresses(&["tcp://9.9.9.9:1000", "tcp://127.0.0.1:2000", "tcp://me.example:3000"]),
            excluded: addresses(&["tcp://seed.example:1/?x", "quic://SEED.example:2"]),
            blacklist: vec![Blocked {
                host: HostKey::Name("bad.example".to_owned()),
                schemes: vec!["tcp".to_owned()],
                ports: vec![1, 2],
            }],
            dialable: ["tcp", "quic", "memory"].map(String::from).to_vec(),
            ..HostsConfig::default()
        })
    }

    fn admit(localnet: bool, text: &str) -> Option<(String, Colour)> {
        let admitted = filter(localnet).admit(&text.parse().unwrap());
        admitted.map(|(address, colour)| (address.to_string(), colour))
    }

    #[test]
    fn takes_public_addresses_in_one_form() {
        for (text, expected, colour) in [
            ("tcp://1.1.1.1:80", "tcp://1.1.1.1:80/", Colour::Grey),
            ("quic://Node.Example:1/", "quic://node.example:1", Colour::Grey),
            ("quic://0x01010101:1", "quic://1.1.1.1:1", Colour::Grey),
            ("tcp://[2600::1]:1", "tcp://[2600::1]:1/", Colour::Grey),
            ("tcp+tls://node.example:1", "tcp+tls://node.example:1/", Colour::Dark),
            ("i2p://a.i2p:7777", "i2p://a.i2p:7777", Colour::Dark),
            (ONION, ONION, Colour::Dark),
        ] {
            assert_eq!(admit(false, text), Some((expected.to_owned(), colour)), "{text}");
        }
    }

    #[test]
    fn refuses_everything_but_scheme_host_and_port() {
        for text in [
            "tcp://u@1.1.1.1:1/",
            "tcp://u:p@1.1.1.1:1/",
            "tcp://1.1.1.1:1/p",
            "tcp://1.1.1.1:1/?q",
            "tcp://1.1.1.1:1/#f",
            "quic://1.1.1.1:1?q",
            "quic://@1.1.1.1:1//",
            "tcp://1.1.1.1/",
            "tcp://1.1.1.1:0/",
            "unix:///run/socket",
        ] {
            assert_eq!(admit(false, text), None, "{text}");
            assert_eq!(admit(true, text), None, "{text}");
        }
    }

    #[test]
    fn refuses_malformed_hosts() {
        let long_name = format!("tcp://{}:1/", vec!["abcdefg"; 32].join("."));
        for text in [
            "quic://a..b:1",
            "quic://a%20b.example:1",
            "quic://1.2.3.999:1",
            "tcp://a.!b:1",
            "tor://node.example:1",
            "tor://1.1.1.1:1",
            "i2p://node.example:1",
            "i2p://.i2p:1",
            "i2p://short.b32.i2p:1",
            "i2p://1.1.1.1:1",
            &long_name,
            &ONION.replace("wid.", "wib."),
        ] {
            assert_eq!(admit(true, text), None, "{text}");
        }
    }

    #[test]
    fn refuses_an_address_of_more_than_256_bytes() {
        let name = vec!["abcdefg"; 31].join(".");
        assert!(admit(false, &format!("quic://{name}:1")).is_some_and(|(text, _)| text.len() == MAX_BYTES));
        assert_eq!(admit(false, &format!("quic://{name}:10")), None);
    }

    #[test]
    fn refuses_schemes_that_are_not_passed_on() {
        for scheme in ["tls", "nym", "nym+tls", "socks5", "http", "x"] {
            assert_eq!(admit(true, &format!("{scheme}://node.example:1")), None, "{scheme}");
        }
        assert_eq!(admit(false, "memory://node.example:1"), None);
        assert_eq!(admit(true, "memory://n1:1"), Some(("memory://n1:1".to_owned(), Colour::Grey)));
    }

    #[test]
    fn nobody_is_asked_for_what_is_not_passed_on() {
        let schemes = ["tcp", "unix", "quic", "socks5", "socks5+tls", "nym", "tor+tls", "memory"];
        assert_eq!(schemes.map(is_told), [true, false, true, false, false, false, true, true]);
    }

    #[test]
    fn refuses_local_addresses_outside_localnet_in_every_spelling() {
        for text in [
            "tcp://127.0.0.1:1",
            "tcp://127.1:1",
            "quic://127.0.0.1:1",
            "quic://0x7f.1:1",
            "quic://[::1]:1",
            "tcp://192.168.0.1:1",
            "tcp://localhost:1",
            "tcp://a.localhost:1",
            "tcp://localhost.localdomain:1",
        ] {
            assert_eq!(admit(false, text), None, "{text}");
            assert!(admit(true, text).is_some(), "{text}");
        }
        assert_eq!(admit(false, "tcp://[::ffff:1.1.1.1]:1"), None);
        assert_eq!(admit(true, "tcp://[::ffff:1.1.1.1]:1"), admit(true, "tcp://1.1.1.1:1"));
    }

    #[test]
    fn refuses_own_addresses_by_host() {
        for text in ["tcp://9.9.9.9:5", "quic://9.9.9.9:1000", "quic://Me.Example:1", "tcp://me.example.:1"] {
            assert_eq!(admit(false, text), None, "{text}");
        }
    }

    #[test]
    fn refuses_own_addresses_by_port_in_localnet() {
        for text in
            ["tcp://127.0.0.1:2000", "quic://localhost:2000", "tcp://[::1]:2000", "tcp://9.9.9.9:1000"]
        {
            assert_eq!(admit(true, text), None, "{text}");
        }
        for text in ["tcp://127.0.0.1:2001", "tcp://192.168.0.7:2000", "tcp://9.9.9.9:1001"] {
            assert!(admit(true, text).is_some(), "{text}");
        }
    }

    #[test]
    fn refuses_seeds_and_configured_peers() {
        assert_eq!(admit(false, "tcp://seed.example:1"), None);
        assert_eq!(admit(false, "quic://seed.example:2"), None);
        assert!(admit(false, "tcp://seed.example:2").is_some());
    }

    #[test]
    fn refuses_what_the_operator_blocked() {
        assert_eq!(admit(false, "tcp://Bad.example:1"), None);
        assert_eq!(admit(true, "tcp://bad.example:2"), None);
        assert!(admit(false, "tcp://bad.example:3").is_some());
        assert!(admit(false, "quic://bad.example:1").is_some());
    }
}
