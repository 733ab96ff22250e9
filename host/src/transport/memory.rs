//! Connections within one process, for tests and simulations.

use super::{Incoming, Listener, Pending, Stream, Transport};
use crate::address::Address;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use tokio::io::{DuplexStream, duplex, split};
use tokio::sync::mpsc;

/// How many bytes a connection holds that have not been read.
const BUFFER_BYTES: usize = 64 * 1024;
/// How many connections wait to be accepted.
const BACKLOG: usize = 64;

/// Listeners within one process, by host and port. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct MemoryNetwork {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    listeners: BTreeMap<Address, mpsc::Sender<(Stream, Address)>>,
    /// The last port given away.
    last_port: u16,
}

impl MemoryNetwork {
    /// A connection that no listener takes part in: both ends of it.
    #[must_use]
    pub fn pair() -> (Stream, Stream) {
        let (one, other) = duplex(BUFFER_BYTES);
        (one.into(), other.into())
    }

    fn next_port(&self) -> u16 {
        let mut shared = self.shared.lock();
        shared.last_port = shared.last_port.checked_add(1).unwrap_or(1);
        shared.last_port
    }
}

impl From<DuplexStream> for Stream {
    fn from(end: DuplexStream) -> Self {
        let (reader, writer) = split(end);
        Self::new(reader, writer)
    }
}

impl Transport for MemoryNetwork {
    fn dial<'a>(&'a self, address: &'a Address) -> Pending<'a, io::Result<Stream>> {
        Box::pin(async move {
            let listener = self.shared.lock().listeners.get(address).cloned();
            let refused = || io::Error::from(io::ErrorKind::ConnectionRefused);
            let listener = listener.ok_or_else(refused)?;
            let (ours, theirs) = Self::pair();
            let from = address.with_port(self.next_port());
            listener.send((theirs, from)).await.map_err(|_| refused())?;
            Ok(ours)
        })
    }

    fn listen<'a>(&'a self, address: &'a Address) -> Pending<'a, io::Result<Box<dyn Listener>>> {
        Box::pin(async move {
            let address =
                if address.port() == Some(0) { address.with_port(self.next_port()) } else { address.clone() };
            let (sender, listener) = MemoryListener::new(address.clone());
            let mut shared = self.shared.lock();
            if shared.listeners.get(&address).is_some_and(|listener| !listener.is_closed()) {
                return Err(io::ErrorKind::AddrInUse.into());
            }
            shared.listeners.insert(address, sender);
            Ok(Box::new(listener) as Box<dyn Listener>)
        })
    }
}

/// Accepts the connections that are handed to it.
#[derive(Debug)]
pub struct MemoryListener {
    connections: mpsc::Receiver<(Stream, Address)>,
    address: Address,
}

impl MemoryListener {
    /// A listener at an address, and where connections are handed to it, each with the peer's address.
    #[must_use]
    pub fn new(address: Address) -> (mpsc::Sender<(Stream, Address)>, Self) {
        let (sender, connections) = mpsc::channel(BACKLOG);
        (sender, Self { connections, address })
    }
}

impl Listener for MemoryListener {
    fn address(&self) -> &Address {
        &self.address
    }

    fn accept(&mut self) -> Pending<'_, io::Result<Incoming>> {
        Box::pin(async move {
            let (stream, address) = self.connections.recv().await.ok_or(io::ErrorKind::BrokenPipe)?;
            Ok(Incoming::new(address, async move { Ok(stream) }))
        })
    }
}
