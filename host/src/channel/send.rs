//! The writer of one channel: takes everything that waits, and writes it at once.

use super::segments::Segments;
use super::{Channel, CloseReason};
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

/// How many pieces one write may have.
const SLICES: usize = 8;

/// Writes until the channel is closed and drained, then ends the stream. A write that stands still for the channel's
/// `write_timeout` closes the channel.
pub(super) async fn run(mut stream: impl AsyncWrite + Unpin, channel: Arc<Channel>) {
    let mut segments = Segments::default();
    while poll_fn(|cx| channel.outgoing.poll_take(cx, &mut segments)).await {
        if let Err(reason) = write_all(&mut stream, &segments, &channel).await {
            channel.close(reason);
            return;
        }
        channel.traffic.sent(segments.messages(), segments.len());
        segments.clear();
        channel.outgoing.written();
    }
    // A stream that cannot be ended is gone already. Boxed, so that the memory for the end is taken at the end.
    let _ = Box::pin(timeout(channel.limits.write_timeout, stream.shutdown())).await;
}

async fn write_all(
    stream: &mut (impl AsyncWrite + Unpin),
    segments: &Segments,
    channel: &Channel,
) -> Result<(), CloseReason> {
    let limit = channel.limits.write_timeout;
    let mut written = 0;
    while written < segments.len() {
        match within(limit, |cx| poll_write(stream, cx, segments, written)).await? {
            0 => return Err(CloseReason::Broken(io::ErrorKind::WriteZero)),
            count => written += count,
        }
    }
    // A transport that encrypts may hold back the last part of what it has taken.
    within(limit, |cx| Pin::new(&mut *stream).poll_flush(cx)).await
}

/// Waits for one step of writing, and for no longer than `limit`.
async fn within<T>(
    limit: Duration,
    mut step: impl FnMut(&mut Context<'_>) -> Poll<io::Result<T>>,
) -> Result<T, CloseReason> {
    let result = match poll_fn(|cx| Poll::Ready(step(cx))).await {
        Poll::Ready(result) => result,
        // Boxed, so that a peer that takes what it is sent costs no memory for a timer.
        Poll::Pending => Box::pin(timeout(limit, poll_fn(step))).await.map_err(|_| CloseReason::TooSlow)?,
    };
    result.map_err(|error| CloseReason::Broken(error.kind()))
}

/// Writes what is left after the first `written` bytes, as far as the stream takes it.
fn poll_write(
    stream: &mut (impl AsyncWrite + Unpin),
    cx: &mut Context<'_>,
    segments: &Segments,
    written: usize,
) -> Poll<io::Result<usize>> {
    let mut slices = [IoSlice::new(&[]); SLICES];
    let filled = segments.slices(written, &mut slices);
    Pin::new(stream).poll_write_vectored(cx, slices.get(..filled).unwrap_or_default())
}
