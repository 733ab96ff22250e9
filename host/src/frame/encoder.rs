//! The writer of frames.

use super::ahead::ask_for_line;
use super::{MAX_COMMAND_BYTES, Magic};
use backplane_plugin::wire::varint;

/// What every frame of one command begins with, up to the length of the payload. Made once for each command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefix {
    bytes: Box<[u8]>,
    /// The same, if it is short: a copy of known size needs no call.
    block: Option<Block>,
}

/// A few bytes that are copied as a whole, and of which the first ones count.
type Block = [u8; 32];

/// From here on a length takes more than one byte.
const LONG: u16 = 0xfd;

impl Prefix {
    /// The prefix of a command, which has at most [`MAX_COMMAND_BYTES`] bytes.
    #[must_use]
    pub fn new(magic: Magic, command: &str) -> Self {
        debug_assert!(command.len() <= MAX_COMMAND_BYTES, "a peer would refuse the command {command}");
        let length = varint::encode(command.len() as u64);
        let bytes = [&magic, length.as_slice(), command.as_bytes()].concat();
        let mut block = Block::default();
        let fits = bytes.len() <= block.len();
        block.iter_mut().zip(&bytes).for_each(|(to, from)| *to = *from);
        Self { bytes: bytes.into(), block: fits.then_some(block) }
    }

    /// The most bytes that a frame has besides its payload.
    #[must_use]
    pub const fn frame_bytes(&self) -> usize {
        self.bytes.len() + varint::MAX_BYTES
    }

    /// The bytes of a frame's header when `frame` is one of this command with a payload of less than 64 KiB, and the
    /// length of that payload: what most frames of a stream are, told by one comparison.
    #[inline]
    #[must_use]
    pub fn match_usual(&self, frame: &[u8]) -> Option<(usize, u16)> {
        let (front, rest) = frame.split_at_checked(self.bytes.len())?;
        let (bytes, length) = match *rest.first()? {
            length @ ..0xfd => (1, length.into()),
            0xfd => (3, rest.get(1..)?.first_chunk().map(|length| u16::from_le_bytes(*length))?),
            _ => return None,
        };
        // One that is longer than it has to be is wrong.
        let is_shortest = bytes == 1 || length >= LONG;
        (is_shortest && is_same(front, &self.bytes)).then_some((front.len() + bytes, length))
    }

    /// Appends a frame.
    #[inline(always)]
    pub fn put(&self, out: &mut Vec<u8>, payload: &[u8]) {
        self.put_first(out, payload, payload.len());
    }

    /// Appends a frame whose payload is the first `length` of these bytes, at most all of them. What lies behind is
    /// left out; that it is there lets a short payload be copied quickly.
    #[inline(always)]
    pub fn put_first(&self, out: &mut Vec<u8>, bytes: &[u8], length: usize) {
        ask_for_line(out);
        match (&self.block, u8::try_from(length), bytes.first_chunk()) {
            (Some(block), Ok(short), Some(payload)) if length <= size_of::<Block>() => {
                put_blocks(out, (block, self.bytes.len()), (payload, short));
            }
            _ => {
                out.reserve(self.frame_bytes() + length);
                self.put_header(out, length);
                out.extend_from_slice(bytes.get(..length).unwrap_or(bytes));
            }
        }
    }

    /// Appends what lies in front of a payload.
    #[inline(always)]
    pub fn put_header(&self, out: &mut Vec<u8>, payload_len: usize) {
        let at = self.bytes.len();
        match (&self.block, u8::try_from(payload_len)) {
            (Some(block), Ok(length)) if u16::from(length) < LONG => {
                let end = out.len() + at;
                out.extend_from_slice(block);
                out.truncate(end);
                out.push(length);
            }
            _ => {
                out.extend_from_slice(&self.bytes);
                varint::put(payload_len as u64, out);
            }
        }
    }
}

/// Appends a frame of which prefix and payload are the first bytes of a block each: blocks are copied as a whole, and
/// what is too much is cut off.
///
/// # Rationale
///
/// The place is made at once, since each change of a vector's length waits for the one before it. Inlined always: as a
/// call it takes twice the instructions.
#[inline(always)]
fn put_blocks(out: &mut Vec<u8>, (prefix, prefix_len): (&Block, usize), (payload, length): (&Block, u8)) {
    let start = out.len();
    out.extend_from_slice(&[0; 2 * size_of::<Block>() + 1]);
    let space = out.get_mut(start..).unwrap_or_default();
    if let Some(front) = space.first_chunk_mut() {
        *front = *prefix;
    }
    if let Some((place, rest)) = space.get_mut(prefix_len..).and_then(<[u8]>::split_first_mut) {
        *place = length;
        if let Some(behind) = rest.first_chunk_mut() {
            *behind = *payload;
        }
    }
    out.truncate(start + prefix_len + 1 + usize::from(length));
}

