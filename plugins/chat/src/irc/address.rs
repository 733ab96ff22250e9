//! Where clients are served, as the configuration says.

use backplane_plugin::PluginError;
use std::net::{Ipv4Addr, SocketAddr};

/// The key of the address.
const LISTEN: &str = "irc_listen";

/// The address to listen on, if there is any. Beyond this machine there has to be a password.
pub(crate) fn parse(listen: &str, password: &str) -> Result<Option<SocketAddr>, PluginError> {
    if listen.is_empty() {
        return Ok(None);
    }
    let address =
        listen.strip_prefix("tcp://").and_then(|address| match address.strip_prefix("localhost:") {
            Some(port) => port.parse().ok().map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port))),
            None => address.parse().ok(),
        });
    let Some(address) = address else {
        let expected = format!("expected tcp://ADDRESS:PORT, such as tcp://127.0.0.1:6667, not {listen:?}");
        return Err(PluginError::config(LISTEN, expected));
    };
    if !address.ip().is_loopback() && password.is_empty() {
        let expected =
            format!("{LISTEN} = {listen:?} can be reached from other machines: it needs a password");
        return Err(PluginError::config("irc_password", expected));
    }
    Ok(Some(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_this_machine_needs_no_password() {
        let parsed = |listen| parse(listen, "").map(|address| address.map(|address| address.to_string()));
        assert_eq!(parsed(""), Ok(None));
        for (listen, address) in [
            ("tcp://127.0.0.1:6667", "127.0.0.1:6667"),
            ("tcp://localhost:0", "127.0.0.1:0"),
            ("tcp://[::1]:6667", "[::1]:6667"),
        ] {
            assert_eq!(parsed(listen), Ok(Some(address.to_owned())), "{listen}");
        }
    }

    #[test]
    fn an_address_of_other_machines_needs_one() {
        for listen in ["tcp://0.0.0.0:6667", "tcp://[::]:6667", "tcp://192.0.2.1:6667"] {
            let error = parse(listen, "").unwrap_err();
            assert!(
                error.is_config() && error.to_string().starts_with("irc_password: irc_listen = "),
                "{error}"
            );
            assert!(parse(listen, "secret").unwrap().is_some(), "{listen}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_by_name() {
        for listen in
            ["127.0.0.1:6667", "tcp://127.0.0.1", "tls://127.0.0.1:6697", "tcp://irc.example:6667", "6667"]
        {
            let error = parse(listen, "secret").unwrap_err();
            assert!(
                error.is_config() && error.to_string().starts_with("irc_listen: expected tcp://"),
                "{error}"
            );
        }
    }
}
