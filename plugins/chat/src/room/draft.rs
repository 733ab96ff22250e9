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
                if emoji.trim().is_empty() {
                    return Err(DraftError::Empty("a reaction"));
                }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::RoomName;

    const NOW: u64 = 1_750_000_000_000;

    fn lobby() -> Room {
        Room::public(&RoomName::parse("#lobby").unwrap())
    }

    fn write_as(
        identity: &Identity,
        name: &str,
        room: &Room,
        heads: &Heads,
        draft: Draft<'_>,
    ) -> Result<Opened, DraftError> {
        Writer { identity, name, room, heads }.write(draft, NOW, &mut || 7)
    }

    fn write(draft: Draft<'_>) -> Result<Opened, DraftError> {
        write_as(&Identity::from_secret([1; 32]), "ada", &lobby(), &Heads::default(), draft)
    }

    #[test]
    fn what_is_written_is_what_others_read() {
        let ada = Identity::from_secret([1; 32]);
        let rooms = [
            lobby(),
            Room::private(&RoomName::parse("#garden").unwrap(), "sesame"),
            Room::direct(&ada, &Identity::from_secret([2; 32]).author()).unwrap(),
        ];
        for room in rooms {
            let heads = Heads { previous: vec![[3; 32]; 4], depth: 6, floor: 0 };
            let draft = Draft::Text { text: "hello", reply: Some([9; 32]) };
            let written = write_as(&ada, "ada", &room, &heads, draft).unwrap();
            let (envelope, body) = (written.envelope(), written.body());
            assert_eq!((envelope.depth, envelope.time, &envelope.previous), (7, NOW, &heads.previous));
            assert_eq!((&*body.name, &*body.text, body.reference), ("ada", "hello", Some([9; 32])));
            let signed = Signed::check(envelope.clone(), NOW).unwrap();
            assert_eq!(Opened::open(signed, &room).unwrap(), written, "{}", room.name);
        }
    }

    #[test]
    fn what_may_not_be_said_is_refused_with_the_reason() {
        let text = |text| Draft::Text { text, reply: None };
        let react = |emoji| Draft::React { message: [1; 32], emoji, on: true };
        let long = |count: usize| "x".repeat(count);
        let (most, over) = (long(limits::TEXT_BYTES), long(limits::TEXT_BYTES + 1));
        let (topic, over_topic) = (long(limits::TOPIC_BYTES), long(limits::TOPIC_BYTES + 1));
        let (emoji, over_emoji) = (long(limits::EMOJI_BYTES), long(limits::EMOJI_BYTES + 1));
        for draft in
            [text(&most), text("a\nb\tc"), Draft::Topic(&topic), Draft::Topic(""), react(&emoji), react("👩‍🚀")]
        {
            assert!(write(draft).is_ok(), "{draft:?}");
        }
        for (draft, reason) in [
            (text(""), "a text cannot be empty"),
            (text(" \n\t"), "a text cannot be empty"),
            (text(&over), "a text has at most 8192 bytes, and this one 8193"),
            (text("\u{1b}[2J"), "U+001B is not allowed in a text"),
            (Draft::Topic(&over_topic), "a topic has at most 512 bytes, and this one 513"),
            (Draft::Topic("two\nlines"), "U+000A is not allowed in a topic"),
            (react(""), "a reaction cannot be empty"),
            (react(" "), "a reaction cannot be empty"),
            (react(&over_emoji), "a reaction has at most 32 bytes, and this one 33"),
            (react("\u{202e}x"), "U+202E is not allowed in a reaction"),
        ] {
            let error = write(draft).unwrap_err().to_string();
            assert!(error.contains(reason), "{draft:?}: {error}");
        }
    }

    #[test]
    fn a_name_is_one_line_of_64_bytes() {
        let ada = Identity::from_secret([1; 32]);
        let say = |name: &str| write_as(&ada, name, &lobby(), &Heads::default(), Draft::Topic("x")).map(drop);
        assert_eq!(say(&"n".repeat(64)), Ok(()));
        assert_eq!(say(""), Ok(()));
        let too_long = DraftError::TooLong { what: "a name", most: 64, bytes: 65 };
        assert_eq!(say(&"n".repeat(65)), Err(too_long));
        assert!(matches!(say("a\nb"), Err(DraftError::Character(_))));
    }

    #[test]
    fn only_those_whose_room_it_is_write_in_it() {
        let [ada, bob, eve] = [1, 2, 3].map(|seed| Identity::from_secret([seed; 32]));
        let direct = Room::direct(&ada, &bob.author()).unwrap();
        let say = |identity: &Identity, room: &Room| {
            write_as(identity, "x", room, &Heads::default(), Draft::Topic("x"))
        };
        assert!(say(&ada, &direct).is_ok());
        assert!(say(&bob, &direct).is_ok());
        // Another identity of the same node, too.
        assert_eq!(say(&eve, &direct), Err(DraftError::Room(direct.name.clone())));
        assert_eq!(say(&ada, &Room::dchat()), Err(DraftError::Room("#dchat".into())));
    }

    #[test]
    fn a_room_at_its_largest_depth_goes_on() {
        let ada = Identity::from_secret([1; 32]);
        let heads = Heads { depth: limits::DEPTH, ..Heads::default() };
        let written = write_as(&ada, "ada", &lobby(), &heads, Draft::Topic("x")).unwrap();
        assert_eq!(written.envelope().depth, limits::DEPTH);
        assert!(Signed::check(written.envelope().clone(), NOW).is_ok());
    }

    #[test]
    fn nothing_is_written_below_the_floor() {
        let ada = Identity::from_secret([1; 32]);
        let heads = Heads { floor: NOW + 5, ..Heads::default() };
        let written = write_as(&ada, "ada", &lobby(), &heads, Draft::Topic("x")).unwrap();
        assert_eq!(written.envelope().time, NOW + 5);
    }

    #[test]
    fn no_two_sealed_bodies_have_the_same_nonce() {
        let ada = Identity::from_secret([1; 32]);
        let room = Room::private(&RoomName::parse("#garden").unwrap(), "sesame");
        let heads = Heads::default();
        let writer = Writer { identity: &ada, name: "ada", room: &room, heads: &heads };
        let mut drawn = 0;
        let mut draw = || {
            drawn += 1;
            drawn
        };
        let [one, other] = [(); 2].map(|()| writer.write(Draft::Topic("x"), NOW, &mut draw).unwrap());
        assert_ne!(one.envelope().body[..24], other.envelope().body[..24]);
        assert_ne!(one.id(), other.id());
    }
}
