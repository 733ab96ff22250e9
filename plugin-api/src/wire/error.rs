//! Why a value could not be encoded or decoded.

use serde::{de, ser};
use std::fmt;

/// Why a value could not be encoded or decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The input ends inside a value.
    #[error("the input ends inside a value")]
    UnexpectedEnd,
    /// A VarInt is written in more bytes than it needs.
    #[error("a VarInt is longer than it needs to be")]
    NonMinimalVarInt,
    /// A text is not UTF-8.
    #[error("a text is not valid UTF-8")]
    InvalidUtf8,
    /// Bytes are left over behind the value.
    #[error("{count} bytes are left over behind the value")]
    TrailingBytes {
        /// How many.
        count: usize,
    },
    /// A length or a number of elements is larger than the rest of the input could hold.
    #[error("a count of {count} cannot be filled by the {left} bytes that are left")]
    CountTooLarge {
        /// The count that the input claims.
        count: u64,
        /// The bytes behind it.
        left: usize,
    },
    /// The type has no encoding in this format.
    #[error("not possible in this format: {0}")]
    Unsupported(&'static str),
    /// Values are nested in one another more than [`MAX_DEPTH`](super::MAX_DEPTH) deep.
    #[error("values are nested too deep")]
    TooDeep,
    /// The type itself refuses the value.
    #[error("{0}")]
    Custom(String),
}

impl ser::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Custom(message.to_string())
    }
}

impl de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Custom(message.to_string())
    }
}
