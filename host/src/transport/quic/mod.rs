//! QUIC: one bidirectional stream of a connection, which the side that dials opens.

mod endpoint;
mod stream;

use super::socket::resolve;
use super::tls::Tls;
use super::{Incoming, Listener, Pending, Stream, Transport};
use crate::address::Address;
use crate::key::CERTIFICATE_NAME;
use endpoint::Endpoints;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

/// QUIC, scheme `quic`.
#[derive(Debug)]
pub(super) struct QuicTransport {
    endpoints: Arc<Endpoints>,
}

impl QuicTransport {
    /// QUIC with the certificate that TLS over TCP has.
    pub(super) fn new(tls: &Tls) -> Self {
        Self { endpoints: Arc::new(Endpoints::new(tls)) }
    }

    async fn connect(&self, remote: SocketAddr) -> io::Result<Stream> {
        let endpoint = self.endpoints.for_dialling(remote)?;
        let connecting = endpoint.connect(remote, CERTIFICATE_NAME).map_err(io::Error::other)?;
        let connection = connecting.await?;
        let (sender, receiver) = connection.open_bi().await?;
        stream::of(connection, sender, receiver)
    }
}

impl Transport for QuicTransport {
    fn dial<'a>(&'a self, address: &'a Address) -> Pending<'a, io::Result<Stream>> {
        Box::pin(async move {
            let mut last = io::Error::from(io::ErrorKind::NotFound);
            for remote in resolve(address).await? {
                match self.connect(remote).await {
                    Ok(stream) => return Ok(stream),
                    Err(error) => last = error,
                }
            }
            Err(last)
        })
    }

    fn listen<'a>(&'a self, address: &'a Address) -> Pending<'a, io::Result<Box<dyn Listener>>> {
        Box::pin(async move {
            let wanted = resolve(address).await?.into_iter().next().ok_or(io::ErrorKind::NotFound)?;
            let endpoint = self.endpoints.listen(wanted)?;
            let address = Address::socket(address.scheme(), endpoint.local_addr()?);
            let endpoints = Arc::clone(&self.endpoints);
            Ok(Box::new(QuicAcceptor { endpoint, endpoints, address }) as Box<dyn Listener>)
        })
    }
}

#[derive(Debug)]
struct QuicAcceptor {
    endpoint: quinn::Endpoint,
    endpoints: Arc<Endpoints>,
    address: Address,
}

impl Listener for QuicAcceptor {
    fn address(&self) -> &Address {
        &self.address
    }

    fn accept(&mut self) -> Pending<'_, io::Result<Incoming>> {
        Box::pin(async move {
            let incoming = self.endpoint.accept().await.ok_or(io::ErrorKind::BrokenPipe)?;
            let peer = Address::socket(self.address.scheme(), incoming.remote_address());
            let set_up = async move {
                let connection = incoming.await?;
                let (sender, receiver) = connection.accept_bi().await?;
                stream::of(connection, sender, receiver)
            };
            Ok(Incoming::new(peer, set_up))
        })
    }
}

impl Drop for QuicAcceptor {
    fn drop(&mut self) {
        self.endpoints.stop_listening(&self.endpoint);
    }
}
