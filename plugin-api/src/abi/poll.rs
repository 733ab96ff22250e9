//! The boundary's poll functions in the clothes of Rust's own.

use super::{ChannelArc, Chunk, HostArc, SubscriptionBox};
use abi_stable::std_types::RVec;
use async_ffi::{ContextExt, FfiPoll};
use std::task::{Context, Poll};
use std::time::Duration;

/// The payloads that a subscription has handed over and that are not decoded yet.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    chunks: RVec<Chunk>,
    chunk: usize,
    frame: usize,
}

impl Batch {
    /// The next payload: its chunk's storage and its bytes.
    #[inline]
    pub(crate) fn next(&mut self) -> Option<(&super::Bytes, &[u8])> {
        // Found first and borrowed then: the borrow checker does not see that a miss borrows nothing.
        while self.chunks.get(self.chunk)?.frames.len() == self.frame {
            self.chunk += 1;
            self.frame = 0;
        }
        let chunk = self.chunks.get(self.chunk)?;
        let range = chunk.frames.get(self.frame)?;
        self.frame += 1;
        let start = range.start as usize;
        Some((&chunk.bytes, chunk.bytes.get(start..start + range.len as usize)?))
    }

    /// Whether there is no payload left.
    pub(crate) fn is_empty(&self) -> bool {
        let rest = self.chunks.get(self.chunk..).unwrap_or_default();
        rest.iter().map(|chunk| chunk.frames.len()).sum::<usize>() <= self.frame
    }

    /// Asks the host for the next payloads, after the last ones are used up. Ready(false): no more will come.
    pub(crate) fn poll_refill(&mut self, subscription: &SubscriptionBox, cx: &mut Context<'_>) -> Poll<bool> {
        self.chunks.clear();
        (self.chunk, self.frame) = (0, 0);
        cx.with_ffi_context(|cx| match subscription.poll_receive(cx, &mut self.chunks) {
            FfiPoll::Ready(more) => Poll::Ready(more),
            FfiPoll::Pending => Poll::Pending,
            FfiPoll::Panicked => Poll::Ready(false),
        })
    }
}

/// Ready when the channel has room for sending, or is closed.
pub(crate) fn writable(channel: &ChannelArc, cx: &mut Context<'_>) -> Poll<()> {
    cx.with_ffi_context(|cx| match channel.poll_writable(cx) {
        FfiPoll::Ready(()) | FfiPoll::Panicked => Poll::Ready(()),
        FfiPoll::Pending => Poll::Pending,
    })
}

/// Ready after `time` by the host's clock.
pub(crate) async fn sleep(host: &HostArc, time: Duration) {
    let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    host.sleep(nanos).await;
}
