//! How large things may be.

/// Bytes of a text.
pub const TEXT_BYTES: usize = 8 * 1024;
/// Bytes of an author's name.
pub const NAME_BYTES: usize = 64;
/// Bytes of a topic.
pub const TOPIC_BYTES: usize = 512;
/// Bytes of a reaction.
pub const EMOJI_BYTES: usize = 32;
/// Bytes of a room's name, `#` included.
pub const ROOM_NAME_BYTES: usize = 64;
/// Bytes of a passphrase.
pub const PASSPHRASE_BYTES: usize = 1024;
/// Bytes of a body on the wire, nonce and tag included.
pub const BODY_BYTES: usize = 10 * 1024;
/// How many earlier messages one refers to.
pub const PREVIOUS: usize = 4;
/// The largest depth.
pub const DEPTH: u64 = 1 << 48;
/// How far a message's time may be ahead of the receiver's clock, in milliseconds.
pub const AHEAD_MS: u64 = 24 * 60 * 60 * 1000;
/// By how much a clock has to be wrong for the views to say so, in milliseconds.
pub const WRONG_CLOCK_MS: u64 = 5 * 60 * 1000;
/// Bytes of one payload of a reconciliation.
pub const SYNC_BYTES: u64 = 48 * 1024;
