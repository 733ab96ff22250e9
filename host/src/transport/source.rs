//! Where the bytes of a peer come from.

use bytes::{BufMut, BytesMut};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, ReadBuf};
use tokio_util::io::poll_read_buf;

/// Where the bytes of a peer come from: they are put behind those that are already there.
pub trait Source: AsyncRead + Send + Unpin {
    /// Reads what is there to the end of `buffer`, at most `room` bytes, for which there is memory. Without any, the
    /// stream is at its end.
    ///
    /// # Errors
    ///
    /// The connection is broken, or what came is not what it should be.
    fn poll_append(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut BytesMut,
        room: usize,
    ) -> Poll<io::Result<Appended>>;

    /// How many bytes have come and need room before any others.
    fn held(&self) -> usize {
        0
    }
}

/// What a read brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// How many bytes there are more.
    pub bytes: usize,
    /// Whether all the room was needed: there may be more.
    pub full: bool,
}

/// A stream whose bytes are those of the peer.
#[derive(Debug)]
pub(crate) struct Plain<R>(pub(crate) R);

impl<R: AsyncRead + Send + Unpin> Source for Plain<R> {
    fn poll_append(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut BytesMut,
        room: usize,
    ) -> Poll<io::Result<Appended>> {
        let read = poll_read_buf(Pin::new(&mut self.0), cx, &mut buffer.limit(room));
        read.map_ok(|bytes| Appended { bytes, full: bytes == room })
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for Plain<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, out)
    }
}

impl<S: Source + ?Sized> Source for Box<S> {
    fn poll_append(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut BytesMut,
        room: usize,
    ) -> Poll<io::Result<Appended>> {
        (**self).poll_append(cx, buffer, room)
    }

    fn held(&self) -> usize {
        (**self).held()
    }
}
