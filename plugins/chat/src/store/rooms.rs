//! The rooms that were joined.

use super::numbers::row_of;
use super::value::{int, kind_number, number, room};
use super::{Keep, RoomRow, Store, StoreError, people};
use crate::hash::Hash;
use crate::room::{Heads, Room, limits};
use crate::secret::Key;
use rusqlite::{OptionalExtension, Row, named_params};

/// The topic is that of the last topic message whose author is not blocked, or the one that retention remembers.
const ROOMS: &str = "
    SELECT rooms.*, coalesce(
        (SELECT coalesce(m.shown, m.text) FROM messages m JOIN authors a ON a.n = m.author
         WHERE m.room = rooms.n AND m.kind = 5 AND m.deleted = 0 AND a.blocked = 0
         ORDER BY m.depth DESC, m.time DESC, m.id DESC LIMIT 1),
        (SELECT rooms.topic FROM authors a WHERE a.n = rooms.topic_author AND a.blocked = 0),
        '') AS shown_topic
    FROM rooms";

impl Store {
    /// The rooms that were joined, in the order in which they were.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn rooms(&self) -> Result<Vec<RoomRow>, StoreError> {
        self.read(|connection, _| {
            let mut statement = connection.prepare_cached(&format!("{ROOMS} ORDER BY joined, n"))?;
            statement.query_and_then([], room_row)?.collect()
        })
    }

    /// One of them.
    ///
    /// # Errors
    ///
    /// When it was not joined, or the database fails.
    pub fn room(&self, room: &Hash) -> Result<RoomRow, StoreError> {
        self.read(|connection, _| {
            let mut statement = connection.prepare_cached(&format!("{ROOMS} WHERE id = ?1"))?;
            statement.query_and_then([room], room_row)?.next().unwrap_or(Err(StoreError::NoRoom))
        })
    }

    /// Joins a room; whether it is new.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn join(&self, room: &Room, now_ms: u64) -> Result<bool, StoreError> {
        self.write(|connection, _| {
            let mut statement = connection.prepare_cached(
                "INSERT INTO rooms(id, kind, name, key, own, peer, joined)
                 VALUES (:id, :kind, :name, :key, :own, :peer, :joined) ON CONFLICT DO NOTHING",
            )?;
            let joined = statement.execute(named_params! {
                ":id": room.id,
                ":kind": kind_number(room.kind),
                ":name": room.name,
                ":key": room.key.as_ref().map(Key::bytes),
                ":own": room.pair.map(|(own, _)| own),
                ":peer": room.peer(),
                ":joined": int(now_ms),
            })?;
            Ok(joined > 0)
        })
    }

    /// Leaves a room, of which nothing is kept; whether it had been joined. A large one takes seconds.
    ///
    /// # Errors
    ///
    /// When the database fails: then the room is as before.
    pub fn leave(&self, room: &Hash) -> Result<bool, StoreError> {
        self.write(|connection, own| {
            let Some(n) = row_of(connection, room)?.map(|row| row.n) else { return Ok(false) };
            for statement in [
                "DELETE FROM words WHERE rowid IN (SELECT n FROM messages WHERE room = ?1 AND listed = 1)",
                "DELETE FROM messages WHERE room = ?1",
                "DELETE FROM reactions WHERE room = ?1",
                "DELETE FROM waits WHERE room = ?1",
                "DELETE FROM people WHERE room = ?1",
                "DELETE FROM seen WHERE room = ?1",
                "DELETE FROM rooms WHERE n = ?1",
            ] {
                connection.execute(statement, [n])?;
            }
            people::forget(connection, own)?;
            Ok(true)
        })
    }

    /// From now on a room keeps so much. What is more than that stays until [`retain`](Self::retain).
    ///
    /// # Errors
    ///
    /// When it was not joined, or the database fails.
    pub fn set_keep(&self, room: &Hash, keep: Keep) -> Result<(), StoreError> {
        self.write(|connection, _| {
            let changed = connection.execute(
                "UPDATE rooms SET keep_days = ?2, keep_bytes = ?3 WHERE id = ?1",
                (room, keep.days, keep.bytes.map(int)),
            )?;
            if changed > 0 { Ok(()) } else { Err(StoreError::NoRoom) }
        })
    }

    /// What the next message of a room is to refer to.
    ///
    /// # Errors
    ///
    /// When it was not joined, or the database fails.
    pub fn heads(&self, room: &Hash) -> Result<Heads, StoreError> {
        self.read(|connection, _| {
            let row = row_of(connection, room)?.ok_or(StoreError::NoRoom)?;
            let mut statement = connection.prepare_cached(
                "SELECT id FROM messages WHERE room = ?1 AND referenced = 0
                 ORDER BY depth DESC, time DESC, id DESC LIMIT ?2",
            )?;
            let previous = statement.query_map((row.n, int(limits::PREVIOUS as u64)), |row| row.get(0))?;
            let previous = previous.collect::<Result<_, _>>()?;
            Ok(Heads { previous, depth: row.depth, floor: row.floor })
        })
    }

    /// Something small that was remembered.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        let query = "SELECT value FROM settings WHERE name = ?1";
        self.read(|connection, _| Ok(connection.query_row(query, [name], |row| row.get(0)).optional()?))
    }

    /// Remembers something small.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn set_setting(&self, name: &str, value: &str) -> Result<(), StoreError> {
        self.write(|connection, _| {
            connection.execute("INSERT OR REPLACE INTO settings VALUES (?1, ?2)", [name, value])?;
            Ok(())
        })
    }
}

fn room_row(row: &Row<'_>) -> Result<RoomRow, StoreError> {
    let read: Vec<u8> = row.get("read_id")?;
    Ok(RoomRow {
        room: room(row)?,
        floor: number(row, "floor")?,
        read: read.try_into().ok(),
        topic: row.get("shown_topic")?,
        joined: number(row, "joined")?,
        bytes: number(row, "bytes")?,
        keep: Keep {
            days: row.get("keep_days")?,
            bytes: row.get::<_, Option<i64>>("keep_bytes")?.and_then(|bytes| u64::try_from(bytes).ok()),
        },
    })
}
