//! Transports: they dial and listen, and give byte streams; they know no frames.

mod memory;
mod tcp;

pub use memory::MemoryNetwork;
pub use tcp::TcpTransport;

use crate::address::Address;
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

/// A future of a transport.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One connection: a byte stream each way.
pub struct Stream {
    /// From the peer.
    pub reader: Box<dyn AsyncRead + Send + Unpin>,
    /// To the peer.
    pub writer: Box<dyn AsyncWrite + Send + Unpin>,
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").finish_non_exhaustive()
    }
}

/// A way to reach peers, for one URL scheme.
pub trait Transport: Send + Sync + fmt::Debug {
    /// Connects to a peer.
    fn dial<'a>(&'a self, address: &'a Address) -> Pending<'a, io::Result<Stream>>;

    /// Accepts peers at an address. Port 0 means any.
    fn listen<'a>(&'a self, address: &'a Address) -> Pending<'a, io::Result<Box<dyn Listener>>>;
}

/// An address at which peers are accepted.
pub trait Listener: Send + fmt::Debug {
    /// The address, with the port that was bound.
    fn address(&self) -> &Address;

    /// The next peer, and its address.
    ///
    /// # Cancel safety
    ///
    /// No peer is lost.
    fn accept(&mut self) -> Pending<'_, io::Result<(Stream, Address)>>;
}

/// The transports of a node, by URL scheme.
#[derive(Debug, Clone, Default)]
pub struct Transports {
    by_scheme: BTreeMap<String, Arc<dyn Transport>>,
}

impl Transports {
    /// Those that every node has.
    #[must_use]
    pub fn standard() -> Self {
        Self::default().with("tcp", Arc::new(TcpTransport))
    }

    /// Adds a transport.
    #[must_use]
    pub fn with(mut self, scheme: &str, transport: Arc<dyn Transport>) -> Self {
        self.by_scheme.insert(scheme.to_owned(), transport);
        self
    }

    /// Whether addresses of this scheme can be dialled.
    #[must_use]
    pub fn has(&self, scheme: &str) -> bool {
        self.by_scheme.contains_key(scheme)
    }

    /// The schemes that can be dialled.
    pub fn schemes(&self) -> impl Iterator<Item = &str> {
        self.by_scheme.keys().map(String::as_str)
    }

    /// Connects to a peer within `limit`.
    ///
    /// # Errors
    ///
    /// [`TransportError`], which names the address.
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

/// Why an address cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// No transport has the address's scheme.
    #[error("no transport for {address}")]
    NoTransport {
        /// The address.
        address: Address,
    },
    /// Nobody answered.
    #[error("cannot dial {address}")]
    Dial {
        /// The address.
        address: Address,
        /// What the system says.
        source: io::Error,
    },
    /// Nobody answered in time.
    #[error("cannot dial {address} within {limit:?}")]
    DialTimeout {
        /// The address.
        address: Address,
        /// The time allowed.
        limit: Duration,
    },
    /// The address cannot be listened at.
    #[error("cannot listen at {address}")]
    Listen {
        /// The address.
        address: Address,
        /// What the system says.
        source: io::Error,
    },
}
