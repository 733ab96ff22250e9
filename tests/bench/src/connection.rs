//! Raw connections, plain or over TLS as the node has it.

use crate::child::Failure;
use backplane::key::{CERTIFICATE_NAME, NodeKey};
use backplane::transport::Tls;
use std::fmt;
use std::io;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// The schemes of connections, and the kinds of the raw processes that make them.
pub(crate) const PLAIN: &str = "tcp";
/// Over TLS.
pub(crate) const SECURED: &str = "tcp+tls";

/// Bytes each way.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + fmt::Debug + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + fmt::Debug + Send + Unpin> Duplex for S {}

/// A raw connection.
pub(crate) type Connection = Box<dyn Duplex>;

/// How the connections of a raw process are made.
#[derive(Debug, Clone, Default)]
pub(crate) struct Connections {
    tls: Option<Secured>,
}

/// What the node's connections over TLS are set up with, and nothing of what it does with them.
#[derive(Clone)]
struct Secured {
    connector: TlsConnector,
    acceptor: TlsAcceptor,
}

impl Connections {
    /// Over TLS.
    pub(crate) fn secured() -> Self {
        let tls = Tls::new(&NodeKey::fresh());
        let (connector, acceptor) = (tls.client().into(), tls.server().into());
        Self { tls: Some(Secured { connector, acceptor }) }
    }

    /// The same with another key, so that a node takes what it finds there for another node.
    pub(crate) fn renewed(&self) -> Self {
        if self.tls.is_some() { Self::secured() } else { Self::default() }
    }

    /// Connects to a port of this machine.
    pub(crate) async fn connect(&self, port: u64) -> Result<Connection, Failure> {
        let stream = TcpStream::connect(("127.0.0.1", u16::try_from(port)?)).await?;
        stream.set_nodelay(true)?;
        let Some(tls) = &self.tls else { return Ok(Box::new(stream)) };
        Ok(Box::new(tls.connector.connect(CERTIFICATE_NAME.try_into()?, stream).await?))
    }

    /// Sets up what was accepted.
    pub(crate) async fn set_up(&self, stream: TcpStream) -> io::Result<Connection> {
        stream.set_nodelay(true)?;
        let Some(tls) = &self.tls else { return Ok(Box::new(stream)) };
        Ok(Box::new(tls.acceptor.accept(stream).await?))
    }
}

impl fmt::Debug for Secured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secured").finish_non_exhaustive()
    }
}
