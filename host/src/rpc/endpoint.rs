//! The text addresses at which a node is called.

use std::fmt;
use std::net::Ipv6Addr;
use std::path::PathBuf;
use std::str::FromStr;

/// Where a server listens or a client connects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// `tcp://host:port`
    Tcp {
        /// A name or an IP address; IPv6 without its brackets.
        host: String,
        /// The port; 0 lets the system choose when listening.
        port: u16,
    },
    /// `unix:///path`, taken as it is, without percent encoding.
    Unix(PathBuf),
}

/// The text is no address of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// Another scheme, or none.
    #[error("{0:?} must be tcp://host:port or unix:///path")]
    Scheme(String),
    /// The host is missing or malformed.
    #[error("{0:?} must name a host or an address after tcp://, IPv6 in brackets")]
    Host(String),
    /// The port is missing or no number below 65536.
    #[error("{0:?} must end in a port between 0 and 65535")]
    Port(String),
    /// The path is not absolute, or names no file.
    #[error("{0:?} must hold the absolute path of a socket: unix:///path")]
    Path(String),
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        if let Some(rest) = text.strip_prefix("tcp://") {
            parse_tcp(text, rest)
        } else if let Some(path) = text.strip_prefix("unix://") {
            parse_unix(text, path)
        } else {
            Err(EndpointError::Scheme(text.to_owned()))
        }
    }
}

fn parse_tcp(text: &str, rest: &str) -> Result<Endpoint, EndpointError> {
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    let Some((host, port)) = authority.rsplit_once(':') else {
        return Err(EndpointError::Port(text.to_owned()));
    };
    let host = parse_host(host).ok_or_else(|| EndpointError::Host(text.to_owned()))?;
    // `u16::from_str` also takes a plus sign.
    let digits = port.bytes().all(|byte| byte.is_ascii_digit());
    let port = port.parse().ok().filter(|_| digits).ok_or_else(|| EndpointError::Port(text.to_owned()))?;
    Ok(Endpoint::Tcp { host, port })
}

fn parse_host(host: &str) -> Option<String> {
    if let Some(bracketed) = host.strip_prefix('[') {
        let address = bracketed.strip_suffix(']')?;
        return address.parse::<Ipv6Addr>().ok().map(|address| address.to_string());
    }
    let named = host.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '.' | '_'));
    (named && !host.is_empty()).then(|| host.to_owned())
}

fn parse_unix(text: &str, path: &str) -> Result<Endpoint, EndpointError> {
    if path.starts_with('/') && !path.ends_with('/') && !path.contains('\0') {
        Ok(Endpoint::Unix(path.into()))
    } else {
        Err(EndpointError::Path(text.to_owned()))
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "tcp://[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "tcp://{host}:{port}"),
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_every_kind_of_address() {
        for (text, written) in [
            ("tcp://127.0.0.1:22222", "tcp://127.0.0.1:22222"),
            ("tcp://127.0.0.1:22222/", "tcp://127.0.0.1:22222"),
            ("tcp://localhost:0", "tcp://localhost:0"),
            ("tcp://[::1]:65535", "tcp://[::1]:65535"),
            ("tcp://[0:0:0:0:0:0:0:1]:1", "tcp://[::1]:1"),
            ("unix:///run/node.sock", "unix:///run/node.sock"),
        ] {
            assert_eq!(text.parse::<Endpoint>().map(|endpoint| endpoint.to_string()), Ok(written.to_owned()));
        }
    }

    #[test]
    fn refuses_what_is_no_address() {
        type Kind = fn(String) -> EndpointError;
        for (text, kind) in [
            ("", EndpointError::Scheme as Kind),
            ("127.0.0.1:22222", EndpointError::Scheme),
            ("http://127.0.0.1:22222", EndpointError::Scheme),
            ("tcp://:1", EndpointError::Host),
            ("tcp://::1:1", EndpointError::Host),
            ("tcp://[::1:1", EndpointError::Host),
            ("tcp://[name]:1", EndpointError::Host),
            ("tcp://user@host:1", EndpointError::Host),
            ("tcp://host", EndpointError::Port),
            ("tcp://host:", EndpointError::Port),
            ("tcp://host:+1", EndpointError::Port),
            ("tcp://host:65536", EndpointError::Port),
            ("tcp://host:1/path", EndpointError::Port),
            ("unix://", EndpointError::Path),
            ("unix:///", EndpointError::Path),
            ("unix://run/node.sock", EndpointError::Path),
        ] {
            assert_eq!(text.parse::<Endpoint>(), Err(kind(text.to_owned())), "{text}");
        }
    }
}
