//! The parser of what lies in front of a payload.

use super::{FrameError, MAX_COMMAND_BYTES, Magic};
use backplane_plugin::wire::varint;

/// Lengths below this are written as a single byte.
const ONE_BYTE_LENGTHS: u8 = 0xfd;

/// What lies in front of a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header<'a> {
    /// The command, as bytes: dispatchers are found by them, so only a command that nobody knows has to be checked
    /// for being text.
    pub command: &'a [u8],
    /// How many bytes the payload has.
    pub payload_len: u64,
    /// How many bytes lie in front of the payload.
    pub header_len: usize,
}

impl<'a> Header<'a> {
    /// The command as text.
    ///
    /// # Errors
    ///
    /// [`FrameError::CommandNotUtf8`].
    pub fn name(&self) -> Result<&'a str, FrameError> {
        str::from_utf8(self.command).map_err(|_| FrameError::CommandNotUtf8)
    }
}

/// Parses the header at the front of `buffer`, or returns `None` when it has not arrived in full.
///
/// # Errors
///
/// As soon as the bytes that have arrived cannot become a header any more.
#[inline]
pub fn header(buffer: &[u8], magic: Magic) -> Result<Option<Header<'_>>, FrameError> {
    match short(buffer, magic) {
        Some(header) => Ok(Some(header)),
        None => unusual(buffer, magic),
    }
}

/// The usual header, in the fewest steps: all there, with lengths of one byte.
#[inline]
fn short(buffer: &[u8], magic: Magic) -> Option<Header<'_>> {
    let (found, rest) = buffer.split_first_chunk()?;
    let (&command_len, rest) = rest.split_first()?;
    let (command, rest) = rest.split_at_checked(command_len.into())?;
    let &payload_len = rest.first()?;
    let usual = *found == magic && command_len < ONE_BYTE_LENGTHS && payload_len < ONE_BYTE_LENGTHS;
    usual.then(|| Header {
        command,
        payload_len: payload_len.into(),
        header_len: magic.len() + 1 + command.len() + 1,
    })
}

