//! TLS as the network has it: version 1.3, and a certificate on both sides that says nothing but a public key.

mod certificate;
mod handshake;
mod records;
mod verifier;

pub(crate) use certificate::node_id_of;

use super::Stream;
use crate::key::{CERTIFICATE_NAME, NodeKey};
use handshake::{Role, shake};
use rustls::client::{Resumption, UnbufferedClientConnection};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::server::{NoServerSessionStorage, UnbufferedServerConnection};
use rustls::{ClientConfig, CommonState, ServerConfig, version::TLS13};
use std::fmt;
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use verifier::PeerVerifier;

/// What connections over TLS are set up with: one key, for both roles.
pub struct Tls {
    client: Arc<ClientConfig>,
    server: Arc<ServerConfig>,
}

impl Tls {
    /// TLS with the certificate of a key.
    ///
    /// # Rationale
    ///
    /// Nothing is resumed: each connection proves its key anew, and one that is idle keeps no tickets.
    #[must_use]
    pub fn new(key: &NodeKey) -> Self {
        let provider = Arc::new(ring::default_provider());
        Self { client: Arc::new(client(key, &provider)), server: Arc::new(server(key, &provider)) }
    }

    /// The settings of the side that dials.
    #[must_use]
    pub fn client(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.client)
    }

    /// The settings of the side that is dialled.
    #[must_use]
    pub fn server(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.server)
    }

    /// Sets TLS up on both halves of a connection that this node dialled.
    pub(crate) async fn connect<R, W>(&self, halves: (R, W)) -> io::Result<Stream>
    where
        R: AsyncRead + Send + Unpin + 'static,
        W: AsyncWrite + Send + Unpin + 'static,
    {
        let name = ServerName::try_from(CERTIFICATE_NAME).map_err(io::Error::other)?;
        let role = UnbufferedClientConnection::new(self.client(), name).map_err(io::Error::other)?;
        set_up(role, halves).await
    }

    /// Sets TLS up on both halves of a connection that this node accepted.
    pub(crate) async fn accept<R, W>(&self, halves: (R, W)) -> io::Result<Stream>
    where
        R: AsyncRead + Send + Unpin + 'static,
        W: AsyncWrite + Send + Unpin + 'static,
    {
        let role = UnbufferedServerConnection::new(self.server()).map_err(io::Error::other)?;
        set_up(role, halves).await
    }
}

/// Lets rustls shake hands, and takes the records over from it.
async fn set_up<C: Role, R, W>(mut role: C, (mut reader, mut writer): (R, W)) -> io::Result<Stream>
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    let rest = shake(&mut role, &mut reader, &mut writer).await?;
    let peer = peer_of(&role)?;
    let keys = role.into_keys().map_err(io::Error::other)?;
    let (reader, writer) = records::halves((reader, writer), keys, C::SIDE, rest)?;
    Ok(Stream { reader: Box::new(reader), writer: Box::new(writer), peer: Some(peer) })
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

fn client(key: &NodeKey, provider: &Arc<CryptoProvider>) -> ClientConfig {
    let mut config = ClientConfig::builder_with_provider(Arc::clone(provider))
        .with_protocol_versions(&[&TLS13])
        .expect("the provider has suites of TLS 1.3")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(PeerVerifier::new(provider)))
        .with_client_auth_cert(vec![key.certificate().clone()], key.private())
        .expect("the key signs for its own certificate");
    config.resumption = Resumption::disabled();
    config.enable_secret_extraction = true;
    config
}

fn server(key: &NodeKey, provider: &Arc<CryptoProvider>) -> ServerConfig {
    let mut config = ServerConfig::builder_with_provider(Arc::clone(provider))
        .with_protocol_versions(&[&TLS13])
        .expect("the provider has suites of TLS 1.3")
        .with_client_cert_verifier(Arc::new(PeerVerifier::new(provider)))
        .with_single_cert(vec![key.certificate().clone()], key.private())
        .expect("the key signs for its own certificate");
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.enable_secret_extraction = true;
    config
}

fn peer_of(connection: &CommonState) -> io::Result<crate::address::NodeId> {
    let certificate = connection.peer_certificates().and_then(<[CertificateDer<'_>]>::first);
    // Nobody comes here without a certificate that the verifier has taken.
    let certificate = certificate.ok_or(io::ErrorKind::InvalidData)?;
    node_id_of(certificate).map_err(|fault| io::Error::new(io::ErrorKind::InvalidData, fault))
}

#[cfg(test)]
mod tests;
