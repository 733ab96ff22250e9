//! Transports: they dial and listen, and give byte streams; they know no frames.
//!
//! ```text
//! address -> Transports::routes (profiles) -> Transports::dial -> socket [-> proxy] [-> TLS] -> Stream
//!                             listener -> accept -> Incoming -> set_up, in a task of its own -> Stream
//! ```

mod blocks;
mod error;
mod intake;
mod memory;
mod proxy;
mod quic;
pub mod reach;
mod routes;
mod socket;
pub(crate) mod socket_file;
mod source;
mod tcp;
mod tls;
mod transports;
mod unix;
pub mod upnp;

pub use error::TransportError;
pub(crate) use intake::Intake;
pub use memory::{MemoryListener, MemoryNetwork};
pub(crate) use source::Plain;
pub use source::{Appended, Source};
pub use tcp::TcpTransport;
pub use tls::Tls;
pub use transports::Transports;
pub use unix::UnixTransport;

use crate::address::{Address, NodeId};
use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use tokio::io::{AsyncRead, AsyncWrite};

/// A future of a transport.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One connection: a byte stream each way.
pub struct Stream {
    /// From the peer.
    pub reader: Box<dyn Source>,
    /// To the peer.
    pub writer: Box<dyn AsyncWrite + Send + Unpin>,
    /// Who the peer has proved to be, where the transport asks for a proof.
    pub peer: Option<NodeId>,
}

impl Stream {
    /// A connection with a peer that has proved nothing.
    #[must_use]
    pub fn new(
        reader: impl AsyncRead + Send + Unpin + 'static,
        writer: impl AsyncWrite + Send + Unpin + 'static,
    ) -> Self {
        Self { reader: Box::new(Plain(reader)), writer: Box::new(writer), peer: None }
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").field("peer", &self.peer).finish_non_exhaustive()
    }
}

/// A way to reach peers, for one URL scheme.
pub trait Transport: Send + Sync + fmt::Debug {
    /// Connects to a peer, and sets everything up. It has no limit of its own.
    ///
    /// # Cancel safety
    ///
    /// The connection goes with the call.
    fn dial<'a>(&'a self, address: &'a Address) -> Pending<'a, io::Result<Stream>>;

    /// Accepts peers at an address. Port 0 means any.
    fn listen<'a>(&'a self, address: &'a Address) -> Pending<'a, io::Result<Box<dyn Listener>>>;
}

/// An address at which peers are accepted.
pub trait Listener: Send + fmt::Debug {
    /// The address, with the port that was bound.
    fn address(&self) -> &Address;

    /// The next peer. It waits for nothing that a peer that is already there could hold up.
    ///
    /// # Cancel safety
    ///
    /// No peer is lost.
    fn accept(&mut self) -> Pending<'_, io::Result<Incoming>>;
}

/// A connection that was accepted, and may yet have to be set up.
pub struct Incoming {
    address: Address,
    set_up: Pending<'static, io::Result<Stream>>,
}

impl Incoming {
    /// A connection from this address, with what makes a stream of it.
    pub fn new(address: Address, set_up: impl Future<Output = io::Result<Stream>> + Send + 'static) -> Self {
        Self { address, set_up: Box::pin(set_up) }
    }

    /// Where the peer comes from.
    #[must_use]
    pub const fn address(&self) -> &Address {
        &self.address
    }

    /// Makes a stream of it. The peer decides how long that takes: the caller has to limit it.
    ///
    /// # Errors
    ///
    /// What was wrong with the connection, or with what the peer showed of itself.
    ///
    /// # Cancel safety
    ///
    /// The connection goes with the call.
    pub async fn set_up(self) -> io::Result<Stream> {
        self.set_up.await
    }
}

impl fmt::Debug for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incoming").field("address", &self.address).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
