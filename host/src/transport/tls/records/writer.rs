//! The half of a connection over TLS that writes: seals records into one buffer, and writes that.

use super::Fault;
use super::cipher::{Cipher, MOST_CONTENT, OVERHEAD, content};
use super::shared::{End, Shared, Way};
use crate::transport::blocks;
use bytes::BytesMut;
use rustls::AlertDescription;
use std::fmt;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::AsyncWrite;

/// How many bytes are sealed before they are written: with what becomes of them they stay in the cache.
const BATCH: usize = 8 * MOST_CONTENT;
/// From here on the memory for what is sealed is the process's, below it is the allocator's.
const LEAST_BLOCK: usize = 16 * 1024;
/// A key seals so many records and no more: half of what rustls lets the weakest of its suites seal.
const MOST_RECORDS: u64 = 1 << 23;

/// The half that writes.
pub(crate) struct RecordWriter<W> {
    below: W,
    pub(super) cipher: Cipher,
    shared: Arc<Shared>,
    /// What is sealed, without memory while there is nothing to write.
    pub(super) sealed: BytesMut,
    /// How much of it is written.
    written: usize,
    /// After so many records comes another key.
    pub(super) most_records: u64,
    /// Whether the end was sealed.
    is_over: bool,
}

impl<W> RecordWriter<W> {
    pub(super) fn new(below: W, cipher: Cipher, shared: Arc<Shared>) -> Self {
        let sealed = BytesMut::new();
        Self { below, cipher, shared, sealed, written: 0, most_records: MOST_RECORDS, is_over: false }
    }

    /// Seals as much of these bytes as is written at once: how many.
    fn seal(&mut self, slices: &[IoSlice<'_>]) -> Result<usize, Fault> {
        let total = slices.iter().map(|slice| slice.len()).sum::<usize>().min(BATCH);
        self.make_room(total + total.div_ceil(MOST_CONTENT) * OVERHEAD);
        let mut done = 0;
        while done < total {
            self.keep_key()?;
            let length = (total - done).min(MOST_CONTENT);
            self.cipher.seal(content::APPLICATION, slices, (done, length), &mut self.sealed)?;
            done += length;
        }
        Ok(total)
    }

    /// Goes on to the next key when this one has sealed enough, or the peer has asked for it.
    fn keep_key(&mut self) -> Result<(), Fault> {
        let asked = self.shared.take_asked();
        if !asked && self.cipher.records() < self.most_records {
            return Ok(());
        }
        // An update, of one byte, that asks for none in return.
        self.seal_one(content::HANDSHAKE, &[24, 0, 0, 1, 0])?;
        self.cipher = self.shared.next(Way::Out)?;
        Ok(())
    }

    /// Seals the end: the fault of the peer, if it has one, or that nothing more comes.
    fn seal_end(&mut self) -> Result<(), Fault> {
        const WARNING: u8 = 1;
        const FATAL: u8 = 2;
        let alert = match self.shared.end() {
            Some(End::Tell(alert)) => [FATAL, alert.into()],
            Some(End::Told) => return Ok(()),
            None => [WARNING, AlertDescription::CloseNotify.into()],
        };
        self.seal_one(content::ALERT, &alert)
    }

    fn seal_one(&mut self, kind: u8, bytes: &[u8]) -> Result<(), Fault> {
        self.cipher.seal(kind, &[IoSlice::new(bytes)], (0, bytes.len()), &mut self.sealed)
    }

    /// Memory for what is sealed, of which there is none yet.
    fn make_room(&mut self, bytes: usize) {
        if self.sealed.capacity() >= bytes {
            return;
        }
        self.sealed = if bytes < LEAST_BLOCK {
            BytesMut::with_capacity(bytes)
        } else {
            blocks::take(BATCH + 2 * LEAST_BLOCK)
        };
    }

    /// Gives the memory back in which nothing is.
    fn rest(&mut self) {
        let block = std::mem::take(&mut self.sealed);
        if block.capacity() >= LEAST_BLOCK {
            blocks::give(block);
        }
    }
}

impl<W: AsyncWrite + Unpin> RecordWriter<W> {
    /// Writes what is sealed.
    fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(rest) = self.sealed.get(self.written..).filter(|rest| !rest.is_empty()) {
            match ready!(Pin::new(&mut self.below).poll_write(cx, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => self.written += written,
            }
        }
        self.sealed.clear();
        self.written = 0;
        Poll::Ready(Ok(()))
    }
}

impl<W: AsyncWrite + Unpin> AsyncWrite for RecordWriter<W> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        ready!(this.poll_drain(cx))?;
        if this.is_over || this.shared.end() == Some(End::Told) {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let taken = this.seal(slices)?;
        // What is not written now is at the next call.
        match this.poll_drain(cx) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Ready(Ok(taken)),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_drain(cx))?;
        self.rest();
        Pin::new(&mut self.below).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !std::mem::replace(&mut self.is_over, true) {
            self.seal_end()?;
        }
        ready!(self.poll_drain(cx))?;
        self.rest();
        Pin::new(&mut self.below).poll_shutdown(cx)
    }
}

impl<W> fmt::Debug for RecordWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordWriter").finish_non_exhaustive()
    }
}
