//! Why a message is refused, and whose fault that is.

use super::Kind;

/// Why a message is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The signature is not the author's.
    #[error("the signature is not that of the author")]
    Signature,
    /// It refers to more earlier messages than it may.
    #[error("it refers to {0} previous messages")]
    Previous(usize),
    /// The depth is above the largest, or 0.
    #[error("its depth is {0}")]
    Depth(u64),
    /// The body is longer than one may be.
    #[error("its body has {0} bytes")]
    Body(usize),
    /// Its time is more than a day ahead of the clock here.
    #[error("its time is {0} ms ahead of the clock here")]
    Ahead(u64),
    /// It is of another room.
    #[error("it is of another room")]
    Room,
    /// It is of a room of two, and by neither.
    #[error("its author is none of the two whose room it is")]
    Stranger,
    /// The body was not sealed with the room's key, or is none.
    #[error("its body cannot be read")]
    Unreadable,
    /// The author's name is too long.
    #[error("its author's name has {0} bytes")]
    Name(usize),
    /// The text is too long, or missing.
    #[error("as {kind:?} it has {bytes} bytes of text")]
    Text {
        /// What it does.
        kind: Kind,
        /// How many bytes it has.
        bytes: usize,
    },
    /// It is about another message, and does not say which.
    #[error("as {0:?} it refers to no message")]
    NoReference(Kind),
}

impl Refusal {
    /// Whether the peer that sent it could tell: then it misbehaved. One that only relays a room can tell nothing of the body,
    /// and its clock may be another.
    #[must_use]
    pub const fn is_the_peers_fault(self) -> bool {
        matches!(self, Self::Signature | Self::Previous(_) | Self::Depth(_) | Self::Body(_))
    }
}
