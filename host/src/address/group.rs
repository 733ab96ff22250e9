//! The group of an address: whoever has one address of it easily has more.

use super::{Address, HostKey};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Addresses that one hand easily has many of: a /16 of IPv4, a /32 of IPv6, a registered name, a thirty-second of a
/// network whose names cost nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// A /16 of IPv4.
    V4([u8; 2]),
    /// A /32 of IPv6.
    V6([u8; 4]),
    /// The last two labels of a name.
    Name(Box<str>),
    /// Names that anybody makes at no cost, by their kind and their first character.
    Made(Box<str>),
    /// Addresses that say nothing of the host: socket files and proxies.
    Indirect,
}

impl Group {
    /// The group of an address.
    #[must_use]
    pub fn of(address: &Address) -> Self {
        HostKey::of(address).map_or(Self::Indirect, |host| Self::of_host(&host))
    }

    /// The group of a host.
    #[must_use]
    pub fn of_host(host: &HostKey) -> Self {
        match host {
            HostKey::Ip(IpAddr::V4(ip)) => {
                let [a, b, ..] = ip.octets();
                Self::V4([a, b])
            }
            HostKey::Ip(IpAddr::V6(ip)) => {
                let [a, b, c, d, ..] = ip.octets();
                Self::V6([a, b, c, d])
            }
            HostKey::Name(name) => Self::of_name(name),
        }
    }

    fn of_name(name: &str) -> Self {
        if let Some((label, top @ ("onion" | "i2p"))) = name.rsplit_once('.') {
            let label = label.trim_end_matches(".b32");
            let first: String = label.chars().take(1).collect();
            return Self::Made(format!("{first}*.{top}").into());
        }
        let start = name.rmatch_indices('.').nth(1).map_or(0, |(at, dot)| at + dot.len());
        Self::Name(name.get(start..).unwrap_or(name).into())
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::V4([a, b]) => write!(f, "{}/16", Ipv4Addr::new(a, b, 0, 0)),
            Self::V6([a, b, c, d]) => {
                let high = [u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])];
                write!(f, "{}/32", Ipv6Addr::new(high[0], high[1], 0, 0, 0, 0, 0, 0))
            }
            Self::Name(ref name) | Self::Made(ref name) => f.write_str(name),
            Self::Indirect => f.write_str("indirect"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_in_one_group_whatever_the_scheme_the_port_and_the_notation() {
        for (text, group) in [
            ("tcp://1.2.3.4:1/", "1.2.0.0/16"),
            ("tcp+tls://[::ffff:1.2.200.4]:2/", "1.2.0.0/16"),
            ("quic://0x1020304:3", "1.2.0.0/16"),
            ("tcp://[2600:1:2::3]:1/", "2600:1::/32"),
            ("tcp://node.example.org:1/", "example.org"),
            ("quic://Other.Example.ORG.:1", "example.org"),
            ("tcp://example.org:1/", "example.org"),
            ("tcp://localhost:1/", "localhost"),
            ("tor://abcd.onion:1/", "a*.onion"),
            ("i2p://wxyz.b32.i2p:1", "w*.i2p"),
            ("unix:///run/socket", "indirect"),
            ("socks5://8.8.8.8:1/node.example:1", "indirect"),
        ] {
            assert_eq!(Group::of(&text.parse().unwrap()).to_string(), group, "{text}");
        }
    }
}