/// Every other header, and all that is wrong or not there yet.
#[cold]
fn unusual(buffer: &[u8], magic: Magic) -> Result<Option<Header<'_>>, FrameError> {
    let (found, rest) = buffer.split_at(buffer.len().min(magic.len()));
    if !magic.starts_with(found) {
        return Err(FrameError::WrongMagic { got: found.to_vec() });
    }
    let Some((command_len, used)) = varint::take(rest).map_err(|_| FrameError::CommandLengthNotMinimal)?
    else {
        return Ok(None);
    };
    let length = usize::try_from(command_len).unwrap_or(usize::MAX);
    if length > MAX_COMMAND_BYTES {
        return Err(FrameError::CommandTooLong { length: command_len });
    }
    let Some((command, rest)) = rest.get(used..).and_then(|rest| rest.split_at_checked(length)) else {
        return Ok(None);
    };
    let payload_len = varint::take(rest).map_err(|_| FrameError::PayloadLengthNotMinimal)?;
    Ok(payload_len.map(|(payload_len, payload_len_bytes)| Header {
        command,
        payload_len,
        header_len: magic.len() + used + length + payload_len_bytes,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame;
    use bytes::{Buf, BytesMut};
    use proptest::collection::vec;
    use proptest::prelude::*;

    const MAGIC: Magic = [0xd9, 0xef, 0xb6, 0x7d];

    /// Cuts whole frames off the front of the buffer.
    fn cut(buffer: &mut BytesMut) -> Vec<(String, Vec<u8>)> {
        let mut frames = Vec::new();
        while let Some(header) = header(buffer, MAGIC).unwrap() {
            let payload_len = usize::try_from(header.payload_len).unwrap();
            let (header_len, name) = (header.header_len, header.name().unwrap().to_owned());
            if buffer.len() < header_len + payload_len {
                break;
            }
            buffer.advance(header_len);
            frames.push((name, buffer.split_to(payload_len).to_vec()));
        }
        frames
    }

    fn frames() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
        let command = (vec(any::<char>(), 0..4), prop_oneof![Just(0), 248..252_usize])
            .prop_map(|(chars, padding)| format!("{}{}", String::from_iter(chars), "x".repeat(padding)))
            .prop_filter("a command has at most 255 bytes", |name| name.len() <= MAX_COMMAND_BYTES);
        let payload = prop_oneof![vec(any::<u8>(), 0..20), vec(any::<u8>(), 250..260)];
        vec((command, payload), 1..4)
    }

    proptest! {
        #[test]
        fn gives_the_same_frames_wherever_the_stream_is_split(frames in frames()) {
            let mut stream = BytesMut::new();
            for (command, payload) in &frames {
                stream.extend_from_slice(&frame::encode(MAGIC, command, payload));
            }
            for at in 0..=stream.len() {
                let mut buffer = BytesMut::from(&stream[..at]);
                let mut got = cut(&mut buffer);
                buffer.extend_from_slice(&stream[at..]);
                got.extend(cut(&mut buffer));
                prop_assert_eq!(&got, &frames);
                prop_assert!(buffer.is_empty());
            }
        }

        #[test]
        fn gives_the_same_frames_byte_by_byte(frames in frames()) {
            let mut stream = BytesMut::new();
            for (command, payload) in &frames {
                stream.extend_from_slice(&frame::encode(MAGIC, command, payload));
            }
            let mut buffer = BytesMut::new();
            let mut got = Vec::new();
            for byte in stream {
                buffer.extend_from_slice(&[byte]);
                got.extend(cut(&mut buffer));
            }
            prop_assert_eq!(got, frames);
        }

        #[test]
        fn never_panics_on_arbitrary_bytes(bytes in vec(any::<u8>(), 0..300), with_magic: bool) {
            let mut buffer = if with_magic { MAGIC.to_vec() } else { Vec::new() };
            buffer.extend(bytes);
            if let Ok(Some(found)) = header(&buffer, MAGIC) {
                prop_assert!(found.header_len <= buffer.len());
                let _ = found.name();
            }
        }
    }

    #[test]
    fn refuses_at_the_first_byte_that_cannot_be_right() {
        let refusals: [(&[u8], FrameError); 5] = [
            (&[0], FrameError::WrongMagic { got: vec![0] }),
            (&[0xd9, 0xef, 1], FrameError::WrongMagic { got: vec![0xd9, 0xef, 1] }),
            (&[0xd9, 0xef, 0xb6, 0x7d, 0xfd, 0, 1], FrameError::CommandTooLong { length: 256 }),
            (&[0xd9, 0xef, 0xb6, 0x7d, 0xfd, 4, 0], FrameError::CommandLengthNotMinimal),
            (&[0xd9, 0xef, 0xb6, 0x7d, 1, b'a', 0xfd, 2, 0], FrameError::PayloadLengthNotMinimal),
        ];
        for (bytes, error) in refusals {
            assert_eq!(header(bytes, MAGIC), Err(error));
            assert_eq!(header(&bytes[..bytes.len() - 1], MAGIC), Ok(None), "{bytes:?}");
        }
    }

    #[test]
    fn reads_the_longest_command_and_the_largest_payload() {
        let name = "c".repeat(MAX_COMMAND_BYTES);
        let mut buffer = Vec::new();
        frame::Prefix::new(MAGIC, &name).put_header(&mut buffer, usize::MAX);
        let header_len = 4 + 3 + MAX_COMMAND_BYTES + 9;
        let expected = Header { command: name.as_bytes(), payload_len: usize::MAX as u64, header_len };
        assert_eq!(header(&buffer, MAGIC), Ok(Some(expected)));
    }

    #[test]
    fn checks_that_a_command_is_text_only_when_asked() {
        let found = header(&[0xd9, 0xef, 0xb6, 0x7d, 2, 0xc3, 0x28, 0], MAGIC).unwrap().unwrap();
        assert_eq!(found.command, [0xc3, 0x28]);
        assert_eq!(found.name(), Err(FrameError::CommandNotUtf8));
    }
}