/// Whether two slices of one length are the same: word by word and in place, since a call costs more than the few words of
/// a prefix.
#[inline]
fn is_same(one: &[u8], other: &[u8]) -> bool {
    let (Some(last), Some(other_last)) = (one.last_chunk::<8>(), other.last_chunk::<8>()) else {
        return one == other;
    };
    let (words, other_words) = (one.as_chunks::<8>().0, other.as_chunks::<8>().0);
    // The last word may overlap the one before it.
    last == other_last && words.iter().zip(other_words).all(|(word, other)| word == other)
}

/// A whole frame by itself.
#[must_use]
pub fn encode(magic: Magic, command: &str, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    Prefix::new(magic, command).put(&mut out, payload);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    #[test]
    fn a_prefix_is_told_from_one_that_differs_in_any_byte() {
        for length in 0..40 {
            let command = "c".repeat(length);
            let prefix = Prefix::new([1, 2, 3, 4], &command);
            let frame = encode([1, 2, 3, 4], &command, b"payload");
            let header = 4 + 1 + length + 1;
            assert_eq!(prefix.match_usual(&frame), Some((header, 7)));
            for at in 0..header - 1 {
                let mut other = frame.clone();
                other[at] ^= 0x80;
                assert_eq!(prefix.match_usual(&other), None, "byte {at} of a command of {length}");
            }
            for end in 0..header {
                assert_eq!(prefix.match_usual(&frame[..end]), None, "{end} bytes");
            }
        }
    }

    #[test]
    fn lengths_are_written_and_told_as_the_parser_has_them() {
        for command in ["a", "a command of some length", &"c".repeat(200)] {
            let prefix = Prefix::new([1, 2, 3, 4], command);
            for length in [0, 1, 0xfc, 0xfd, 0x100, 0xffff, 0x1_0000] {
                let frame = encode([1, 2, 3, 4], command, &vec![7; length]);
                let header = super::super::header(&frame, [1, 2, 3, 4]).unwrap().unwrap();
                assert_eq!((header.command, header.payload_len), (command.as_bytes(), length as u64));
                assert_eq!(frame.len(), header.header_len + length);
                let usual = u16::try_from(length).ok().map(|length| (header.header_len, length));
                assert_eq!(prefix.match_usual(&frame), usual, "{length} bytes");
            }
            let mut wasteful = frame_of(&prefix, 0x1234);
            assert_eq!(prefix.match_usual(&wasteful), Some((prefix.bytes.len() + 3, 0x1234)));
            wasteful.truncate(prefix.bytes.len() + 1);
            wasteful.extend([0xfc, 0]);
            assert_eq!(prefix.match_usual(&wasteful), None);
        }
    }

    #[test]
    fn a_frame_has_the_first_bytes_of_those_it_is_offered_and_none_behind_them() {
        let bytes: Vec<u8> = (0..100).collect();
        for command in ["a", &"c".repeat(27), &"c".repeat(28), &"c".repeat(200)] {
            let prefix = Prefix::new([1, 2, 3, 4], command);
            for length in [0, 1, 16, 31, 32, 33, 100] {
                for behind in [0, 1, 20, 67] {
                    let offered = &bytes[..(length + behind).min(bytes.len())];
                    let mut out = b"before".to_vec();
                    prefix.put_first(&mut out, offered, length);
                    let expected = encode([1, 2, 3, 4], command, &bytes[..length]);
                    assert_eq!(out, [&b"before"[..], &expected].concat(), "{length} of {}", offered.len());
                }
            }
        }
    }

    fn frame_of(prefix: &Prefix, payload_len: usize) -> Vec<u8> {
        let mut out = Vec::new();
        prefix.put_header(&mut out, payload_len);
        out
    }

    proptest! {
        #[test]
        fn slices_are_the_same_when_all_their_bytes_are(one in vec(0..2_u8, 0..40), other in vec(0..2_u8, 0..40)) {
            let length = one.len().min(other.len());
            let (one, other) = (&one[..length], &other[..length]);
            prop_assert_eq!(is_same(one, other), one == other);
            let copy = one.to_vec();
            prop_assert!(is_same(one, &copy));
        }
    }
}
