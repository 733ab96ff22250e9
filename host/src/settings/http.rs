//! The section `[http]`: where browsers are answered, and whom the node lets in there.

use super::finding::Finding;
use super::text;
use crate::address::Address;
use serde::Deserialize;
use std::fmt;

/// Fewer characters could be guessed.
const LEAST_TOKEN: usize = 16;

/// The longest name of a host.
const MAX_HOST: usize = 253;

/// `[http]`
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct HttpSettings {
    /// Where browsers are answered: a `tcp://` or `unix://` address; off when none.
    #[serde(deserialize_with = "text::address_or_none")]
    pub listen: Option<Address>,
    /// What whoever asks has to know; nothing when empty.
    pub token: String,
    /// Names of hosts that are served beside `localhost` and numbers.
    pub hosts: Vec<String>,
}

/// Checks what the types do not say.
pub(super) fn check(http: &HttpSettings) -> Result<(), Finding> {
    for (index, host) in http.hosts.iter().enumerate() {
        if !is_host(host) {
            let reason = format!("expected the name of a host such as \"chat.example\", found {host:?}");
            return Err(Finding::new(format!("http.hosts[{index}]"), reason));
        }
    }
    // The reasons say nothing of the token itself: they are printed.
    if !http.token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Finding::new("http.token", "expected letters, digits and signs without spaces"));
    }
    let length = http.token.len();
    if length > 0 && length < LEAST_TOKEN {
        let reason = format!("expected at least {LEAST_TOKEN} characters, found {length}");
        return Err(Finding::new("http.token", reason));
    }
    match &http.listen {
        // The key that brought it about: the token may be nobody's decision but that of the defaults.
        Some(address) if length == 0 && !is_private(address) => {
            let reason = format!(
                "others can reach {address}: expected an http.token of at least {LEAST_TOKEN} characters beside it, found none"
            );
            Err(Finding::new("http.listen", reason))
        }
        _ => Ok(()),
    }
}

/// Whether only this machine can reach an address.
fn is_private(address: &Address) -> bool {
    let is_loopback = |ip: std::net::IpAddr| ip.is_loopback();
    address.scheme() == "unix" || address.host() == Some("localhost") || address.ip().is_some_and(is_loopback)
}

fn is_host(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    !text.is_empty() && text.len() <= MAX_HOST && text.bytes().all(fits)
}

impl fmt::Debug for HttpSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let token = if self.token.is_empty() { "" } else { "…" };
        f.debug_struct("HttpSettings")
            .field("listen", &self.listen)
            .field("token", &token)
            .field("hosts", &self.hosts)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "0123456789abcdef";

    fn http(listen: &str, token: &str, hosts: &[&str]) -> HttpSettings {
        let listen = (!listen.is_empty()).then(|| listen.parse().unwrap());
        let hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
        HttpSettings { listen, token: token.to_owned(), hosts }
    }

    #[test]
    fn an_address_that_others_reach_needs_a_token() {
        for listen in ["tcp://0.0.0.0:1", "tcp://192.0.2.1:1", "tcp://node.example:1", "tcp://[::]:1"] {
            let finding = check(&http(listen, "", &[])).unwrap_err();
            assert_eq!(finding.key, "http.listen", "{listen}");
            assert!(finding.reason.starts_with("others can reach tcp://"), "{}", finding.reason);
            assert_eq!(check(&http(listen, TOKEN, &[])), Ok(()), "{listen}");
        }
        for listen in [
            "",
            "tcp://127.0.0.1:1",
            "tcp://127.9.9.9:1",
            "tcp://[::1]:1",
            "tcp://localhost:1",
            "unix:///a/b",
        ] {
            assert_eq!(check(&http(listen, "", &[])), Ok(()), "{listen}");
        }
    }

    #[test]
    fn a_token_is_long_and_fits_into_a_header_and_is_shown_nowhere() {
        for token in ["0123456789abcde", "0123456789 abcdef", "0123456789abcdef\n", "0123456789äbcdef"] {
            let finding = check(&http("tcp://127.0.0.1:1", token, &[])).unwrap_err();
            assert_eq!(finding.key, "http.token", "{token:?}");
            assert!(!finding.reason.contains("012345"), "{}", finding.reason);
        }
        assert!(!format!("{:?}", http("", TOKEN, &[])).contains(TOKEN));
    }

    #[test]
    fn hosts_are_names_alone() {
        assert_eq!(check(&http("", "", &["chat.example", "a_b-c", "192.0.2.1"])), Ok(()));
        for host in ["", "http://chat.example", "chat.example:80", "a b", "*", "chat/"] {
            let finding = check(&http("", "", &["fine", host])).unwrap_err();
            assert_eq!(finding.key, "http.hosts[1]", "{host}");
        }
    }
}
