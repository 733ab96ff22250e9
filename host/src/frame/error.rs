//! What can be wrong with the bytes in front of a payload.

/// What is wrong with the bytes in front of a payload.
///
/// All of them are the peer's fault, and all of them end the stream: where the next frame begins is unknown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The frame does not begin with the magic of this network.
    #[error("a frame begins with {got:02x?}, which is not the magic of this network")]
    WrongMagic {
        /// What it begins with; fewer than four bytes when those already differ.
        got: Vec<u8>,
    },
    /// The command is longer than [`MAX_COMMAND_BYTES`](super::MAX_COMMAND_BYTES).
    #[error("a command of {length} bytes is too long")]
    CommandTooLong {
        /// The length that the frame claims.
        length: u64,
    },
    /// The length of the command is written in more bytes than it needs.
    #[error("the length of a command is not written in the fewest bytes")]
    CommandLengthNotMinimal,
    /// The command is not text.
    #[error("a command is not valid UTF-8")]
    CommandNotUtf8,
    /// The length of the payload is written in more bytes than it needs.
    #[error("the length of a payload is not written in the fewest bytes")]
    PayloadLengthNotMinimal,
}
