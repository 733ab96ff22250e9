//! The writer of one channel: takes everything that waits, and writes it at once.

use super::{Channel, CloseReason};
use crate::channel::outgoing::Segments;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::sync::Arc;
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
        segments.clear();
    }
    // A stream that cannot be ended is gone already.
    let _ = timeout(channel.limits.write_timeout, stream.shutdown()).await;
}

async fn write_all(
    stream: &mut (impl AsyncWrite + Unpin),
    segments: &Segments,
    channel: &Channel,
) -> Result<(), CloseReason> {
    let mut written = 0;
    while written < segments.len() {
        let mut slices = [IoSlice::new(&[]); SLICES];
        let filled = segments.slices(written, &mut slices);
        let write = stream.write_vectored(slices.get(..filled).unwrap_or_default());
        match timeout(channel.limits.write_timeout, write).await {
            Ok(Ok(0)) => return Err(CloseReason::Broken(io::ErrorKind::WriteZero)),
            Ok(Ok(count)) => written += count,
            Ok(Err(error)) => return Err(CloseReason::Broken(error.kind())),
            Err(_) => return Err(CloseReason::TooSlow),
        }
    }
    Ok(())
}
