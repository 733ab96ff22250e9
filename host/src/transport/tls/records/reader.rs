//! The half of a connection over TLS that reads: opens records in the buffer into which they are read.

use super::opener::Opener;
use crate::transport::{Appended, Plain, Source};
use bytes::{Buf, BytesMut};
use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, ReadBuf};

/// How much is read at once for somebody who has no buffer of the kind.
const ASIDE_BYTES: usize = 16 * 1024;

/// The half that reads.
pub(crate) struct RecordReader<R> {
    below: Plain<R>,
    opener: Opener,
    /// A record of which more has to come. Its memory is given back while nothing comes and none has begun.
    pub(super) begun: BytesMut,
    /// Whether `begun` may have whole records: those that came with the last bytes of the handshake.
    is_fresh: bool,
    /// What was opened and not taken by somebody who has no buffer of the kind.
    aside: BytesMut,
}

impl<R> RecordReader<R> {
    /// One that begins with what came behind the handshake.
    pub(super) fn new(below: R, opener: Opener, rest: BytesMut) -> Self {
        let is_fresh = !rest.is_empty();
        Self { below: Plain(below), opener, begun: rest, is_fresh, aside: BytesMut::new() }
    }

    /// Opens what has come behind the first `start` bytes, and keeps what is not a whole record: how many bytes there
    /// are for the application.
    fn open(&mut self, buffer: &mut BytesMut, start: usize) -> io::Result<usize> {
        let (progress, result) = self.opener.open(buffer.get_mut(start..).unwrap_or_default());
        let rest = buffer.get(start + progress.used..).unwrap_or_default();
        self.begun.clear();
        if !self.opener.is_over() && result.is_ok() {
            self.begun.extend_from_slice(rest);
        }
        buffer.truncate(start + progress.content);
        match result {
            // What came before a fault goes first.
            Err(fault) if progress.content == 0 => Err(fault.into()),
            _ => Ok(progress.content),
        }
    }
}

impl<R: AsyncRead + Send + Unpin> RecordReader<R> {
    /// Reads once: how many bytes were opened, and whether the room was filled.
    fn poll_once(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut BytesMut,
        room: usize,
    ) -> Poll<io::Result<Appended>> {
        let start = buffer.len();
        buffer.extend_from_slice(&self.begun);
        let mut full = false;
        if !std::mem::take(&mut self.is_fresh) {
            // The room is at least that of what is held, and more.
            let read = self.below.poll_append(cx, buffer, room.saturating_sub(self.begun.len()).max(1));
            if !matches!(read, Poll::Ready(Ok(Appended { bytes: 1.., .. }))) {
                buffer.truncate(start);
            }
            match ready!(read)? {
                // Whoever is on the way could have cut it off here.
                Appended { bytes: 0, .. } => return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
                read => full = read.full,
            }
        }
        Poll::Ready(self.open(buffer, start).map(|bytes| Appended { bytes, full }))
    }
}

impl<R: AsyncRead + Send + Unpin> Source for RecordReader<R> {
    fn poll_append(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut BytesMut,
        room: usize,
    ) -> Poll<io::Result<Appended>> {
        if let Some(fault) = self.opener.fault() {
            return Poll::Ready(Err(fault.into()));
        }
        while !self.opener.is_over() {
            let read = self.poll_once(cx, buffer, room);
            if read.is_pending() && self.begun.is_empty() {
                self.begun = BytesMut::new();
            }
            let read = ready!(read)?;
            if read.bytes > 0 {
                return Poll::Ready(Ok(read));
            }
        }
        Poll::Ready(Ok(Appended { bytes: 0, full: false }))
    }

    fn held(&self) -> usize {
        self.begun.len()
    }
}

impl<R: AsyncRead + Send + Unpin> AsyncRead for RecordReader<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.aside.is_empty() {
            let mut aside = BytesMut::with_capacity(ASIDE_BYTES + this.held());
            let room = aside.capacity();
            ready!(this.poll_append(cx, &mut aside, room))?;
            this.aside = aside;
        }
        let count = this.aside.len().min(out.remaining());
        out.put_slice(this.aside.get(..count).unwrap_or_default());
        this.aside.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl<R> fmt::Debug for RecordReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordReader").finish_non_exhaustive()
    }
}
