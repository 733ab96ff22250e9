//! What a message says.

use super::{Refusal, limits};
use crate::hash::Hash;
use serde::{Deserialize, Serialize};

/// What is in an envelope, after it was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// The number of its [`Kind`].
    pub kind: u8,
    /// The author's name at that time: a label, never who it is.
    pub name: String,
    /// The text, or the emoji, or the topic. As the peer sent it, so never shown as it is.
    pub text: String,
    /// The message that this one is about: an id, but of edits and deletions the digest of an own message.
    pub reference: Option<Hash>,
}

/// What a message does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Says something, in answer to the reference if there is one.
    Text,
    /// Gives an own text other words.
    Edit,
    /// Takes an own text or topic out of the views.
    Delete,
    /// Adds an emoji to a message of anyone.
    React,
    /// Takes it away.
    Unreact,
    /// Says what the room is about.
    Topic,
    /// Has read everything up to the reference. It passes, and is not kept.
    Seen,
    /// Of a later version: kept and passed on, not shown.
    Other(u8),
}

impl Kind {
    /// Its number on the wire.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Text => 0,
            Self::Edit => 1,
            Self::Delete => 2,
            Self::React => 3,
            Self::Unreact => 4,
            Self::Topic => 5,
            Self::Seen => 6,
            Self::Other(number) => number,
        }
    }

    /// Whether it has a line of its own in the history.
    #[must_use]
    pub const fn is_listed(self) -> bool {
        matches!(self, Self::Text | Self::Topic)
    }

    /// Whether it refers by digest, to an own message.
    #[must_use]
    pub const fn changes_own(self) -> bool {
        matches!(self, Self::Edit | Self::Delete)
    }
}

impl From<u8> for Kind {
    fn from(number: u8) -> Self {
        match number {
            0 => Self::Text,
            1 => Self::Edit,
            2 => Self::Delete,
            3 => Self::React,
            4 => Self::Unreact,
            5 => Self::Topic,
            6 => Self::Seen,
            other => Self::Other(other),
        }
    }
}

impl Body {
    /// What it does.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind.into()
    }

    /// Whether a message may say this. Every member of a room answers the same, today and later: else histories would differ.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        let (least, most) = match self.kind() {
            Kind::Text | Kind::Edit => (1, limits::TEXT_BYTES),
            Kind::React | Kind::Unreact => (1, limits::EMOJI_BYTES),
            Kind::Topic => (0, limits::TOPIC_BYTES),
            Kind::Delete | Kind::Seen => (0, 0),
            Kind::Other(_) => (0, limits::TEXT_BYTES),
        };
        if self.name.len() > limits::NAME_BYTES {
            return Err(Refusal::Name(self.name.len()));
        }
        if !(least..=most).contains(&self.text.len()) {
            return Err(Refusal::Text { kind: self.kind(), bytes: self.text.len() });
        }
        let needed =
            matches!(self.kind(), Kind::Edit | Kind::Delete | Kind::React | Kind::Unreact | Kind::Seen);
        if needed && self.reference.is_none() {
            return Err(Refusal::NoReference(self.kind()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(kind: Kind, name: usize, text: usize, reference: bool) -> Body {
        let reference = reference.then_some([1; 32]);
        Body { kind: kind.number(), name: "n".repeat(name), text: "t".repeat(text), reference }
    }

    #[test]
    fn a_kind_and_its_number_are_the_same() {
        assert!((0..=u8::MAX).all(|number| Kind::from(number).number() == number));
    }

    #[test]
    fn a_body_is_held_to_the_limits_of_its_kind() {
        let other = Kind::Other(9);
        for (kind, longest, needs_reference) in [
            (Kind::Text, 8192, false),
            (Kind::Edit, 8192, true),
            (Kind::Delete, 0, true),
            (Kind::React, 32, true),
            (Kind::Unreact, 32, true),
            (Kind::Topic, 512, false),
            (Kind::Seen, 0, true),
            (other, 8192, false),
        ] {
            assert_eq!(body(kind, 64, longest, true).check(), Ok(()), "{kind:?}");
            assert_eq!(body(kind, 65, longest, true).check(), Err(Refusal::Name(65)), "{kind:?}");
            let bytes = longest + 1;
            assert_eq!(body(kind, 0, bytes, true).check(), Err(Refusal::Text { kind, bytes }), "{kind:?}");
            let without = if needs_reference { Err(Refusal::NoReference(kind)) } else { Ok(()) };
            assert_eq!(body(kind, 0, longest, false).check(), without, "{kind:?}");
        }
        for kind in [Kind::Text, Kind::Edit, Kind::React, Kind::Unreact] {
            assert_eq!(body(kind, 0, 0, true).check(), Err(Refusal::Text { kind, bytes: 0 }), "{kind:?}");
        }
        assert_eq!(body(Kind::Topic, 0, 0, false).check(), Ok(()));
    }
}
