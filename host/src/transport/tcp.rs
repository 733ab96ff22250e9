//! TCP, plain or below TLS.

use super::socket::{connect, listen, prepare};
use super::tls::Tls;
use super::{Incoming, Listener, Pending, Stream, Transport};
use crate::address::Address;
use std::io;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};

/// TCP: scheme `tcp`, or `tcp+tls` with what TLS needs.
#[derive(Debug, Clone, Default)]
pub struct TcpTransport {
    tls: Option<Arc<Tls>>,
}

impl TcpTransport {
    /// TLS over TCP.
    pub(super) const fn secured(tls: Arc<Tls>) -> Self {
        Self { tls: Some(tls) }
    }
}

impl Transport for TcpTransport {
    fn dial<'a>(&'a self, address: &'a Address) -> Pending<'a, io::Result<Stream>> {
        Box::pin(async move {
            let stream = connect(address).await?;
            match &self.tls {
                Some(tls) => tls.connect(stream.into_split()).await,
                None => Ok(plain(stream)),
            }
        })
    }

    fn listen<'a>(&'a self, address: &'a Address) -> Pending<'a, io::Result<Box<dyn Listener>>> {
        Box::pin(async move {
            let listener = listen(address).await?;
            let address = Address::socket(address.scheme(), listener.local_addr()?);
            Ok(Box::new(TcpAcceptor { listener, address, tls: self.tls.clone() }) as Box<dyn Listener>)
        })
    }
}

#[derive(Debug)]
struct TcpAcceptor {
    listener: TcpListener,
    address: Address,
    tls: Option<Arc<Tls>>,
}

impl Listener for TcpAcceptor {
    fn address(&self) -> &Address {
        &self.address
    }

    fn accept(&mut self) -> Pending<'_, io::Result<Incoming>> {
        Box::pin(async move {
            let (stream, peer) = self.listener.accept().await?;
            let tls = self.tls.clone();
            let set_up = async move {
                let stream = prepare(stream)?;
                match tls {
                    Some(tls) => tls.accept(stream.into_split()).await,
                    None => Ok(plain(stream)),
                }
            };
            Ok(Incoming::new(Address::socket(self.address.scheme(), peer), set_up))
        })
    }
}

/// A plain connection as a stream.
pub(super) fn plain(stream: TcpStream) -> Stream {
    let (reader, writer) = stream.into_split();
    Stream::new(reader, writer)
}
