//! Byte streams of either kind of endpoint as one type.

use super::endpoint::Endpoint;
use std::io;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

/// Bytes both ways.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

pub(super) type Stream = Box<dyn Duplex>;

/// Connects to a server, trying every address of a name.
pub(super) async fn dial(endpoint: &Endpoint) -> io::Result<Stream> {
    match endpoint {
        Endpoint::Tcp { host, port } => Ok(tcp(TcpStream::connect((host.as_str(), *port)).await?)),
        Endpoint::Unix(path) => Ok(Box::new(UnixStream::connect(path).await?)),
    }
}

/// A connected TCP socket that sends short lines at once.
pub(super) fn tcp(socket: TcpStream) -> Stream {
    if let Err(error) = socket.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY was refused");
    }
    Box::new(socket)
}
