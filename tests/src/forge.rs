//! Frames and payloads that no node would write.

use backplane::frame::Magic;
use bytes::BufMut;

/// A frame of which each part can be wrong by itself.
#[derive(Debug, Clone)]
pub struct Forged {
    /// The magic.
    pub magic: Vec<u8>,
    /// The length of the command, as it is written.
    pub command_len: Vec<u8>,
    /// The command.
    pub command: Vec<u8>,
    /// The length of the payload, as it is written.
    pub payload_len: Vec<u8>,
    /// The payload.
    pub payload: Vec<u8>,
}

impl Forged {
    /// A frame with nothing wrong.
    #[must_use]
    pub fn new(magic: Magic, command: &[u8], payload: &[u8]) -> Self {
        Self {
            magic: magic.to_vec(),
            command_len: varint(command.len() as u64),
            command: command.to_vec(),
            payload_len: varint(payload.len() as u64),
            payload: payload.to_vec(),
        }
    }

    /// Its bytes.
    #[must_use]
    pub fn bytes(self) -> Vec<u8> {
        [self.magic, self.command_len, self.command, self.payload_len, self.payload].concat()
    }
}

/// A number in the one form that is valid.
#[must_use]
pub fn varint(value: u64) -> Vec<u8> {
    let form = match value {
        0..=0xfc => 1,
        0xfd..=0xffff => 3,
        0x1_0000..=0xffff_ffff => 5,
        _ => 9,
    };
    varint_of(value, form)
}

/// A number in the form of so many bytes, 1, 3, 5 or 9, whether it is the shortest or not; what does not fit is cut off.
#[must_use]
pub fn varint_of(value: u64, form: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    match form {
        3 => bytes.put_u8(0xfd),
        5 => bytes.put_u8(0xfe),
        9 => bytes.put_u8(0xff),
        _ => {}
    }
    let digits = value.to_le_bytes();
    bytes.extend_from_slice(digits.get(..form - usize::from(form > 1)).unwrap_or(&digits));
    bytes
}

/// A text as it is written: its length and its bytes, which need not be text.
#[must_use]
pub fn text(bytes: &[u8]) -> Vec<u8> {
    [varint(bytes.len() as u64), bytes.to_vec()].concat()
}

/// The payload of `addr` with these entries.
#[must_use]
pub fn addr(entries: &[(String, u64)]) -> Vec<u8> {
    let mut bytes = varint(entries.len() as u64);
    for (url, last_seen) in entries {
        bytes.extend(text(url.as_bytes()));
        bytes.put_u64_le(*last_seen);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use backplane::frame;

    #[test]
    fn a_frame_with_nothing_wrong_is_that_of_the_encoder() {
        let magic = [1, 2, 3, 4];
        for payload in [&b""[..], &[7; 300], &[7; 70_000]] {
            assert_eq!(Forged::new(magic, b"ping", payload).bytes(), frame::encode(magic, "ping", payload));
        }
    }

    #[test]
    fn numbers_are_written_in_any_form() {
        assert_eq!(varint_of(5, 1), [5]);
        assert_eq!(varint_of(5, 3), [0xfd, 5, 0]);
        assert_eq!(varint_of(5, 5), [0xfe, 5, 0, 0, 0]);
        assert_eq!(varint(u64::MAX), [0xff; 9]);
    }
}
