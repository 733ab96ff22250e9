//! One row of the table of messages.

use super::StoreError;
use super::numbers::RoomNumbers;
use super::value::int;
use crate::hash::Hash;
use crate::room::Position;
use rusqlite::{Connection, OptionalExtension, named_params};

/// A row of `messages` that is not there yet.
pub(super) struct Row<'a> {
    pub(super) id: &'a Hash,
    pub(super) room: i64,
    pub(super) author: Option<i64>,
    pub(super) position: Position,
    pub(super) received: u64,
    pub(super) kind: i64,
    pub(super) listed: bool,
    pub(super) target: Option<&'a Hash>,
    pub(super) name: &'a str,
    pub(super) text: &'a str,
    pub(super) referenced: bool,
    pub(super) mention: bool,
    pub(super) clock: i64,
    pub(super) bytes: u64,
    pub(super) envelope: Option<&'a [u8]>,
}

impl Row<'_> {
    /// Its number; `None` when the message is there.
    pub(super) fn insert(&self, connection: &Connection) -> Result<Option<i64>, StoreError> {
        let mut statement = connection.prepare_cached(
            "INSERT INTO messages(id, room, author, depth, time, received, kind, listed, target, name, text, referenced,
                                  mention, clock, bytes, envelope)
             VALUES (:id, :room, :author, :depth, :time, :received, :kind, :listed, :target, :name, :text, :referenced,
                     :mention, :clock, :bytes, :envelope)
             ON CONFLICT DO NOTHING",
        )?;
        let inserted = statement.execute(named_params! {
            ":id": self.id,
            ":room": self.room,
            ":author": self.author,
            ":depth": int(self.position.depth),
            ":time": int(self.position.time),
            ":received": int(self.received),
            ":kind": self.kind,
            ":listed": self.listed,
            ":target": self.target,
            ":name": self.name,
            ":text": self.text,
            ":referenced": self.referenced,
            ":mention": self.mention,
            ":clock": self.clock,
            ":bytes": int(self.bytes),
            ":envelope": self.envelope,
        })?;
        Ok((inserted > 0).then(|| connection.last_insert_rowid()))
    }
}

/// The number of an author, who is new perhaps.
pub(super) fn author_number(connection: &Connection, author: &Hash) -> Result<i64, StoreError> {
    let mut known = connection.prepare_cached("SELECT n FROM authors WHERE key = ?1")?;
    if let Some(n) = known.query_row([author], |row| row.get(0)).optional()? {
        return Ok(n);
    }
    connection.prepare_cached("INSERT INTO authors(key) VALUES (?1)")?.execute([author])?;
    Ok(connection.last_insert_rowid())
}

/// The room is as deep as this now, and has so much more.
pub(super) fn grow(
    connection: &Connection,
    room: RoomNumbers,
    depth: u64,
    bytes: u64,
) -> Result<(), StoreError> {
    let mut statement = connection
        .prepare_cached("UPDATE rooms SET depth = max(depth, ?2), bytes = bytes + ?3 WHERE n = ?1")?;
    statement.execute((room.n, int(depth), int(bytes)))?;
    Ok(())
}
