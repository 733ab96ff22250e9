//! What a rule is about: one host, or a whole group of addresses.

use super::{Address, Group, HostKey};
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// One host, over all schemes and ports, or a whole group of addresses.
///
/// As text a host is `1.2.3.4`, `[2600::1]` or `node.example`, a group is `1.2.0.0/16`, `2600:1::/32`, `*.example.org`
/// or `a*.onion`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// One host.
    Host(HostKey),
    /// A group of addresses.
    Group(Group),
}

impl Subject {
    /// The host of an address; `None` when the address says nothing of the host, as that of a proxy.
    #[must_use]
    pub fn of(address: &Address) -> Option<Self> {
        HostKey::of(address).map(Self::Host)
    }

    /// Whether an address of this host is meant.
    #[must_use]
    pub fn covers(&self, host: &HostKey) -> bool {
        match self {
            Self::Host(subject) => subject == host,
            Self::Group(group) => *group == Group::of_host(host),
        }
    }
}

/// The text names neither a host nor a group.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected a host such as 1.2.3.4, [2600::1] or node.example, or a group such as 1.2.0.0/16 or *.example.org"
)]
pub struct SubjectError;

impl FromStr for Subject {
    type Err = SubjectError;

    fn from_str(text: &str) -> Result<Self, SubjectError> {
        if let Some((network, width)) = text.split_once('/') {
            return group_of_network(network, width).map(Self::Group).ok_or(SubjectError);
        }
        if let Some(name) = text.strip_prefix("*.") {
            return host(name).map(|host| Self::Group(Group::of_host(&host))).ok_or(SubjectError);
        }
        if let Some((first, top @ ("onion" | "i2p"))) = text.split_once("*.") {
            let made = host(&format!("{first}.{top}")).filter(|_| first.chars().count() == 1);
            return made.map(|host| Self::Group(Group::of_host(&host))).ok_or(SubjectError);
        }
        host(text).map(Self::Host).ok_or(SubjectError)
    }
}

/// A network of the width that groups have.
fn group_of_network(network: &str, width: &str) -> Option<Group> {
    let host = host(network)?;
    matches!((&host, width), (HostKey::Ip(IpAddr::V4(_)), "16") | (HostKey::Ip(IpAddr::V6(_)), "32"))
        .then(|| Group::of_host(&host))
}

/// A host as it stands in an address, or an IPv6 address without its brackets.
fn host(text: &str) -> Option<HostKey> {
    let plain =
        |text: &str| !text.contains(['/', '?', '#', '@', '\\', '*']) && !text.contains(char::is_whitespace);
    let written =
        if text.parse::<std::net::Ipv6Addr>().is_ok() { format!("[{text}]") } else { text.to_owned() };
    let address: Address = plain(text).then(|| format!("tcp://{written}/").parse().ok())??;
    // What looks like a port would be lost without a word.
    address.port().is_none().then(|| HostKey::of(&address))?
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(host) => host.fmt(f),
            Self::Group(Group::Name(name)) => write!(f, "*.{name}"),
            Self::Group(group) => group.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_means_a_host_or_a_group_and_is_written_as_it_is_read() {
        for (text, written) in [
            ("1.2.3.4", "1.2.3.4"),
            ("0x1020304", "1.2.3.4"),
            ("[::ffff:1.2.3.4]", "1.2.3.4"),
            ("2600:1::5", "[2600:1::5]"),
            ("[2600:1::5]", "[2600:1::5]"),
            ("Node.Example.", "node.example"),
            ("localhost", "localhost"),
            ("1.2.3.4/16", "1.2.0.0/16"),
            ("2600:1::/32", "2600:1::/32"),
            ("*.a.example.org", "*.example.org"),
            ("a*.onion", "a*.onion"),
        ] {
            let subject: Subject = text.parse().unwrap_or_else(|_| panic!("{text}"));
            assert_eq!(subject.to_string(), written, "{text}");
            assert_eq!(written.parse(), Ok(subject), "{written}");
        }
    }

    #[test]
    fn what_is_neither_is_refused() {
        for text in [
            "",
            "1.2.3.4:80",
            "1.2.3.4/24",
            "2600::/16",
            "node.example/16",
            "ab*.onion",
            "a b",
            "u@h",
            "h?q",
            "*",
        ] {
            assert_eq!(text.parse::<Subject>(), Err(SubjectError), "{text}");
        }
    }

    #[test]
    fn a_group_covers_all_its_hosts() {
        let covers = |subject: &str, host: &str| {
            let host = HostKey::of(&format!("tcp://{host}:1").parse().unwrap()).unwrap();
            subject.parse::<Subject>().unwrap().covers(&host)
        };
        assert!(covers("1.2.0.0/16", "1.2.200.1") && !covers("1.2.0.0/16", "1.3.0.1"));
        assert!(covers("1.2.3.4", "1.2.3.4") && !covers("1.2.3.4", "1.2.3.5"));
        assert!(covers("*.example.org", "example.org") && !covers("example.org", "a.example.org"));
    }
}
