//! The one stream of a QUIC connection, which ends the connection when it is over.

use crate::transport::Stream;
use crate::transport::tls::node_id_of;
use quinn::{Connection, RecvStream, SendStream};
use rustls::pki_types::CertificateDer;
use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::AsyncWrite;

/// A stream of a connection that has been set up.
pub(super) fn of(connection: Connection, sender: SendStream, receiver: RecvStream) -> io::Result<Stream> {
    let certificates =
        connection.peer_identity().and_then(|any| any.downcast::<Vec<CertificateDer<'static>>>().ok());
    let certificate = certificates.as_ref().and_then(|all| all.first());
    // Nobody comes here without a certificate that the verifier has taken.
    let certificate = certificate.ok_or(io::ErrorKind::InvalidData)?;
    let peer = node_id_of(certificate).map_err(|fault| io::Error::new(io::ErrorKind::InvalidData, fault))?;
    let writer = Writer { sender, acknowledged: None, _connection: connection };
    Ok(Stream { peer: Some(peer), ..Stream::new(receiver, writer) })
}

/// The sending half. The connection goes with its last handle, so this half keeps one until everything has arrived.
struct Writer {
    sender: SendStream,
    /// Ready when the peer has everything, or wants nothing more.
    acknowledged: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    _connection: Connection,
}

impl AsyncWrite for Writer {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        AsyncWrite::poll_write(Pin::new(&mut self.sender), cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        AsyncWrite::poll_flush(Pin::new(&mut self.sender), cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.acknowledged.is_none() {
            ready!(AsyncWrite::poll_shutdown(Pin::new(&mut this.sender), cx))?;
            let stopped = this.sender.stopped();
            this.acknowledged = Some(Box::pin(async move {
                // However it ended, nothing is left to wait for.
                let _ = stopped.await;
            }));
        }
        match &mut this.acknowledged {
            Some(acknowledged) => acknowledged.as_mut().poll(cx).map(Ok),
            None => Poll::Ready(Ok(())),
        }
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").finish_non_exhaustive()
    }
}
