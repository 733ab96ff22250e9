//! Chat as front ends use it: one model, of which the RPC methods are a thin layer.
//!
//! A [`Service`] is a handle; clones are the same chat. Its methods are plain functions that return soon: what they change is
//! committed to the store when they return, and travels to peers afterwards. A ROOM is given as its id (64 hexadecimal
//! digits), or as its name, `#lobby` or `@alice` or `@FINGERPRINT`. What others do meanwhile comes as an [`Event`] over a
//! [`Subscription`], which is bounded: a slow subscriber is told [`Told::Lost`], and reads again what it shows.
//!
//! ```ignore
//! let mut events = service.subscribe();
//! let room = service.join("#lobby", None)?;
//! service.send(&room.room, "hello", None)?;
//! while let Some(told) = events.next().await { /* … */ }
//! ```

#![allow(dead_code, reason = "a skeleton")]

mod error;
pub(crate) mod events;
mod views;

pub use error::ChatError;
pub use events::{Event, Subscription, Told};
pub use views::{
    Clock, Found, Hex, History, Message, MessageKind, Myself, Person, Reaction, Reply, Room, RoomKind, Sent,
    State, Status,
};

use events::Events;
use std::sync::Arc;

/// Which part of a history is asked for. A cursor is [`Message::cursor`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The newest messages.
    Latest,
    /// Those before the one with this cursor.
    Before(String),
    /// Those after the one with this cursor.
    After(String),
    /// Those around the one with this id.
    Around(Hex),
    /// The newest of those written before a time, in milliseconds since 1970. A message counts as written when its author
    /// says, but not after it came.
    BeforeTime(u64),
    /// The oldest of those written after a time.
    AfterTime(u64),
}

/// Something to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Words, all of which a message has to have; the last one may be a beginning.
    pub words: String,
    /// In this room only.
    pub room: Option<String>,
    /// At most so many messages.
    pub limit: usize,
    /// Only before the message with this cursor.
    pub before: Option<String>,
}

/// A handle to chat; clones are the same.
#[derive(Debug, Clone)]
pub struct Service {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    events: Events,
}

/// How many messages a history or a search gives at once.
pub const PAGE: usize = 50;
/// How many it gives at most.
pub const LONGEST_PAGE: usize = 200;

fn soon<T>() -> Result<T, ChatError> {
    Err(ChatError::Store("it is not there yet".to_owned()))
}

#[expect(unused_variables, reason = "a skeleton")]
impl Service {
    pub(crate) fn skeleton() -> Self {
        Self { shared: Arc::new(Shared { events: Events::default() }) }
    }

    /// Everything that happens from now on.
    #[must_use]
    pub fn subscribe(&self) -> Subscription {
        self.shared.events.subscribe()
    }

    /// How chat is doing.
    pub fn status(&self) -> Result<Status, ChatError> {
        soon()
    }

    /// The joined rooms, `#dchat` among them, in the order of their names.
    pub fn rooms(&self) -> Result<Vec<Room>, ChatError> {
        soon()
    }

    /// One joined room.
    pub fn room(&self, room: &str) -> Result<Room, ChatError> {
        soon()
    }

    /// Joins a public room, or with a passphrase a private one; joining twice changes nothing.
    pub fn join(&self, name: &str, passphrase: Option<&str>) -> Result<Room, ChatError> {
        soon()
    }

    /// Leaves a room and forgets its history.
    pub fn leave(&self, room: &str) -> Result<(), ChatError> {
        soon()
    }

    /// The room of this user and another author, given as 64 digits or as the fingerprint of one who is known.
    pub fn direct(&self, author: &str) -> Result<Room, ChatError> {
        soon()
    }

    /// A part of a room's history; at most [`LONGEST_PAGE`] messages.
    pub fn history(&self, room: &str, place: &Place, limit: usize) -> Result<History, ChatError> {
        soon()
    }

    /// One message.
    pub fn message(&self, id: &str) -> Result<Message, ChatError> {
        soon()
    }

    /// What has these words, the newest first.
    pub fn search(&self, query: &Query) -> Result<Found, ChatError> {
        soon()
    }

    /// The authors known in a room, the one heard last first.
    pub fn people(&self, room: &str) -> Result<Vec<Person>, ChatError> {
        soon()
    }

    /// Says something, perhaps as an answer to the message with an id.
    pub fn send(&self, room: &str, text: &str, reply: Option<&str>) -> Result<Sent, ChatError> {
        soon()
    }

    /// Changes the text of an own message.
    pub fn edit(&self, id: &str, text: &str) -> Result<Sent, ChatError> {
        soon()
    }

    /// Takes an own message back.
    pub fn delete(&self, id: &str) -> Result<Sent, ChatError> {
        soon()
    }

    /// Reacts to a message, or no longer.
    pub fn react(&self, id: &str, emoji: &str, on: bool) -> Result<Sent, ChatError> {
        soon()
    }

    /// Gives a room a topic.
    pub fn topic(&self, room: &str, text: &str) -> Result<Sent, ChatError> {
        soon()
    }

    /// Marks a room as read up to a message, which others are told unless `receipts` is off.
    pub fn read(&self, room: &str, id: &str) -> Result<(), ChatError> {
        soon()
    }

    /// Whether an author's messages count as unread; they are shown as muted.
    pub fn mute(&self, author: &str, on: bool) -> Result<(), ChatError> {
        soon()
    }

    /// Whether an author's messages are left out everywhere.
    pub fn block(&self, author: &str, on: bool) -> Result<(), ChatError> {
        soon()
    }

    /// The name that messages of this user carry.
    pub fn name(&self) -> Result<String, ChatError> {
        soon()
    }

    /// Takes another name; it is remembered.
    pub fn rename(&self, name: &str) -> Result<String, ChatError> {
        soon()
    }

    /// Who this user is.
    pub fn myself(&self) -> Result<Myself, ChatError> {
        soon()
    }

    /// The key of this user as text; whoever has it can write in this user's name.
    pub fn export(&self) -> Result<String, ChatError> {
        soon()
    }

    /// Becomes the user of an exported key.
    pub fn import(&self, key: &str) -> Result<Myself, ChatError> {
        soon()
    }

    /// Says a line in `#dchat`: to how many neighbours.
    pub fn say(&self, text: &str) -> Result<usize, ChatError> {
        soon()
    }
}
