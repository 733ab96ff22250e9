//! Dialling through a SOCKS5 proxy: `socks5` names it in the address, `tor`, `i2p` and `nym` have it from the settings.

use super::socket::{connect, host_of, invalid, port_of};
use super::tcp::plain;
use super::tls::Tls;
use super::{Listener, Pending, Stream, Transport};
use crate::address::Address;
use crate::key::NodeKey;
use std::io;
use tokio::net::TcpStream;
use tokio_socks::tcp::Socks5Stream;

/// A way through a SOCKS5 proxy. Names go to the proxy as they are: this machine resolves none.
///
/// # Rationale
///
/// Below TLS each connection has a key of its own, so that nobody can tell from two of them that one node made both.
#[derive(Debug, Clone)]
pub(super) struct ProxyTransport {
    proxy: Proxy,
    secured: bool,
}

/// Where a proxy is.
#[derive(Debug, Clone)]
pub(super) enum Proxy {
    /// In the address: `socks5://PROXY:PORT/HOST:PORT`.
    Named,
    /// In the settings, with the key that names it.
    Configured {
        /// The proxy, if there is one.
        proxy: Option<Address>,
        /// The key of the settings.
        key: &'static str,
    },
}

impl ProxyTransport {
    /// A way through a proxy, below TLS if it is `secured`.
    pub(super) const fn new(proxy: Proxy, secured: bool) -> Self {
        Self { proxy, secured }
    }

    async fn connect(&self, address: &Address) -> io::Result<TcpStream> {
        let (proxy, host, port) = match &self.proxy {
            Proxy::Named => {
                let (host, port) = target_of(address.path())?;
                (address, host, port)
            }
            Proxy::Configured { proxy: Some(proxy), .. } => (proxy, host_of(address)?, port_of(address)?),
            Proxy::Configured { proxy: None, key } => {
                return Err(io::Error::new(io::ErrorKind::NotConnected, format!("no proxy is set: {key}")));
            }
        };
        let stream = connect(proxy).await.map_err(|error| {
            io::Error::new(
                error.kind(),
                format!("the proxy {} cannot be reached: {error}", proxy.host().unwrap_or_default()),
            )
        })?;
        let stream =
            Socks5Stream::connect_with_socket(stream, (host, port)).await.map_err(|error| match error {
                tokio_socks::Error::Io(error) => error,
                error => io::Error::other(format!("the proxy refuses: {error}")),
            })?;
        Ok(stream.into_inner())
    }
}

impl Transport for ProxyTransport {
    fn dial<'a>(&'a self, address: &'a Address) -> Pending<'a, io::Result<Stream>> {
        Box::pin(async move {
            let stream = self.connect(address).await?;
            if self.secured {
                Tls::new(&NodeKey::fresh()).connect(stream.into_split()).await
            } else {
                Ok(plain(stream))
            }
        })
    }

    fn listen<'a>(&'a self, _address: &'a Address) -> Pending<'a, io::Result<Box<dyn Listener>>> {
        Box::pin(async move {
            Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "nobody listens through a proxy: listen at what it forwards to",
            ))
        })
    }
}

/// What the path of an address asks a proxy for: `/HOST:PORT`.
fn target_of(path: &str) -> io::Result<(&str, u16)> {
    let target = path.strip_prefix('/').unwrap_or(path);
    let parts = target.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
    let (host, port) = parts.ok_or_else(|| invalid("expected socks5://PROXY:PORT/HOST:PORT"))?;
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if host.is_empty() || host.contains('/') {
        return Err(invalid("expected socks5://PROXY:PORT/HOST:PORT"));
    }
    Ok((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_says_whom_the_proxy_is_to_dial() {
        for (path, target) in [
            ("/node.example:80", Some(("node.example", 80))),
            ("/1.2.3.4:80", Some(("1.2.3.4", 80))),
            ("/[::1]:80", Some(("::1", 80))),
            ("/", None),
            ("/node.example", None),
            ("/:80", None),
            ("/a/b:80", None),
            ("/node.example:65536", None),
        ] {
            assert_eq!(target_of(path).ok(), target, "{path}");
        }
    }

    #[tokio::test]
    async fn without_a_proxy_the_error_names_the_key() {
        let proxy = Proxy::Configured { proxy: None, key: "network.tor_socks5_proxy" };
        let address = "tor://node.onion:1".parse().unwrap();
        let error = ProxyTransport::new(proxy, false).dial(&address).await.unwrap_err();
        assert_eq!(error.to_string(), "no proxy is set: network.tor_socks5_proxy");
    }
}
