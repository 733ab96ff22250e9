//! Byte streams of either kind of endpoint as one type.

use super::endpoint::Endpoint;
use std::io;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

/// Bytes both ways.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

pub(crate) type Stream = Box<dyn Duplex>;

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

/// Writes a text to somebody who is not listened to, and waits until it has been read.
pub(crate) async fn say(mut stream: Stream, text: String) {
    let said = async {
        stream.write_all(text.as_bytes()).await?;
        stream.shutdown().await?;
        // A socket closed with unread input is reset, and the client would lose the text.
        tokio::io::copy(&mut stream, &mut tokio::io::sink()).await
    };
    if let Err(error) = said.await {
        tracing::debug!(%error, "a client left before it was told why it is not served");
    }
}
