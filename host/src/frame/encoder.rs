//! The writer of frames.

use super::{MAX_COMMAND_BYTES, Magic};
use backplane_plugin::wire::varint;

/// What every frame of one command begins with, up to the length of the payload. Made once for each command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefix(Box<[u8]>);

impl Prefix {
    /// The prefix of a command, which has at most [`MAX_COMMAND_BYTES`] bytes.
    #[must_use]
    pub fn new(magic: Magic, command: &str) -> Self {
        debug_assert!(command.len() <= MAX_COMMAND_BYTES, "a peer would refuse the command {command}");
        let length = varint::encode(command.len() as u64);
        Self([&magic, length.as_slice(), command.as_bytes()].concat().into())
    }

    /// The most bytes that a frame has besides its payload.
    #[must_use]
    pub const fn frame_bytes(&self) -> usize {
        self.0.len() + varint::MAX_BYTES
    }

    /// The bytes of a frame's header when `frame` is one of this command with a payload of less than 253 bytes, and the
    /// length of that payload: what most frames of a stream are, told by one comparison.
    #[inline]
    #[must_use]
    pub fn match_short(&self, frame: &[u8]) -> Option<(usize, u8)> {
        let rest = frame.strip_prefix(&*self.0)?;
        let length = *rest.first()?;
        (length < 0xfd).then_some((self.0.len() + 1, length))
    }

    /// Appends a frame.
    #[inline]
    pub fn put(&self, out: &mut Vec<u8>, payload: &[u8]) {
        out.reserve(self.frame_bytes() + payload.len());
        self.put_header(out, payload.len());
        out.extend_from_slice(payload);
    }

    /// Appends what lies in front of a payload.
    #[inline]
    pub fn put_header(&self, out: &mut Vec<u8>, payload_len: usize) {
        out.extend_from_slice(&self.0);
        varint::put(payload_len as u64, out);
    }
}

/// A whole frame by itself.
#[must_use]
pub fn encode(magic: Magic, command: &str, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    Prefix::new(magic, command).put(&mut out, payload);
    out
}
