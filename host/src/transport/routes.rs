//! Which addresses are dialled, and by which way: the operator's profiles as plain functions.

use crate::address::Address;
use crate::settings::NetworkSettings;

/// The operator's profiles.
#[derive(Debug, Clone, Default)]
pub(super) struct Routes {
    active: Vec<String>,
    mixed: Vec<String>,
    tor_proxy: Option<Address>,
    i2p_proxy: Option<Address>,
    nym_proxy: Option<Address>,
}

/// The proxy that a way goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Through {
    Tor,
    Nym,
}

/// One way: under another scheme, or through a proxy that the address then names.
type Hop = (&'static str, Option<Through>);

/// The ways that stand in for a scheme that is mixed, in the order in which they are tried.
const HOPS: [(&str, &[Hop]); 4] = [
    ("tcp", &[("tor", None), ("nym", None), ("socks5", Some(Through::Tor)), ("socks5", Some(Through::Nym))]),
    (
        "tcp+tls",
        &[
            ("tor+tls", None),
            ("nym+tls", None),
            ("socks5+tls", Some(Through::Tor)),
            ("socks5+tls", Some(Through::Nym)),
        ],
    ),
    ("tor", &[("socks5", Some(Through::Tor))]),
    ("tor+tls", &[("socks5+tls", Some(Through::Tor))]),
];

impl Routes {
    pub(super) fn new(network: &NetworkSettings) -> Self {
        Self {
            active: network.active_profiles.clone(),
            mixed: network.mixed_profiles.clone(),
            tor_proxy: network.tor_socks5_proxy.clone(),
            i2p_proxy: network.i2p_socks5_proxy.clone(),
            nym_proxy: network.nym_socks5_proxy.clone(),
        }
    }

    /// The addresses to dial for one, in order; none where no way is switched on. A scheme that is mixed is never dialled
    /// itself.
    pub(super) fn of(&self, address: &Address) -> Vec<Address> {
        let scheme = address.scheme();
        if !self.is(&self.mixed, scheme) {
            return if self.is(&self.active, scheme) { vec![address.clone()] } else { Vec::new() };
        }
        let Some((host, port)) = address.host().zip(address.port()) else { return Vec::new() };
        let written = |(scheme, through): Hop| {
            let text = match through {
                None => format!("{scheme}://{host}:{port}"),
                Some(through) => {
                    let proxy = self.proxy(through)?;
                    format!("{scheme}://{}:{}/{host}:{port}", proxy.host()?, proxy.port()?)
                }
            };
            text.parse().ok()
        };
        self.hops(scheme).filter_map(written).collect()
    }

    /// Whether addresses of this scheme can be dialled: a way to them is switched on, and has what it needs.
    pub(super) fn reach(&self, scheme: &str) -> bool {
        if self.is(&self.mixed, scheme) {
            self.hops(scheme).any(|(scheme, through)| match through {
                Some(through) => self.proxy(through).is_some(),
                None => self.has_proxy(scheme),
            })
        } else {
            self.is(&self.active, scheme) && self.has_proxy(scheme)
        }
    }

    fn hops(&self, scheme: &str) -> impl Iterator<Item = Hop> {
        let hops = HOPS.iter().find(|(mixed, _)| *mixed == scheme).map_or(&[][..], |(_, hops)| hops);
        hops.iter().copied().filter(|(scheme, _)| self.is(&self.active, scheme))
    }

    fn is(&self, profiles: &[String], scheme: &str) -> bool {
        profiles.iter().any(|profile| profile == scheme)
    }

    const fn proxy(&self, through: Through) -> Option<&Address> {
        match through {
            Through::Tor => self.tor_proxy.as_ref(),
            Through::Nym => self.nym_proxy.as_ref(),
        }
    }

    /// Whether a scheme has the proxy that it goes through, if it goes through one.
    fn has_proxy(&self, scheme: &str) -> bool {
        match scheme.trim_end_matches("+tls") {
            "tor" => self.tor_proxy.is_some(),
            "i2p" => self.i2p_proxy.is_some(),
            "nym" => self.nym_proxy.is_some(),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(active: &[&str], mixed: &[&str]) -> Routes {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Routes {
            active: owned(active),
            mixed: owned(mixed),
            tor_proxy: Some("socks5://127.0.0.1:9050".parse().unwrap()),
            i2p_proxy: None,
            nym_proxy: Some("socks5://[::1]:1080".parse().unwrap()),
        }
    }

    #[test]
    fn an_address_goes_by_the_ways_that_are_switched_on_in_their_order() {
        let all = &["tcp", "tcp+tls", "tor", "tor+tls", "nym", "nym+tls", "socks5", "socks5+tls"][..];
        for (active, mixed, address, expected) in [
            (&["tcp"][..], &[][..], "tcp://h:1", &["tcp://h:1/"][..]),
            (&["tor"], &[], "tcp://h:1", &[]),
            // One that is mixed is not dialled itself, even if nothing stands in for it.
            (&["tcp"], &["tcp"], "tcp://h:1", &[]),
            (&["tcp", "tor"], &["tcp"], "tcp://h:1", &["tor://h:1/"]),
            (
                all,
                &["tcp"],
                "tcp://h:1",
                &["tor://h:1/", "nym://h:1/", "socks5://127.0.0.1:9050/h:1", "socks5://[::1]:1080/h:1"],
            ),
            (
                all,
                &["tcp+tls"],
                "tcp+tls://[::1]:1",
                &[
                    "tor+tls://[::1]:1/",
                    "nym+tls://[::1]:1/",
                    "socks5+tls://127.0.0.1:9050/[::1]:1",
                    "socks5+tls://[::1]:1080/[::1]:1",
                ],
            ),
            (all, &["tor"], "tor://h.onion:1", &["socks5://127.0.0.1:9050/h.onion:1"]),
            (all, &["tor+tls"], "tor+tls://h.onion:1", &["socks5+tls://127.0.0.1:9050/h.onion:1"]),
            // TLS is never left out, and never added.
            (&["tor", "socks5"], &["tcp+tls"], "tcp+tls://h:1", &[]),
            (&["tor+tls", "socks5+tls"], &["tcp"], "tcp://h:1", &[]),
            // Only four schemes have others that stand in.
            (all, &["quic"], "quic://h:1", &[]),
            (all, &["tcp"], "tcp+tls://h:1", &["tcp+tls://h:1/"]),
        ] {
            let found = routes(active, mixed).of(&address.parse().unwrap());
            let found: Vec<_> = found.iter().map(Address::as_str).collect();
            assert_eq!(found, expected, "{address} with {active:?}, {mixed:?} mixed");
        }
    }

    #[test]
    fn a_scheme_is_in_reach_only_with_the_proxy_that_it_needs() {
        let everything = &["tcp", "tor", "i2p", "nym+tls", "socks5"][..];
        for (active, mixed, scheme, reached) in [
            (everything, &[][..], "tcp", true),
            (everything, &[], "quic", false),
            (everything, &[], "tor", true),
            (everything, &[], "i2p", false),
            (everything, &[], "nym+tls", true),
            (everything, &["tcp"], "tcp", true),
            (everything, &["tcp+tls"], "tcp+tls", true),
            (&["tcp"], &["tcp"], "tcp", false),
        ] {
            assert_eq!(
                routes(active, mixed).reach(scheme),
                reached,
                "{scheme} with {active:?}, {mixed:?} mixed"
            );
        }
        let mut without = routes(everything, &["tcp"]);
        without.tor_proxy = None;
        without.nym_proxy = None;
        assert!(!without.reach("tor") && !without.reach("tcp"));
    }
}
