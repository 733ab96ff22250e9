//! Messages that this node's person writes.

use super::envelope::signed_bytes;
use super::text::{NotAllowed, check_line, check_text};
use super::{Body, Envelope, Kind, Opened, Room, RoomKind, Signed, limits};
use crate::hash::Hash;
use crate::secret::{self, Identity, draw};
use backplane_plugin::wire;

/// What is known of a room where the next message is put.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Heads {
    /// The last messages that none refers to yet, at most four.
    pub previous: Vec<Hash>,
    /// The largest depth.
    pub depth: u64,
    /// The least time that a message of the room may have.
    pub floor: u64,
}

/// What somebody wants to say.
#[derive(Debug, Clone, Copy)]
pub enum Draft<'a> {
    /// A text, in answer to a message or not.
    Text {
        /// The words.
        text: &'a str,
        /// The message answered.
        reply: Option<Hash>,
    },
    /// Other words for an own message.
    Edit {
        /// Which.
        message: &'a Envelope,
        /// The words.
        text: &'a str,
    },
    /// An own message goes.
    Delete {
        /// Which.
        message: &'a Envelope,
    },
    /// An emoji for a message of anyone, or it is taken away.
    React {
        /// Which message.
        message: Hash,
        /// The emoji.
        emoji: &'a str,
        /// Whether it is added.
        on: bool,
    },
    /// What the room is about.
    Topic(&'a str),
    /// Everything up to this message has been read.
    Seen(Hash),
}

/// Why something cannot be said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// It is of somebody else, or in another room.
    #[error("only its author edits or deletes a message, in its room")]
    NotYours,
    /// It is too long.
    #[error("{what} has at most {most} bytes, and this one {bytes}")]
    TooLong {
        /// What.
        what: &'static str,
        /// How long it may be.
        most: usize,
        /// How long it is.
        bytes: usize,
    },
    /// There is nothing in it.
    #[error("{0} cannot be empty")]
    Empty(&'static str),
    /// It has a character that is not allowed.
    #[error(transparent)]
    Character(#[from] NotAllowed),
    /// The room is not for this.
    #[error("nothing of this kind can be said in {0} by this identity")]
    Room(String),
}

/// Somebody who writes in a room.
#[derive(Debug, Clone, Copy)]
pub struct Writer<'a> {
    /// Who.
    pub identity: &'a Identity,
    /// The name at this time.
    pub name: &'a str,
    /// Where.
    pub room: &'a Room,
    /// What is known there.
    pub heads: &'a Heads,
}

impl Writer<'_> {
    /// The message, signed and, in rooms with a key, sealed.
    ///
    /// Its time is the clock's, but never below the room's floor, nor earlier than that of a message it edits or deletes: so retention
    /// never takes a deletion and leaves what was deleted.
    ///
    /// # Errors
    ///
    /// When it is not allowed, and why.
    pub fn write(
        &self,
        draft: Draft<'_>,
        now_ms: u64,
        random: &mut dyn FnMut() -> u64,
    ) -> Result<Opened, DraftError> {
        let author = self.identity.author();
        if !self.room.is_open_to(&author) || self.room.kind == RoomKind::Dchat {
            return Err(DraftError::Room(self.room.name.clone()));
        }
        check_line(self.name, "a name")?;
        let body = Body { name: self.name.to_owned(), ..self.body(draft)? };
        fits(&body.name, "a name", 0, limits::NAME_BYTES)?;
        let earliest = match draft {
            Draft::Edit { message, .. } | Draft::Delete { message } => message.time.max(self.heads.floor),
            _ => self.heads.floor,
        };
        let mut envelope = Envelope {
            room: self.room.id,
            author,
            time: now_ms.max(earliest),
            // Somebody who claims the largest depth leaves the order of the room to the clocks, and no worse.
            depth: self.heads.depth.saturating_add(1).min(limits::DEPTH),
            previous: self.heads.previous.iter().take(limits::PREVIOUS).copied().collect(),
            body: wire::to_bytes(&body).expect("texts and numbers have an encoding"),
            signature: [0; 64],
        };
        if let Some(key) = &self.room.key {
            envelope.body = secret::seal(key, draw(random), &envelope.header(), &envelope.body);
        }
        let id = envelope.id();
        envelope.signature = self.identity.sign(&signed_bytes(&id));
        Ok(Opened::own(Signed::own(envelope, id), body))
    }

    fn body(&self, draft: Draft<'_>) -> Result<Body, DraftError> {
        let (kind, text, reference) = match draft {
            Draft::Text { text, reply } => (Kind::Text, checked_text(text)?, reply),
            Draft::Edit { message, text } => (Kind::Edit, checked_text(text)?, Some(self.own(message)?)),
            Draft::Delete { message } => (Kind::Delete, "", Some(self.own(message)?)),
            Draft::React { message, emoji, on } => {
                check_line(emoji, "a reaction")?;
                fits(emoji, "a reaction", 1, limits::EMOJI_BYTES)?;
                (if on { Kind::React } else { Kind::Unreact }, emoji, Some(message))
            }
            Draft::Topic(text) => {
                check_line(text, "a topic")?;
                fits(text, "a topic", 0, limits::TOPIC_BYTES)?;
                (Kind::Topic, text, None)
            }
            Draft::Seen(id) => (Kind::Seen, "", Some(id)),
        };
        Ok(Body { kind: kind.number(), name: String::new(), text: text.to_owned(), reference })
    }

    fn own(&self, message: &Envelope) -> Result<Hash, DraftError> {
        let own = message.author == self.identity.author() && message.room == self.room.id;
        own.then(|| message.digest()).ok_or(DraftError::NotYours)
    }
}

fn checked_text(text: &str) -> Result<&str, DraftError> {
    check_text(text)?;
    fits(text, "a text", 1, limits::TEXT_BYTES)?;
    if text.trim().is_empty() { Err(DraftError::Empty("a text")) } else { Ok(text) }
}

fn fits(text: &str, what: &'static str, least: usize, most: usize) -> Result<(), DraftError> {
    match text.len() {
        bytes if bytes < least => Err(DraftError::Empty(what)),
        bytes if bytes > most => Err(DraftError::TooLong { what, most, bytes }),
        _ => Ok(()),
    }
}
