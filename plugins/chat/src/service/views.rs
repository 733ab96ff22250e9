//! What front ends are shown: rooms, messages and people, as the JSON of `docs/chat.md`.

use serde::{Deserialize, Serialize};

/// A room, message or author as text: 64 hexadecimal digits.
pub type Hex = String;

/// A room as front ends see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Room {
    /// Its id.
    pub room: Hex,
    /// Its name, such as `#lobby`, or `@name` of the other one of two.
    pub name: String,
    /// Who can read it.
    pub kind: RoomKind,
    /// The topic; empty when there is none.
    pub topic: String,
    /// How many messages of others came after the one read last.
    pub unread: u64,
    /// How many of them name this user.
    pub mentions: u64,
    /// The message up to which this user has read.
    pub read: Option<Hex>,
    /// How many authors are known in it.
    pub people: u64,
    /// The newest message.
    pub last: Option<Message>,
    /// How many messages are known to exist and are not here yet.
    pub missing: u64,
    /// Whether it is being compared with a peer's.
    pub syncing: bool,
    /// How many neighbours have joined it.
    pub peers: u64,
    /// How much of it this node keeps.
    pub keep: Kept,
    /// In a direct room the other author.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<Hex>,
}

/// How much a room keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// For how many days.
    pub days: u32,
    /// How many bytes of messages.
    pub bytes: u64,
}

/// Who can read a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RoomKind {
    /// Whoever knows its name.
    Public,
    /// Whoever has its passphrase.
    Private,
    /// Two people.
    Direct,
    /// The lines of direct neighbours, unsigned: `#dchat`.
    Dchat,
}

/// A message as front ends see it: edits, deletions and reactions are folded in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Its id.
    pub id: Hex,
    /// Its room's id.
    pub room: Hex,
    /// Who wrote it; `None` for a line of dchat.
    pub author: Option<Hex>,
    /// The name that the author gave; a label and no proof of anything.
    pub name: String,
    /// The author's fingerprint.
    pub fingerprint: Option<String>,
    /// Whether this user wrote it.
    #[serde(rename = "self")]
    pub own: bool,
    /// Whether another author uses the same name in this room.
    pub same_name: bool,
    /// When it was written by the author's clock, in milliseconds since 1970.
    pub time: u64,
    /// When it came, by this node's clock.
    pub received: u64,
    /// Whether the author's clock was more than five minutes off.
    pub clock: Option<Clock>,
    /// What it is.
    pub kind: MessageKind,
    /// The text; empty when it is deleted.
    pub text: String,
    /// Whether the author has changed it.
    pub edited: bool,
    /// Whether the author has taken it back.
    pub deleted: bool,
    /// The message that it answers.
    pub reply: Option<Reply>,
    /// What others think of it.
    pub reactions: Vec<Reaction>,
    /// How far it has come.
    pub state: State,
    /// How many peers have it from this node.
    pub sent: u64,
    /// How many authors said that they have read it.
    pub seen: u64,
    /// Whether something before it is missing.
    pub gap: bool,
    /// Whether it names this user.
    pub mention: bool,
    /// Whether its author is muted.
    pub muted: bool,
    /// Its place in the history, for [`Place`](super::Place).
    pub cursor: String,
}

/// How a clock was wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Clock {
    /// It was fast.
    Ahead,
    /// It was slow; or the message has taken its time, which looks the same.
    Behind,
}

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MessageKind {
    /// Something said.
    Text,
    /// A new topic.
    Topic,
    /// A line of dchat.
    Dchat,
    /// Something that this version does not know.
    Other,
}

/// How far a message has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It is this user's, and nobody has it yet.
    Pending,
    /// It is this user's, and at least one peer has it.
    Sent,
    /// It is another one's.
    Received,
}

/// The message that another one answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reply {
    /// Its id.
    pub id: Hex,
    /// The name of its author; empty when it is not known.
    pub name: String,
    /// Its text, at most 200 characters of it.
    pub text: String,
    /// Whether it is here.
    pub known: bool,
}

/// What some think of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reaction {
    /// The emoji.
    pub emoji: String,
    /// How many.
    pub count: u64,
    /// Whether this user is among them.
    #[serde(rename = "self")]
    pub own: bool,
    /// The names of some of them.
    pub names: Vec<String>,
    /// The authors with these names, in the same order: the names alone could be anybody's.
    pub authors: Vec<Hex>,
}

/// A part of a history, the oldest message first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct History {
    /// The room's id.
    pub room: Hex,
    /// The messages.
    pub messages: Vec<Message>,
    /// Whether there are older ones.
    pub older: bool,
    /// Whether there are newer ones.
    pub newer: bool,
}

/// What a search found, the newest message first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Found {
    /// The messages.
    pub messages: Vec<Message>,
    /// Whether there are more.
    pub more: bool,
}

/// An author who is known in a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Person {
    /// The author.
    pub author: Hex,
    /// The author's fingerprint.
    pub fingerprint: String,
    /// The name given last.
    pub name: String,
    /// All names given, the last one first.
    pub names: Vec<String>,
    /// Whether it is this user.
    #[serde(rename = "self")]
    pub own: bool,
    /// When the last message came, in milliseconds since 1970.
    pub last: u64,
    /// Whether this user has muted them.
    pub muted: bool,
    /// Whether this user has blocked them.
    pub blocked: bool,
    /// Whether another author uses the name too.
    pub same_name: bool,
}

/// An author with the name used last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    /// The author.
    pub(crate) author: Hex,
    /// The author's fingerprint.
    pub(crate) fingerprint: String,
    /// The name.
    pub(crate) name: String,
}

/// Who this user is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Myself {
    /// The author: the public key.
    pub author: Hex,
    /// Its fingerprint.
    pub fingerprint: String,
    /// The name that messages carry.
    pub name: String,
}

/// How chat is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The name that messages carry.
    pub name: String,
    /// The author: the public key.
    pub author: Hex,
    /// Its fingerprint.
    pub fingerprint: String,
    /// How many channels `chat.room` runs on.
    pub peers: u64,
    /// How many rooms are joined.
    pub rooms: u64,
    /// How many messages are known to exist and are not here yet.
    pub missing: u64,
    /// The plug-in's version.
    pub version: String,
}

/// The id of an envelope that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sent {
    /// The id.
    pub id: Hex,
}
