//! Which IP addresses can be reached from everywhere.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Networks that are not reachable from everywhere, each with the bits of its prefix.
const LOCAL_V4: [(Ipv4Addr, u32); 14] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Groups of receivers, which cannot be dialled.
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// Exceptions within [`LOCAL_V4`].
const GLOBAL_V4: [(Ipv4Addr, u32); 2] =
    [(Ipv4Addr::new(192, 0, 0, 9), 32), (Ipv4Addr::new(192, 0, 0, 10), 32)];

/// As [`LOCAL_V4`].
const LOCAL_V6: [(Ipv6Addr, u32); 15] = [
    // Unspecified, loopback and, like the next two, other notations of IPv4 addresses.
    (v6(0, 0, 0), 96),
    (Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96),
    (v6(0x64, 0xff9b, 0), 96),
    (v6(0x64, 0xff9b, 1), 48),
    (v6(0x100, 0, 0), 64),
    (v6(0x2001, 0, 0), 23),
    (v6(0x2001, 0xdb8, 0), 32),
    (v6(0x2002, 0, 0), 16),
    (v6(0x3fff, 0, 0), 20),
    (v6(0x5f00, 0, 0), 16),
    (v6(0xfc00, 0, 0), 7),
    (v6(0xfe80, 0, 0), 10),
    (v6(0xfec0, 0, 0), 10),
    (v6(0xff00, 0, 0), 8),
    (Ipv6Addr::new(0x100, 0, 0, 1, 0, 0, 0, 0), 64),
];

/// Exceptions within [`LOCAL_V6`].
const GLOBAL_V6: [(Ipv6Addr, u32); 6] = [
    (Ipv6Addr::new(0x2001, 1, 0, 0, 0, 0, 0, 1), 128),
    (Ipv6Addr::new(0x2001, 1, 0, 0, 0, 0, 0, 2), 128),
    (v6(0x2001, 3, 0), 32),
    (v6(0x2001, 4, 0x112), 48),
    (v6(0x2001, 0x20, 0), 28),
    (v6(0x2001, 0x30, 0), 28),
];

/// Whether an address can be reached from everywhere, by the registries of special-purpose addresses.
#[must_use]
pub fn is_global(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let within = |&(network, length): &(Ipv4Addr, u32)| {
                (ip.to_bits() ^ network.to_bits()) >> (Ipv4Addr::BITS - length) == 0
            };
            GLOBAL_V4.iter().any(within) || !LOCAL_V4.iter().any(within)
        }
        IpAddr::V6(ip) => {
            let within = |&(network, length): &(Ipv6Addr, u32)| {
                (ip.to_bits() ^ network.to_bits()) >> (Ipv6Addr::BITS - length) == 0
            };
            GLOBAL_V6.iter().any(within) || !LOCAL_V6.iter().any(within)
        }
    }
}

const fn v6(a: u16, b: u16, c: u16) -> Ipv6Addr {
    Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_what_is_reachable_from_everywhere() {
        for text in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.0.9",
            "192.0.0.10",
            "192.0.1.0",
            "192.167.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2600::1",
            "2001:200::",
            "2001:1::1",
            "2001:3::1",
            "2001:4:112::1",
            "2001:20::1",
            "2001:3f::1",
            "2003::",
            "3fff:1000::",
            "64:ff9b:2::",
        ] {
            assert!(is_global(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn tells_what_is_reachable_from_near_by_only() {
        for text in [
            "0.0.0.0",
            "0.255.255.255",
            "10.0.0.0",
            "10.255.255.255",
            "100.64.0.0",
            "100.127.255.255",
            "127.0.0.1",
            "169.254.1.1",
            "172.16.0.0",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.0.11",
            "192.0.2.1",
            "192.168.255.255",
            "198.18.0.0",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.1.1.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::8.8.8.8",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "64:ff9b:1::1",
            "100::1",
            "100:0:0:1::1",
            "2001::1",
            "2001:1::3",
            "2001:1ff::",
            "2001:db8::1",
            "2002::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fdff::1",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_global(text.parse().unwrap()), "{text}");
        }
    }
}
