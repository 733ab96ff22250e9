//! What messages refer to and what of it is missing.

use super::numbers::row_of;
use super::value::int;
use super::{COUNT_MOST, Store, StoreError};
use crate::hash::Hash;
use rusqlite::{Connection, OptionalExtension};

impl Store {
    /// At most `limit` ids that messages of the room refer to and that are not here, nor known to be below the floor.
    ///
    /// # Errors
    ///
    /// When the room was not joined, or the database fails.
    pub fn missing(&self, room: &Hash, limit: usize) -> Result<Vec<Hash>, StoreError> {
        self.read(|connection, _| {
            let n = row_of(connection, room)?.ok_or(StoreError::NoRoom)?.n;
            let mut statement =
                connection.prepare_cached("SELECT DISTINCT missing FROM waits WHERE room = ?1 LIMIT ?2")?;
            let ids = statement.query_map((n, int(limit as u64)), |row| row.get(0))?;
            Ok(ids.collect::<Result<_, _>>()?)
        })
    }
}

/// What a message refers to.
pub(super) struct Previous {
    /// What is here, of the same room.
    known: Vec<i64>,
    /// What is not.
    pub(super) missing: Vec<Hash>,
    /// The latest time of what is here, unless its author's clock was ahead itself.
    pub(super) newest: u64,
}

pub(super) fn previous(connection: &Connection, room: i64, ids: &[Hash]) -> Result<Previous, StoreError> {
    let mut previous = Previous { known: Vec::new(), missing: Vec::new(), newest: 0 };
    let mut statement = connection.prepare_cached(
        "SELECT n, CASE clock WHEN 1 THEN 0 ELSE time END, room FROM messages WHERE id = ?1",
    )?;
    for id in ids {
        let found =
            statement.query_row([id], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?)));
        match found.optional()? {
            None => previous.missing.push(*id),
            Some((n, time, its_room)) if its_room == room => {
                previous.known.push(n);
                previous.newest = previous.newest.max(u64::try_from(time).unwrap_or(0));
            }
            // Of another room: neither is it missing nor is it before this one.
            Some(_) => {}
        }
    }
    Ok(previous)
}

/// Notes what the message refers to.
pub(super) fn refer(
    connection: &Connection,
    room: i64,
    message: i64,
    previous: &Previous,
) -> Result<(), StoreError> {
    let mut mark =
        connection.prepare_cached("UPDATE messages SET referenced = 1 WHERE n = ?1 AND referenced = 0")?;
    previous.known.iter().try_for_each(|n| mark.execute([n]).map(drop))?;
    let mut wait = connection.prepare_cached("INSERT OR IGNORE INTO waits VALUES (?1, ?2, ?3)")?;
    previous.missing.iter().try_for_each(|id| wait.execute((id, message, room)).map(drop))?;
    Ok(())
}

/// Whether a message of the room refers to this one, which is not here yet.
pub(super) fn is_awaited(connection: &Connection, room: i64, id: &Hash) -> Result<bool, StoreError> {
    let query = "SELECT EXISTS (SELECT 1 FROM waits WHERE missing = ?1 AND +room = ?2)";
    Ok(connection.prepare_cached(query)?.query_row((id, room), |row| row.get(0))?)
}

/// Nothing waits for this one any more; the listed messages that now have no gap before them.
pub(super) fn close(connection: &Connection, id: &Hash) -> Result<Vec<Hash>, StoreError> {
    let mut closed = connection.prepare_cached(
        "SELECT m.id FROM waits JOIN messages m ON m.n = waits.message WHERE waits.missing = ?1 AND m.listed = 1
         AND NOT EXISTS (SELECT 1 FROM waits o WHERE o.message = waits.message AND o.missing <> ?1)",
    )?;
    let touches = closed.query_map([id], |row| row.get(0))?.collect::<Result<_, _>>()?;
    connection.prepare_cached("DELETE FROM waits WHERE missing = ?1")?.execute([id])?;
    Ok(touches)
}

/// How many are missing, up to a bound.
pub(super) fn count(connection: &Connection, room: i64) -> Result<u64, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT count(*) AS count FROM (SELECT DISTINCT missing FROM waits WHERE room = ?1 LIMIT ?2)",
    )?;
    Ok(statement.query_row((room, int(COUNT_MOST)), |row| super::value::number(row, "count"))?)
}
