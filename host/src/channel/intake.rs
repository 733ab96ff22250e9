//! One read into the buffer of a channel, of as much as the peer has to say.

use bytes::BytesMut;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::AsyncRead;
use tokio_util::io::poll_read_buf;

/// What a read brings at most: at first, and to a peer that sends all the time.
pub(super) const LEAST_READ: usize = 64 * 1024;
const MOST_READ: usize = 512 * 1024;
/// With less room than this left, the buffer is made larger.
const LEAST_ROOM: usize = 16 * 1024;

/// Reads what is there to the end of `buffer`: how many bytes. `size` is how much the next read may bring.
pub(super) fn poll(
    stream: &mut (impl AsyncRead + Unpin),
    cx: &mut Context<'_>,
    buffer: &mut BytesMut,
    size: &mut usize,
) -> Poll<io::Result<usize>> {
    if buffer.capacity() - buffer.len() < LEAST_ROOM {
        buffer.reserve(*size);
    }
    let room = buffer.capacity() - buffer.len();
    let read = poll_read_buf(Pin::new(stream), cx, buffer);
    if let Poll::Ready(Ok(bytes)) = &read {
        *size = next_size(*size, *bytes, room);
    }
    read
}

/// How much to read next, after a read that brought `bytes` where there was `room`.
fn next_size(size: usize, bytes: usize, room: usize) -> usize {
    if bytes == room && bytes >= size {
        (size * 2).min(MOST_READ)
    } else if bytes < size / 4 {
        (size / 2).max(LEAST_READ)
    } else {
        size
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_grow_while_they_are_filled_and_shrink_when_little_comes() {
        let filled = (0..5).scan(LEAST_READ, |size, _| {
            *size = next_size(*size, *size, *size);
            Some(*size / 1024)
        });
        assert_eq!(filled.collect::<Vec<_>>(), [128, 256, 512, 512, 512]);
        assert_eq!(next_size(MOST_READ, 200, MOST_READ), MOST_READ / 2);
        assert_eq!(next_size(LEAST_READ, 200, LEAST_READ), LEAST_READ);
        // The rest of a buffer that was filled says nothing of what the peer has to say.
        assert_eq!(next_size(LEAST_READ, LEAST_READ / 2, LEAST_READ / 2), LEAST_READ);
    }
}
