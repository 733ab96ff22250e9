//! Messages that were checked and can be read.

use super::envelope::id_of;
use super::{Body, Envelope, Kind, Position, Refusal, Room, Signed};
use crate::hash::Hash;
use crate::secret;
use backplane_plugin::wire;

/// A message of a room that this node can read: signed by its author, within the limits, its body opened. What is kept and shown
/// is made of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    signed: Signed,
    body: Body,
}

impl Opened {
    /// Reads a message of this room.
    ///
    /// # Errors
    ///
    /// When it is of another room or by somebody who is not of it, cannot be read, or says what none may.
    pub fn open(signed: Signed, room: &Room) -> Result<Self, Refusal> {
        let envelope = signed.envelope();
        if envelope.room != room.id {
            return Err(Refusal::Room);
        }
        if !room.is_open_to(&envelope.author) {
            return Err(Refusal::Stranger);
        }
        let body: Option<Body> = match &room.key {
            None => wire::from_bytes(&envelope.body).ok(),
            Some(key) => secret::open(key, &envelope.header(), &envelope.body)
                .and_then(|body| wire::from_bytes(&body).ok()),
        };
        let body = body.ok_or(Refusal::Unreadable)?;
        body.check()?;
        Ok(Self { signed, body })
    }

    /// One that was written just now.
    pub(super) const fn own(signed: Signed, body: Body) -> Self {
        Self { signed, body }
    }

    /// The message's id.
    #[must_use]
    pub const fn id(&self) -> &Hash {
        self.signed.id()
    }

    /// What travels.
    #[must_use]
    pub const fn envelope(&self) -> &Envelope {
        self.signed.envelope()
    }

    /// What travels, checked.
    #[must_use]
    pub const fn signed(&self) -> &Signed {
        &self.signed
    }

    /// What it says.
    #[must_use]
    pub const fn body(&self) -> &Body {
        &self.body
    }

    /// What it does.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.body.kind()
    }

    /// The id of the message that it is about. Of an edit or a deletion it is one by the same author: no other can be expressed.
    #[must_use]
    pub fn target(&self) -> Option<Hash> {
        let reference = self.body.reference?;
        Some(if self.kind().changes_own() { id_of(&self.envelope().author, &reference) } else { reference })
    }

    /// Its place in the history.
    #[must_use]
    pub const fn position(&self) -> Position {
        let envelope = self.envelope();
        Position { depth: envelope.depth, time: envelope.time, id: *self.id() }
    }
}
