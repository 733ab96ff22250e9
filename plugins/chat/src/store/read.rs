//! What was read here and by others, and what was sent.

use super::load::seen_by;
use super::numbers::row_of;
use super::value::{int, number, position};
use super::{COUNT_MOST, Own, Store, StoreError, row};
use crate::hash::Hash;
use crate::room::Position;
use rusqlite::{Connection, OptionalExtension};

/// From how many authors a room keeps up to where they have read.
const SEEN_MOST: i64 = 10_000;
/// How many own messages are told of that somebody has read them.
const TOLD_MOST: i64 = 50;

impl Store {
    /// Everything in the room up to this message has been read; whether that is news.
    ///
    /// # Errors
    ///
    /// When the room was not joined, the message is not there, or the database fails.
    pub fn mark_read(&self, room: &Hash, id: &Hash) -> Result<bool, StoreError> {
        self.write(|connection, _| {
            let room = row_of(connection, room)?.ok_or(StoreError::NoRoom)?.n;
            let position = position_of(connection, room, id)?.ok_or(StoreError::NoMessage)?;
            let mut statement = connection.prepare_cached(
                "UPDATE rooms SET read_depth = ?2, read_time = ?3, read_id = ?4
                 WHERE n = ?1 AND (read_depth, read_time, read_id) < (?2, ?3, ?4)",
            )?;
            Ok(statement.execute((room, int(position.depth), int(position.time), position.id))? > 0)
        })
    }

    /// How many messages of others come after what was read; those of muted and blocked authors do not count.
    ///
    /// # Errors
    ///
    /// When the room was not joined, or the database fails.
    pub fn unread(&self, room: &Hash) -> Result<u64, StoreError> {
        self.read(|connection, own| {
            let room = row_of(connection, room)?.ok_or(StoreError::NoRoom)?.n;
            Ok(unread(connection, own, room)?.0)
        })
    }

    /// An author says to have read everything up to a message; this node's messages, the latest, of which that is news.
    ///
    /// # Errors
    ///
    /// When the room was not joined, or the database fails.
    pub fn set_seen(&self, room: &Hash, author: &Hash, id: &Hash) -> Result<Vec<Hash>, StoreError> {
        self.write(|connection, own| {
            let room = row_of(connection, room)?.ok_or(StoreError::NoRoom)?.n;
            let Some(position) = position_of(connection, room, id)? else { return Ok(Vec::new()) };
            let Some(before) = note_seen(connection, room, author, &position)? else { return Ok(Vec::new()) };
            let mut statement = connection.prepare_cached(
                "SELECT id FROM messages WHERE room = ?1 AND listed = 1 AND author = ?2
                     AND (depth, time, id) > (?3, ?4, ?5) AND (depth, time, id) <= (?6, ?7, ?8)
                 ORDER BY depth DESC, time DESC, id DESC LIMIT ?9",
            )?;
            let parameters = rusqlite::params![
                room,
                own.n,
                int(before.depth),
                int(before.time),
                before.id,
                int(position.depth),
                int(position.time),
                position.id,
                TOLD_MOST
            ];
            let ids = statement.query_map(parameters, |row| row.get(0))?;
            Ok(ids.collect::<Result<_, _>>()?)
        })
    }

    /// How many others than its author have read a message.
    ///
    /// # Errors
    ///
    /// When the message is not there, or the database fails.
    pub fn seen_by(&self, id: &Hash) -> Result<u64, StoreError> {
        self.read(|connection, _| {
            let query = "SELECT depth, time, id, room, author FROM messages WHERE id = ?1";
            let found = connection
                .prepare_cached(query)?
                .query_row([id], |row| Ok((position(row)?, row.get("room")?, row.get("author")?)));
            let (position, room, author) = found.optional()?.ok_or(StoreError::NoMessage)?;
            seen_by(connection, room, &position, author)
        })
    }

    /// A message has gone to so many peers by now; less than before is no news.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn note_sent(&self, id: &Hash, peers: u32) -> Result<(), StoreError> {
        self.write(|connection, _| {
            let mut statement =
                connection.prepare_cached("UPDATE messages SET sent = ?2 WHERE id = ?1 AND sent < ?2")?;
            statement.execute((id, peers))?;
            Ok(())
        })
    }
}

/// How many were not read, and how many of them are mentions.
pub(super) fn unread(connection: &Connection, own: &Own, room: i64) -> Result<(u64, u64), StoreError> {
    let read = "SELECT read_depth AS depth, read_time AS time, read_id AS id FROM rooms WHERE n = ?1";
    let (depth, time, id) = connection.prepare_cached(read)?.query_row([room], |row| {
        Ok((row.get::<_, i64>("depth")?, row.get::<_, i64>("time")?, row.get::<_, Vec<u8>>("id")?))
    })?;
    let mut statement = connection.prepare_cached(
        "SELECT count(*) AS count, coalesce(sum(mention), 0) AS mentions FROM (
             SELECT m.mention FROM messages m LEFT JOIN authors a ON a.n = m.author
             WHERE m.room = ?1 AND m.listed = 1 AND (m.depth, m.time, m.id) > (?2, ?3, ?4) AND m.deleted = 0
                 AND m.author IS NOT ?5 AND coalesce(a.muted, 0) = 0 AND coalesce(a.blocked, 0) = 0
             LIMIT ?6)",
    )?;
    let counts = |row: &rusqlite::Row<'_>| Ok((number(row, "count")?, number(row, "mentions")?));
    Ok(statement.query_row((room, depth, time, id, own.n, int(COUNT_MOST)), counts)?)
}

fn position_of(connection: &Connection, room: i64, id: &Hash) -> Result<Option<Position>, StoreError> {
    let query = "SELECT depth, time, id FROM messages WHERE id = ?1 AND room = ?2";
    Ok(connection.prepare_cached(query)?.query_row((id, room), position).optional()?)
}

/// Up to where the author had read before; `None` when this is no news, or there are too many who say so.
fn note_seen(
    connection: &Connection,
    room: i64,
    author: &Hash,
    position_now: &Position,
) -> Result<Option<Position>, StoreError> {
    let mut before = connection.prepare_cached(
        "SELECT depth, time, id FROM seen WHERE room = ?1 AND author = (SELECT n FROM authors WHERE key = ?2)",
    )?;
    let before = before.query_row((room, author), position).optional()?;
    if before.is_some_and(|before| before >= *position_now) {
        return Ok(None);
    }
    if before.is_none() {
        let mut count = connection.prepare_cached("SELECT count(*) FROM seen WHERE room = ?1")?;
        if count.query_row([room], |row| row.get::<_, i64>(0))? >= SEEN_MOST {
            return Ok(None);
        }
    }
    let author = row::author_number(connection, author)?;
    let (depth, time) = (int(position_now.depth), int(position_now.time));
    connection.prepare_cached("INSERT OR REPLACE INTO seen VALUES (?1, ?2, ?3, ?4, ?5)")?.execute((
        room,
        author,
        depth,
        time,
        position_now.id,
    ))?;
    Ok(Some(before.unwrap_or(Position { depth: 0, time: 0, id: [0; 32] })))
}
