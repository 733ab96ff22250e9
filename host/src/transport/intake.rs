//! One read into a buffer, of as much as the peer has to say.

use super::blocks;
use super::source::Source;
use bytes::BytesMut;
use std::io;
use std::task::{Context, Poll};

/// What a read brings at most, at first.
const LEAST_READ: usize = 64 * 1024;
/// With less room than this left, the buffer is made larger.
const LEAST_ROOM: usize = 16 * 1024;

/// How much the reads of one stream bring: more while the peer has more to say than that.
#[derive(Debug)]
pub(crate) struct Intake {
    size: usize,
    most: usize,
}

impl Intake {
    /// One whose reads grow up to this.
    pub(crate) const fn new(most: usize) -> Self {
        Self { size: LEAST_READ, most }
    }

    /// How much the next read may bring.
    pub(crate) const fn size(&self) -> usize {
        self.size
    }

    /// Reads what is there to the end of `buffer`: how many bytes. A buffer that stays empty gives its memory back.
    pub(crate) fn poll(
        &mut self,
        stream: &mut impl Source,
        cx: &mut Context<'_>,
        buffer: &mut BytesMut,
    ) -> Poll<io::Result<usize>> {
        let held = stream.held();
        make_room(buffer, self.size + held, LEAST_ROOM + held);
        let room = (self.size + held).min(buffer.capacity() - buffer.len());
        let read = stream.poll_append(cx, buffer, room);
        if let Poll::Ready(Ok(read)) = &read {
            let full = read.full && room >= self.size;
            self.size = next_size(self.size, self.most, read.bytes, full);
        }
        if buffer.is_empty() {
            blocks::give(std::mem::take(buffer));
        }
        read.map_ok(|read| read.bytes)
    }
}

/// Makes room for a read of this size, or for what fits behind the frames of a block that others still hold, at least
/// `least`.
fn make_room(buffer: &mut BytesMut, size: usize, least: usize) {
    let room = buffer.capacity() - buffer.len();
    let reclaimed = (room < least || buffer.is_empty()) && buffer.try_reclaim(size);
    if reclaimed || room >= least {
        return;
    }
    if buffer.len() >= size {
        // A large frame: the more there is of it, the more is added, so that it is not copied again and again.
        return buffer.reserve(size);
    }
    // In steps, so that one block fits as well as another whatever is left.
    let mut next = blocks::take((buffer.len() + size).next_multiple_of(LEAST_ROOM));
    next.extend_from_slice(buffer);
    let before = std::mem::replace(buffer, next);
    // Without room it may be nothing at all.
    if before.capacity() > 0 {
        blocks::give(before);
    }
}

/// How much to read next, after a read that brought `bytes`, and may have been as large as it could be.
fn next_size(size: usize, most: usize, bytes: usize, full: bool) -> usize {
    if full {
        (size * 2).min(most)
    } else if bytes < size / 4 {
        (size / 2).max(LEAST_READ)
    } else {
        size
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::Plain;
    use std::task::Waker;

    const MOST: usize = 512 * 1024;

    #[test]
    fn reads_grow_while_they_are_filled_and_shrink_when_little_comes() {
        let filled = (0..5).scan(LEAST_READ, |size, _| {
            *size = next_size(*size, MOST, *size, true);
            Some(*size / 1024)
        });
        assert_eq!(filled.collect::<Vec<_>>(), [128, 256, 512, 512, 512]);
        assert_eq!(next_size(MOST, MOST, 200, false), MOST / 2);
        assert_eq!(next_size(LEAST_READ, MOST, 200, false), LEAST_READ);
        // The rest of a buffer that was filled says nothing of what the peer has to say.
        assert_eq!(next_size(LEAST_READ, MOST, LEAST_READ / 2, false), LEAST_READ);
    }

    #[test]
    fn a_read_brings_no_more_than_its_size_however_much_room_there_is() {
        let (mut intake, mut buffer) = (Intake::new(MOST), BytesMut::with_capacity(MOST));
        let cx = &mut Context::from_waker(Waker::noop());
        let sent = vec![7; MOST];
        let mut stream = Plain(sent.as_slice());
        for bytes in [LEAST_READ, 2 * LEAST_READ] {
            assert!(
                matches!(intake.poll(&mut stream, cx, &mut buffer), Poll::Ready(Ok(read)) if read == bytes)
            );
        }
        assert_eq!(buffer.len(), 3 * LEAST_READ);
    }

    #[test]
    fn a_buffer_that_stays_empty_has_no_memory() {
        let (mut intake, mut buffer) = (Intake::new(MOST), BytesMut::with_capacity(MOST));
        let cx = &mut Context::from_waker(Waker::noop());
        assert!(matches!(intake.poll(&mut Plain(&b""[..]), cx, &mut buffer), Poll::Ready(Ok(0))));
        assert_eq!(buffer.capacity(), 0);
    }

    #[test]
    fn what_is_left_of_a_block_moves_to_one_with_room_for_a_whole_read() {
        let mut buffer = BytesMut::zeroed(LEAST_READ);
        let frames = buffer.split_to(LEAST_READ - 5);
        buffer.copy_from_slice(b"begun");
        make_room(&mut buffer, LEAST_READ, LEAST_ROOM);
        assert_eq!(buffer, &b"begun"[..]);
        assert!(buffer.capacity() - buffer.len() >= LEAST_READ);
        assert_eq!(frames.len(), LEAST_READ - 5);
    }

    #[test]
    fn a_frame_that_is_larger_than_a_read_is_copied_few_times() {
        let (mut buffer, mut moves) = (BytesMut::new(), 0);
        while buffer.len() < 100 * LEAST_READ {
            let before = buffer.capacity();
            make_room(&mut buffer, LEAST_READ, LEAST_ROOM);
            moves += usize::from(buffer.capacity() != before);
            let room = buffer.capacity() - buffer.len();
            buffer.extend_from_slice(&vec![0; room]);
        }
        assert!(moves < 12, "{moves}");
    }
}
