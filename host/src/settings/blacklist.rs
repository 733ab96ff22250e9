//! What the operator keeps out: hosts, and single schemes and ports of them.

use crate::address::{Address, HostKey};
use serde::{Deserialize, Deserializer, de};

/// A host that the node has nothing to do with, or some schemes and ports of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct Blocked {
    /// The host: an IP address or a name.
    #[serde(deserialize_with = "host")]
    pub host: HostKey,
    /// The schemes; all when none is named.
    #[serde(default)]
    pub schemes: Vec<String>,
    /// The ports; all when none is named. A peer that dials comes from any port, and is kept out by all only.
    #[serde(default)]
    pub ports: Vec<u16>,
}

impl Blocked {
    /// Whether an address is one of these.
    #[must_use]
    pub fn covers(&self, address: &Address) -> bool {
        let scheme = self.schemes.is_empty() || self.schemes.iter().any(|scheme| scheme == address.scheme());
        let port = self.ports.is_empty() || address.port().is_some_and(|port| self.ports.contains(&port));
        scheme && port && HostKey::of(address).as_ref() == Some(&self.host)
    }
}

fn host<'de, D: Deserializer<'de>>(deserializer: D) -> Result<HostKey, D::Error> {
    let text = String::deserialize(deserializer)?;
    // In an address of a scheme that takes any notation of a host.
    let bracketed =
        if text.contains(':') && !text.starts_with('[') { format!("[{text}]") } else { text.clone() };
    let address = format!("quic://{bracketed}:1").parse::<Address>().ok();
    let whole = address.filter(|address| address.host().is_some_and(|host| host.len() == bracketed.len()));
    let host = whole.as_ref().and_then(HostKey::of);
    host.ok_or_else(|| {
        de::Error::custom(format_args!("expected a host without scheme and port, found {text:?}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn blocked(value: serde_json::Value) -> Result<Blocked, String> {
        serde_json::from_value(value).map_err(|error| error.to_string())
    }

    #[test]
    fn covers_the_schemes_and_ports_that_are_named_or_all() {
        let all = blocked(json!({"host": "1.2.3.4"})).unwrap();
        let some = blocked(json!({"host": "1.2.3.4", "schemes": ["tcp", "quic"], "ports": [1, 2]})).unwrap();
        for (text, by_all, by_some) in [
            ("tcp://1.2.3.4:1", true, true),
            ("quic://0x01020304:2", true, true),
            ("tcp://[::ffff:1.2.3.4]:1", true, true),
            ("tcp://1.2.3.4:3", true, false),
            ("tcp+tls://1.2.3.4:1", true, false),
            ("tcp://1.2.3.5:1", false, false),
            ("socks5://1.2.3.4:1/h:1", false, false),
        ] {
            let address = text.parse().unwrap();
            assert_eq!((all.covers(&address), some.covers(&address)), (by_all, by_some), "{text}");
        }
    }

    #[test]
    fn a_host_is_an_ip_address_or_a_name_in_any_notation() {
        for (text, address) in [
            ("Node.Example.", "tcp://node.example:1"),
            ("127.1", "tcp://127.0.0.1:1"),
            ("2600::1", "tcp://[2600::1]:1"),
            ("[2600::1]", "quic://[2600:0::1]:1"),
        ] {
            let blocked = blocked(json!({"host": text})).unwrap();
            assert!(blocked.covers(&address.parse().unwrap()), "{text}");
        }
        for text in ["", "tcp://1.2.3.4", "1.2.3.4:1", "a b", "a/b", "u@h", "h?", "h#"] {
            let error = blocked(json!({"host": text})).unwrap_err();
            assert!(error.starts_with("expected a host without scheme and port"), "{text}: {error}");
        }
    }
}
