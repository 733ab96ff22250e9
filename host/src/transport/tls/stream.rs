//! The bytes of a connection over TLS: as many at a time as are there, and no memory while there are none.

use crate::transport::Intake;
use bytes::{Buf, BytesMut};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::TlsStream;

/// What is read below TLS at once, at most: with what becomes of it above, it stays in the cache of one core.
const MOST_READ: usize = 256 * 1024;

/// A connection below TLS whose bytes are read in large pieces: TLS itself would ask the system for one record at a time.
#[derive(Debug)]
pub(super) struct ReadAhead<S> {
    stream: S,
    intake: Intake,
    /// What was read and has not been taken; without memory while nothing comes.
    buffer: BytesMut,
}

impl<S> ReadAhead<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, intake: Intake::new(MOST_READ), buffer: BytesMut::new() }
    }

    /// Whether there are bytes that have been read and not taken.
    fn has_more(&self) -> bool {
        !self.buffer.is_empty()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for ReadAhead<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if !this.has_more() {
            ready!(this.intake.poll(&mut this.stream, cx, &mut this.buffer))?;
        }
        let count = this.buffer.len().min(out.remaining());
        out.put_slice(this.buffer.get(..count).unwrap_or_default());
        this.buffer.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for ReadAhead<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// A connection over TLS, of which one read takes every record that is there.
#[derive(Debug)]
pub(super) struct Records<S> {
    stream: TlsStream<ReadAhead<S>>,
    /// What went wrong behind bytes that had to be given out first.
    failed: Option<io::Error>,
}

impl<S> Records<S> {
    pub(super) fn new(stream: impl Into<TlsStream<ReadAhead<S>>>) -> Self {
        Self { stream: stream.into(), failed: None }
    }

    /// Whether more can be had without waiting: of what was decrypted, or of what was read.
    fn has_more(&self) -> bool {
        let (below, tls) = self.stream.get_ref();
        below.has_more() || !tls.wants_read()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Records<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if let Some(error) = this.failed.take() {
            return Poll::Ready(Err(error));
        }
        let before = out.filled().len();
        loop {
            let had = out.filled().len();
            let read = Pin::new(&mut this.stream).poll_read(cx, out);
            match read {
                Poll::Ready(Ok(())) if out.filled().len() > had => {
                    if out.remaining() == 0 || !this.has_more() {
                        return Poll::Ready(Ok(()));
                    }
                }
                // What came before goes first.
                Poll::Ready(Err(error)) if had > before => {
                    this.failed = Some(error);
                    return Poll::Ready(Ok(()));
                }
                Poll::Pending | Poll::Ready(Ok(())) if had > before => return Poll::Ready(Ok(())),
                other => return other,
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Records<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::NodeKey;
    use crate::transport::tls::Tls;
    use std::future::poll_fn;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex, split};
    use tokio_rustls::{TlsAcceptor, TlsConnector};

    /// Both ends of a connection, which holds so many bytes on their way.
    async fn ends(room: usize) -> [Records<DuplexStream>; 2] {
        let (tls, other) = (Tls::new(&NodeKey::fresh()), Tls::new(&NodeKey::fresh()));
        let (here, there) = duplex(room);
        let connecting = TlsConnector::from(tls.client())
            .connect(crate::key::CERTIFICATE_NAME.try_into().unwrap(), ReadAhead::new(here));
        let accepting = TlsAcceptor::from(other.server()).accept(ReadAhead::new(there));
        let (here, there) = tokio::join!(connecting, accepting);
        [Records::new(here.unwrap()), Records::new(there.unwrap())]
    }

    fn noise(length: usize) -> Vec<u8> {
        (0..length).map(|at| u8::try_from(at * 31 % 251).unwrap()).collect()
    }

    /// Reads once: what came, or `None` when nothing is there.
    async fn read_once(stream: &mut Records<DuplexStream>, room: usize) -> Option<io::Result<Vec<u8>>> {
        let mut space = vec![0; room];
        let mut out = ReadBuf::new(&mut space);
        let read = poll_fn(|cx| Poll::Ready(Pin::new(&mut *stream).poll_read(cx, &mut out))).await;
        match read {
            Poll::Pending => None,
            Poll::Ready(result) => Some(result.map(|()| out.filled().to_vec())),
        }
    }

    #[tokio::test]
    async fn one_read_takes_all_records_that_are_there() {
        let [mut from, mut to] = ends(1 << 20).await;
        let sent = noise(100_000);
        // Some small records, and then large ones.
        for part in sent[..1000].chunks(100).chain([&sent[1000..]]) {
            from.write_all(part).await.unwrap();
        }
        from.flush().await.unwrap();
        assert_eq!(read_once(&mut to, 1 << 20).await.unwrap().unwrap(), sent);
        assert!(read_once(&mut to, 1 << 20).await.is_none());
    }

    #[tokio::test]
    async fn nothing_is_held_while_nothing_comes() {
        let [mut from, mut to] = ends(1 << 20).await;
        from.write_all(b"some bytes").await.unwrap();
        from.flush().await.unwrap();
        assert_eq!(read_once(&mut to, 100).await.unwrap().unwrap(), b"some bytes");
        assert!(read_once(&mut to, 100).await.is_none());
        assert_eq!(to.stream.get_ref().0.buffer.capacity(), 0);
    }

    #[tokio::test]
    async fn bytes_arrive_whole_and_in_order_however_little_room_there_is() {
        for (way, room) in [(700, 100), (20_000, 50_000), (70_000, 3)] {
            let [from, mut to] = ends(way).await;
            let sent = noise(150_000);
            let (_reader, mut writer) = split(from);
            let writing = async {
                writer.write_all(&sent).await.unwrap();
                writer.flush().await.unwrap();
            };
            let reading = async {
                let (mut got, mut space) = (Vec::new(), vec![0; room]);
                while got.len() < sent.len() {
                    let count = to.read(&mut space).await.unwrap();
                    assert!(count > 0, "the stream ended after {} bytes", got.len());
                    got.extend_from_slice(&space[..count]);
                }
                got
            };
            let ((), got) = tokio::join!(writing, reading);
            assert!(got == sent, "{way} bytes on the way, {room} at a time");
        }
    }

    #[tokio::test]
    async fn what_came_before_a_connection_broke_is_read_and_then_told_to_be_broken() {
        let [mut from, mut to] = ends(1 << 20).await;
        from.write_all(b"the last words").await.unwrap();
        from.flush().await.unwrap();
        // Ends below TLS, which TLS does not take for an end.
        drop(from);
        assert_eq!(read_once(&mut to, 1000).await.unwrap().unwrap(), b"the last words");
        let broken = read_once(&mut to, 1000).await.unwrap().unwrap_err();
        assert_eq!(broken.kind(), io::ErrorKind::UnexpectedEof);
    }
}
