//! What the store answers: messages as they are shown, and what is said about rooms and people.

use crate::hash::Hash;
use crate::room::{Position, Room};
use std::path::PathBuf;

/// A database that could not be used, and is beside the new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedAside {
    /// What was wrong with it.
    pub why: String,
    /// Where it was.
    pub from: PathBuf,
    /// Where it is.
    pub to: PathBuf,
}

/// What became of a message that was given to the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inserted {
    /// It is kept.
    New {
        /// Whether something before it is missing.
        gap: bool,
        /// The messages that are shown in another way now: edited, deleted, reacted to, answered, their gap closed.
        touches: Vec<Hash>,
    },
    /// It was there already.
    Known,
    /// It is older than what is kept of its room.
    BelowFloor {
        /// The messages whose gap that closes.
        touches: Vec<Hash>,
    },
    /// It is of a kind that passes: see [`Store::set_seen`](super::Store::set_seen).
    Passing,
    /// Its room has not been joined.
    NoRoom,
}

/// A room that has been joined.
#[derive(Debug, Clone)]
pub struct RoomRow {
    /// The room.
    pub room: Room,
    /// The least time of a message that is kept.
    pub floor: u64,
    /// Up to which message it has been read.
    pub read: Option<Hash>,
    /// What it is about.
    pub topic: String,
    /// When it was joined.
    pub joined: u64,
    /// How much of the disk its messages take, about.
    pub bytes: u64,
    /// How much it keeps.
    pub keep: Keep,
}

/// How much a room keeps, where that is not what every room does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Keep {
    /// For how many days.
    pub days: Option<u32>,
    /// How many bytes of messages.
    pub bytes: Option<u64>,
}

/// What a list of rooms shows of one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoomSummary {
    /// Messages of others that have not been read; at most [`COUNT_MOST`](super::COUNT_MOST).
    pub unread: u64,
    /// How many of them mention this node's person.
    pub mentions: u64,
    /// How many authors there are; at most [`COUNT_MOST`](super::COUNT_MOST).
    pub people: u64,
    /// How many messages are known to be missing; at most [`COUNT_MOST`](super::COUNT_MOST).
    pub missing: u64,
    /// The last message.
    pub last: Option<StoredMessage>,
}

/// What a listed message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ShownKind {
    /// A text.
    Text,
    /// A topic that was set.
    Topic,
    /// A line of dchat.
    Dchat,
    /// Something that no history lists: an edit, a reaction, a kind of a later version.
    Other,
}

/// A clock that is wrong by more than five minutes, as far as can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Clock {
    /// The author's clock was ahead of the one here when the message came.
    Ahead,
    /// The message is earlier than one that its author knew.
    Behind,
}

/// A message as it is shown: edits, deletions and reactions folded in, control characters made visible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMessage {
    /// Its id.
    pub id: Hash,
    /// Its room.
    pub room: Hash,
    /// Who wrote it; nobody knows of a line of dchat.
    pub author: Option<Hash>,
    /// What the author was called then.
    pub name: String,
    /// Whether another author of the room uses this name, too.
    pub same_name: bool,
    /// Whether this node's person wrote it.
    pub own: bool,
    /// Its place in the history.
    pub position: Position,
    /// When it came here.
    pub received: u64,
    /// Whether the author's clock was wrong.
    pub clock: Option<Clock>,
    /// What it is.
    pub kind: ShownKind,
    /// The words.
    pub text: String,
    /// Whether they were edited.
    pub edited: bool,
    /// Whether it was deleted.
    pub deleted: bool,
    /// What it answers.
    pub reply: Option<Reply>,
    /// The reactions, in the order in which they came up; at most [`REACTIONS_MOST`](super::REACTIONS_MOST).
    pub reactions: Vec<Reaction>,
    /// To how many peers it was sent.
    pub sent: u32,
    /// How many others have read it.
    pub seen: u64,
    /// Whether something before it is missing.
    pub gap: bool,
    /// Whether it mentions this node's person, or answers them.
    pub mention: bool,
    /// Whether its author is muted.
    pub muted: bool,
}

/// The message that one answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Its id.
    pub id: Hash,
    /// Its author's name; empty when it is not here.
    pub name: String,
    /// The beginning of its words.
    pub text: String,
    /// Whether it is here.
    pub known: bool,
}

/// One emoji, and who gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// The emoji.
    pub emoji: String,
    /// How many gave it.
    pub count: u64,
    /// Whether this node's person did.
    pub own: bool,
    /// The names of some who did.
    pub names: Vec<String>,
    /// Who they are, in the same order.
    pub authors: Vec<Hash>,
}

/// Which part of a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// The end of it.
    Latest,
    /// What comes before.
    Before(Position),
    /// What comes after.
    After(Position),
    /// What is around a message.
    Around(Hash),
    /// The end of what was written before a time: when its author says, but not after it came.
    BeforeTime(u64),
    /// The beginning of what was written after a time.
    AfterTime(u64),
}

/// A part of a history.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct History {
    /// The messages, oldest first.
    pub messages: Vec<StoredMessage>,
    /// Whether there are older ones.
    pub older: bool,
    /// Whether there are newer ones.
    pub newer: bool,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// The messages, latest first.
    pub messages: Vec<StoredMessage>,
    /// Whether there are more.
    pub more: bool,
}

/// Somebody who wrote in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub author: Hash,
    /// The name now.
    pub name: String,
    /// All names, latest first; at most [`NAMES_MOST`](super::NAMES_MOST).
    pub names: Vec<String>,
    /// Whether it is this node's person.
    pub own: bool,
    /// When they wrote last, by their clock.
    pub last: u64,
    /// Whether they cause no unread marks.
    pub muted: bool,
    /// Whether nothing of theirs is shown.
    pub blocked: bool,
    /// Whether another author of the room uses the name, too.
    pub same_name: bool,
}
