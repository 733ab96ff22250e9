//! The transports of a node, by URL scheme.

use super::proxy::{Proxy, ProxyTransport};
use super::quic::QuicTransport;
use super::routes::Routes;
use super::tls::Tls;
use super::{Listener, Stream, TcpTransport, Transport, TransportError, UnixTransport};
use crate::address::Address;
use crate::key::NodeKey;
use crate::settings::NetworkSettings;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// The transports of a node, by URL scheme.
#[derive(Debug, Clone, Default)]
pub struct Transports {
    by_scheme: BTreeMap<String, Arc<dyn Transport>>,
    /// Those that were added by hand: no profile has to switch them on.
    added: BTreeSet<String>,
    is_standard: bool,
    routes: Routes,
}

impl Transports {
    /// Those that every node has. They need its settings and its key: a node equips them when it starts.
    #[must_use]
    pub fn standard() -> Self {
        Self { is_standard: true, ..Self::default() }
    }

    /// Adds a transport, whose addresses are always dialled.
    #[must_use]
    pub fn with(mut self, scheme: &str, transport: Arc<dyn Transport>) -> Self {
        self.by_scheme.insert(scheme.to_owned(), transport);
        self.added.insert(scheme.to_owned());
        self
    }

    /// Makes the transports that every node has, if these are to be among them.
    #[must_use]
    pub fn equipped(mut self, network: &NetworkSettings, key: &NodeKey) -> Self {
        if !self.is_standard {
            return self;
        }
        self.routes = Routes::new(network);
        let tls = Arc::new(Tls::new(key));
        let quic = QuicTransport::new(&tls);
        let mut all: Vec<(String, Arc<dyn Transport>)> = vec![
            ("tcp".to_owned(), Arc::new(TcpTransport::default())),
            ("tcp+tls".to_owned(), Arc::new(TcpTransport::secured(tls))),
            ("quic".to_owned(), Arc::new(quic)),
            ("unix".to_owned(), Arc::new(UnixTransport)),
        ];
        let configured = |proxy: &Option<Address>, key| Proxy::Configured { proxy: proxy.clone(), key };
        for (scheme, proxy) in [
            ("socks5", Proxy::Named),
            ("tor", configured(&network.tor_socks5_proxy, "network.tor_socks5_proxy")),
            ("i2p", configured(&network.i2p_socks5_proxy, "network.i2p_socks5_proxy")),
            ("nym", configured(&network.nym_socks5_proxy, "network.nym_socks5_proxy")),
        ] {
            all.push((scheme.to_owned(), Arc::new(ProxyTransport::new(proxy.clone(), false))));
            all.push((format!("{scheme}+tls"), Arc::new(ProxyTransport::new(proxy, true))));
        }
        for (scheme, transport) in all {
            self.by_scheme.entry(scheme).or_insert(transport);
        }
        self
    }

    /// Whether addresses of this scheme can be dialled, in whatever way.
    #[must_use]
    pub fn has(&self, scheme: &str) -> bool {
        self.added.contains(scheme) || self.by_scheme.contains_key(scheme) && self.routes.reach(scheme)
    }

    /// The schemes that can be dialled, in whatever way.
    pub fn schemes(&self) -> impl Iterator<Item = &str> {
        self.by_scheme.keys().map(String::as_str).filter(|scheme| self.has(scheme))
    }

    /// The addresses to dial in place of one, in the order in which they are to be tried; mostly it is itself.
    ///
    /// # Errors
    ///
    /// When the settings leave no way to it.
    pub fn routes(&self, address: &Address) -> Result<Vec<Address>, TransportError> {
        if self.added.contains(address.scheme()) {
            return Ok(vec![address.clone()]);
        }
        self.of(address)?;
        let routes = self.routes.of(address);
        if routes.is_empty() {
            return Err(TransportError::NotActive { address: address.clone() });
        }
        Ok(routes)
    }

    /// Connects to a peer within `limit`. The address is one of those that [`routes`](Self::routes) gave.
    ///
    /// # Errors
    ///
    /// [`TransportError`], which names the address.
    ///
    /// # Cancel safety
    ///
    /// The connection goes with the call.
    pub async fn dial(&self, address: &Address, limit: Duration) -> Result<Stream, TransportError> {
        let transport = self.of(address)?;
        match timeout(limit, transport.dial(address)).await {
            Ok(dialled) => {
                dialled.map_err(|source| TransportError::Dial { address: address.clone(), source })
            }
            Err(_) => Err(TransportError::DialTimeout { address: address.clone(), limit }),
        }
    }

    /// Accepts peers at an address.
    ///
    /// # Errors
    ///
    /// [`TransportError`], which names the address.
    pub async fn listen(&self, address: &Address) -> Result<Box<dyn Listener>, TransportError> {
        let listening = self.of(address)?.listen(address).await;
        listening.map_err(|source| TransportError::Listen { address: address.clone(), source })
    }

    fn of(&self, address: &Address) -> Result<&Arc<dyn Transport>, TransportError> {
        let transport = self.by_scheme.get(address.scheme());
        transport.ok_or_else(|| TransportError::NoTransport { address: address.clone() })
    }
}
