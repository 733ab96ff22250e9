//! The rooms that this node has joined, their messages, and what its person has read: in SQLite, in one file.
//!
//! A call does one transaction and is done when it returns: what it says is kept then, also when the process is killed. What is
//! shown is a function of the messages that are kept, whatever the order in which they came; what only this node knows (when a
//! message came, to how many it was sent, what was read) is beside them.
//!
//! Calls take a lock and are short, but they work on the disk.

mod error;
mod fold;
mod gaps;
#[cfg(test)]
mod growth;
mod insert;
mod load;
mod messages;
mod numbers;
mod open;
mod page;
mod people;
mod read;
mod retain;
mod rooms;
mod row;
mod search;
mod value;
mod view;

pub use error::StoreError;
pub use retain::Retained;
pub use view::{
    Clock, Found, History, Inserted, Keep, MovedAside, Page, Person, Reaction, Reply, RoomRow, RoomSummary,
    ShownKind, StoredMessage,
};

use parking_lot::{Mutex, MutexGuard};
use rusqlite::{Connection, TransactionBehavior};
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
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    connection: Connection,
    own: Own,
}

/// This node's person.
#[derive(Debug, Default)]
struct Own {
    /// The author's number; no author's is 0.
    n: i64,
    name: String,
}

impl Store {
    /// Opens the store in this folder, or makes it. A database that is damaged or of a later version is moved aside, with all that is
    /// in it, and what it is called then is told: to be logged.
    ///
    /// # Errors
    ///
    /// When neither can be done.
    pub fn open(dir: &Path, now_ms: u64) -> Result<(Self, Option<MovedAside>), StoreError> {
        let (connection, aside) = open::open(dir, now_ms)?;
        Ok((Self { inner: Mutex::new(Inner { connection, own: Own::default() }) }, aside))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock()
    }

    fn read<T>(
        &self,
        read: impl FnOnce(&Connection, &Own) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let inner = self.lock();
        read(&inner.connection, &inner.own)
    }

    /// All or nothing, and kept when it returns.
    fn write<T>(
        &self,
        write: impl FnOnce(&Connection, &Own) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let Inner { connection, own } = &mut *self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let written = write(&transaction, own)?;
        transaction.commit()?;
        Ok(written)
    }
}
