//! The host that an address points at, the same for every way of writing it.

use super::{Address, range};
use std::{fmt, net::IpAddr};

/// Schemes whose host is not the peer's: a socket file has none, a proxy is somebody else's.
const INDIRECT: [&str; 3] = ["unix", "socks5", "socks5+tls"];

/// An IP address or a name, whatever the scheme and the port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HostKey {
    /// An IP address; one of IPv4 in the notation of IPv6 is one of IPv4.
    Ip(IpAddr),
    /// A name, in lower case.
    Name(String),
}

impl HostKey {
    /// The host of the peer at `address`, if the address says which one it is.
    #[must_use]
    pub fn of(address: &Address) -> Option<Self> {
        if INDIRECT.contains(&address.scheme()) {
            return None;
        }
        Some(match address.ip_lenient() {
            Some(ip) => Self::Ip(ip.to_canonical()),
            None => Self::Name(address.host()?.trim_end_matches('.').to_ascii_lowercase()),
        })
    }

    /// Whether it means something on this machine or in this local network only.
    #[must_use]
    pub fn is_local(&self) -> bool {
        match self {
            Self::Ip(ip) => !range::is_global(*ip),
            Self::Name(name) => match name.rsplit_once('.') {
                None => true,
                Some((_, top)) => matches!(top, "localhost" | "localdomain" | "local"),
            },
        }
    }

    /// Whether it is this very machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self {
            Self::Ip(ip) => ip.is_loopback() || ip.is_unspecified(),
            Self::Name(name) => name == "localhost" || name.ends_with(".localhost"),
        }
    }
}

impl fmt::Display for HostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(IpAddr::V4(ip)) => ip.fmt(f),
            Self::Ip(IpAddr::V6(ip)) => write!(f, "[{ip}]"),
            Self::Name(name) => name.fmt(f),
        }
    }
}

/// Whether two addresses may lead to the same host: not when both are IP addresses, and differ.
#[must_use]
pub fn may_be_one_host(one: &Address, other: &Address) -> bool {
    match (HostKey::of(one), HostKey::of(other)) {
        (Some(HostKey::Ip(one)), Some(HostKey::Ip(other))) => one == other,
        _ => true,
    }
}

/// The one address that stands for all with this scheme, host and port; `None` without a host or a port.
#[must_use]
pub fn identity(address: &Address) -> Option<Address> {
    let (host, port) = (HostKey::of(address)?, address.port()?);
    format!("{}://{host}:{port}", address.scheme()).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<HostKey> {
        HostKey::of(&text.parse().unwrap())
    }

    #[test]
    fn every_way_of_writing_a_host_is_the_same_host() {
        for text in
            ["tcp://1.2.3.4:1/", "tcp+tls://[::ffff:1.2.3.4]:2/", "quic://0x1020304:3", "quic://1.2.3.4."]
        {
            assert_eq!(of(text), of("tcp://1.2.3.4/"), "{text}");
        }
        assert_eq!(of("quic://Node.Example.:1"), of("tcp://node.example/"));
    }

    #[test]
    fn a_proxy_or_a_file_is_no_peer() {
        for text in ["unix:///run/socket", "socks5://8.8.8.8:1080/node.example:1"] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    #[test]
    fn only_two_different_ip_addresses_are_surely_two_hosts() {
        for (one, other, expected) in [
            ("tcp://1.2.3.4:1", "quic://[::ffff:1.2.3.4]:2", true),
            ("tcp://1.2.3.4:1", "tcp://1.2.3.5:1", false),
            ("tcp://1.2.3.4:1", "tcp://[2600::1]:1", false),
            ("tcp://1.2.3.4:1", "tcp://node.example:1", true),
            ("tcp://1.2.3.4:1", "unix:///run/socket", true),
        ] {
            assert_eq!(may_be_one_host(&one.parse().unwrap(), &other.parse().unwrap()), expected, "{other}");
        }
    }

    #[test]
    fn tells_local_hosts() {
        for text in
            ["tcp://localhost/", "tcp://a.localhost/", "tcp://router/", "tcp://nas.local/", "quic://127.1"]
        {
            assert!(of(text).unwrap().is_local(), "{text}");
        }
        for text in ["tcp://node.example/", "tcp://8.8.8.8/", "tcp://[2600::1]/", "tcp://[::ffff:8.8.8.8]/"] {
            assert!(!of(text).unwrap().is_local(), "{text}");
        }
    }

    #[test]
    fn an_address_is_scheme_host_and_port() {
        for (text, expected) in [
            ("quic://U@Node.Example:1/p?q#f", Some("quic://node.example:1")),
            ("tcp://h:80/p?q", Some("tcp://h:80/")),
            ("quic://127.1:5", Some("quic://127.0.0.1:5")),
            ("tcp://h/", None),
        ] {
            let found = identity(&text.parse().unwrap());
            assert_eq!(found.as_ref().map(Address::as_str), expected, "{text}");
        }
    }
}
