//! Frames: how a message lies in the byte stream between two peers.
//!
//! A frame is the magic of the network, the command, the length of the payload, the payload (`docs/wire.md`,
//! section 1). Receiving is *check, then parse*: [`header`] looks at the bytes that have arrived and copies none; the
//! receiver compares [`Header::payload_len`] with what it allows the command before it waits for the payload.
//! Sending appends to a buffer: a [`Prefix`], made once for each command, then the length and the payload.

mod ahead;
mod encoder;
mod error;
mod header;

pub use encoder::{Prefix, encode};
pub use error::FrameError;
pub use header::{Header, header};

/// The four bytes that every frame of a network begins with.
pub type Magic = [u8; 4];

/// The longest command, in bytes.
pub const MAX_COMMAND_BYTES: usize = 255;
