//! The rooms that this node has joined, their messages, and what its person has read: in SQLite, in one file.
//!
//! A call does one transaction and is done when it returns: what it says is kept then, also when the process is killed. What is
//! shown is a function of the messages that are kept, whatever the order in which they came; what only this node knows (when a
//! message came, to how many it was sent, what was read) is beside them.
//!
//! Calls take a lock and are short, but they work on the disk.

mod error;
mod view;

pub use error::StoreError;
pub use view::{
    Clock, Found, History, Inserted, MovedAside, Page, Person, Reaction, Reply, RoomRow, RoomSummary,
    ShownKind, StoredMessage,
};

use crate::hash::Hash;
use crate::room::{Envelope, Heads, Opened, Position, Room};
use parking_lot::Mutex;
use rusqlite::Connection;
use std::path::Path;

/// What is counted is counted up to here: more is "many".
pub const COUNT_MOST: u64 = 10_000;
/// Of how many emojis a message shows how often they were given.
pub const REACTIONS_MOST: usize = 20;
/// How many of the names of a person are shown, and of those who gave an emoji.
pub const NAMES_MOST: usize = 8;

/// The store.
#[derive(Debug)]
pub struct Store {
    #[expect(dead_code, reason = "the functions follow")]
    connection: Mutex<Connection>,
}

#[expect(
    unused_variables,
    clippy::todo,
    clippy::missing_errors_doc,
    missing_docs,
    reason = "the functions follow"
)]
impl Store {
    /// Opens the store in this folder, or makes it. A database that is damaged or of a later version is moved aside, and what it
    /// became is told.
    pub fn open(dir: &Path, now_ms: u64) -> Result<(Self, Option<MovedAside>), StoreError> {
        todo!()
    }
    /// Who this node's person is and how they are called: their messages are their own, and those that name them are mentions.
    pub fn set_own(&self, author: Hash, name: &str) {
        todo!()
    }

    // Small things that are to be remembered: the name, whether this was the first start.
    pub fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        todo!()
    }
    pub fn set_setting(&self, key: &str, value: &str) -> Result<(), StoreError> {
        todo!()
    }

    // Rooms.
    pub fn rooms(&self) -> Result<Vec<RoomRow>, StoreError> {
        todo!()
    }
    pub fn room(&self, room: &Hash) -> Result<RoomRow, StoreError> {
        todo!()
    }
    pub fn summary(&self, room: &Hash) -> Result<RoomSummary, StoreError> {
        todo!()
    }
    /// Whether it was new.
    pub fn join(&self, room: &Room, now_ms: u64) -> Result<bool, StoreError> {
        todo!()
    }
    /// Whether it had been joined. Nothing of it is kept.
    pub fn leave(&self, room: &Hash) -> Result<bool, StoreError> {
        todo!()
    }

    // Messages.
    pub fn insert(&self, message: &Opened, received_ms: u64) -> Result<Inserted, StoreError> {
        todo!()
    }
    /// Many in one transaction.
    pub fn insert_all(&self, messages: &[Opened], received_ms: u64) -> Result<Vec<Inserted>, StoreError> {
        todo!()
    }
    pub fn has(&self, id: &Hash) -> Result<bool, StoreError> {
        todo!()
    }
    /// Those of the ids that are here, in the order asked for.
    pub fn envelopes(&self, ids: &[Hash]) -> Result<Vec<Envelope>, StoreError> {
        todo!()
    }
    pub fn heads(&self, room: &Hash) -> Result<Heads, StoreError> {
        todo!()
    }
    /// Times (in milliseconds) and ids of what is kept from a time on: for `room::Reconciler`.
    pub fn items(&self, room: &Hash, since_ms: u64) -> Result<Vec<(u64, Hash)>, StoreError> {
        todo!()
    }
    /// A line of dchat, as a message of the room `#dchat`.
    pub fn line(&self, text: &str, own: bool, now_ms: u64) -> Result<StoredMessage, StoreError> {
        todo!()
    }

    // Views.
    pub fn history(&self, room: &Hash, page: Page, limit: usize) -> Result<History, StoreError> {
        todo!()
    }
    /// A message of anyone, of whatever kind; `None` when it is not here or its author is blocked.
    pub fn message(&self, id: &Hash) -> Result<Option<StoredMessage>, StoreError> {
        todo!()
    }
    pub fn search(
        &self,
        query: &str,
        room: Option<&Hash>,
        limit: usize,
        before: Option<Position>,
    ) -> Result<Found, StoreError> {
        todo!()
    }
    /// At most `limit` ids that others refer to and that are not here, nor known to be below the floor or gone.
    pub fn missing(&self, room: &Hash, limit: usize) -> Result<Vec<Hash>, StoreError> {
        todo!()
    }
    /// Nobody has these any more: they are not asked for again, and the gap stays. One that comes all the same closes it.
    pub fn set_gone(&self, ids: &[Hash]) -> Result<(), StoreError> {
        todo!()
    }

    // People.
    pub fn people(&self, room: &Hash, limit: usize) -> Result<Vec<Person>, StoreError> {
        todo!()
    }
    /// Every author with this fingerprint, or short name, is found in here.
    pub fn authors(&self) -> Result<Vec<Hash>, StoreError> {
        todo!()
    }
    pub fn is_known(&self, author: &Hash) -> Result<bool, StoreError> {
        todo!()
    }
    pub fn set_muted(&self, author: &Hash, on: bool) -> Result<(), StoreError> {
        todo!()
    }
    pub fn set_blocked(&self, author: &Hash, on: bool) -> Result<(), StoreError> {
        todo!()
    }

    // Read, sent and seen.
    /// Everything up to this message has been read; whether that is news.
    pub fn mark_read(&self, room: &Hash, id: &Hash) -> Result<bool, StoreError> {
        todo!()
    }
    pub fn unread(&self, room: &Hash) -> Result<u64, StoreError> {
        todo!()
    }
    /// An author has read everything up to a message; the own messages (the latest 50) whose count that changes.
    pub fn set_seen(&self, room: &Hash, author: &Hash, id: &Hash) -> Result<Vec<Hash>, StoreError> {
        todo!()
    }
    pub fn seen_by(&self, id: &Hash) -> Result<u64, StoreError> {
        todo!()
    }
    /// It was sent to so many peers by now; less than before changes nothing.
    pub fn note_sent(&self, id: &Hash, peers: u32) -> Result<(), StoreError> {
        todo!()
    }

    // Retention.
    /// Removes what is older than so many days, and the oldest of what is more than so many bytes; how many messages went. The
    /// floor rises over them.
    pub fn retain(
        &self,
        room: &Hash,
        keep_days: u32,
        keep_bytes: u64,
        now_ms: u64,
    ) -> Result<usize, StoreError> {
        todo!()
    }
}
