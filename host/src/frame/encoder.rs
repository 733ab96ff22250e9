//! The writer of frames.

use super::{MAX_COMMAND_BYTES, Magic};
use backplane_plugin::wire::varint;
use bytes::{BufMut, BytesMut};

/// Appends a frame. `command` has at most [`MAX_COMMAND_BYTES`] bytes.
pub fn put(out: &mut BytesMut, magic: Magic, command: &str, payload: &[u8]) {
    reserve(out, command, payload.len());
    put_header(out, magic, command, payload.len());
    out.put_slice(payload);
}

/// Appends what lies in front of a payload. `command` has at most [`MAX_COMMAND_BYTES`] bytes.
#[inline]
pub fn put_header(out: &mut BytesMut, magic: Magic, command: &str, payload_len: usize) {
    debug_assert!(command.len() <= MAX_COMMAND_BYTES, "a peer would refuse the command {command}");
    reserve(out, command, 0);
    out.put_slice(&magic);
    out.put_slice(varint::encode(command.len() as u64).as_slice());
    out.put_slice(command.as_bytes());
    out.put_slice(varint::encode(payload_len as u64).as_slice());
}

/// Takes the memory for a whole frame at once.
#[inline]
fn reserve(out: &mut BytesMut, command: &str, payload_len: usize) {
    out.reserve(size_of::<Magic>() + 2 * varint::MAX_BYTES + command.len() + payload_len);
}
