//! What is old or too much goes, and the floor of the room rises over it.

use super::numbers::{RoomNumbers, row_of};
use super::value::int;
use super::{Store, StoreError, fold, people};
use crate::hash::Hash;
use crate::room::Kind;
use rusqlite::{Connection, OptionalExtension};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// How many messages go in one transaction: others wait for it.
const AT_ONCE: i64 = 250;

/// What became of one step of retention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retained {
    /// How many messages went.
    pub removed: usize,
    /// Whether there may be more to remove: then there is another step.
    pub more: bool,
}

impl Store {
    /// Removes messages older than `keep_days`, and of what is then more than `keep_bytes` the oldest, with some room to spare; how many
    /// went. 0 is no bound. The floor rises over them, but never above `now_ms`: what is still too much is ahead of the clock here,
    /// and goes from the other end.
    ///
    /// It is done in steps, between which other calls have their turn. One that was interrupted is finished by the next call.
    ///
    /// # Errors
    ///
    /// When the room was not joined, or the database fails.
    pub fn retain(
        &self,
        room: &Hash,
        keep_days: u32,
        keep_bytes: u64,
        now_ms: u64,
    ) -> Result<usize, StoreError> {
        let mut removed = 0;
        loop {
            let step = self.retain_some(room, keep_days, keep_bytes, now_ms)?;
            removed += step.removed;
            if !step.more {
                return Ok(removed);
            }
        }
    }

    /// One step of [`retain`](Self::retain), which takes a few milliseconds.
    ///
    /// # Errors
    ///
    /// As [`retain`](Self::retain).
    pub fn retain_some(
        &self,
        room: &Hash,
        keep_days: u32,
        keep_bytes: u64,
        now_ms: u64,
    ) -> Result<Retained, StoreError> {
        let oldest = match keep_days {
            0 => 0,
            days => now_ms.saturating_sub(u64::from(days) * DAY_MS),
        };
        let mut removed = self.raise_floor(room, oldest)?;
        if removed == 0 && keep_bytes > 0 {
            let goal = keep_bytes - keep_bytes / 16;
            let full = |numbers: &RoomNumbers| numbers.bytes > keep_bytes;
            if self.read(|connection, _| Ok(row_of(connection, room)?.filter(full).is_some()))? {
                let floor = self.read(|connection, _| floor_for(connection, room, goal))?;
                removed = self.raise_floor(room, floor.min(now_ms))?;
                if removed == 0 {
                    removed = self.remove_ahead(room, goal, now_ms)?;
                }
            }
        }
        if removed == 0 {
            self.write(|connection, own| {
                let room = row_of(connection, room)?.ok_or(StoreError::NoRoom)?;
                connection
                    .prepare_cached("DELETE FROM people WHERE room = ?1 AND last < ?2")?
                    .execute((room.n, int(room.floor)))?;
                people::forget(connection, own)
            })?;
        }
        Ok(Retained { removed, more: removed > 0 })
    }

    /// Some of what is below the floor goes, also what an interrupted call left.
    fn raise_floor(&self, room: &Hash, floor: u64) -> Result<usize, StoreError> {
        self.write(|connection, _| {
            let room = row_of(connection, room)?.ok_or(StoreError::NoRoom)?;
            let floor = floor.max(room.floor);
            let mut statement = connection.prepare_cached(
                "SELECT n FROM messages WHERE room = ?1 AND time < ?2 ORDER BY time, id LIMIT ?3",
            )?;
            let rows = statement.query_map((room.n, int(floor), AT_ONCE), |row| row.get(0))?;
            let rows = rows.collect::<Result<Vec<i64>, _>>()?;
            remember_topic(connection, room.n, &rows)?;
            remove(connection, room.n, &rows)?;
            connection
                .prepare_cached("UPDATE rooms SET floor = ?2 WHERE n = ?1")?
                .execute((room.n, int(floor)))?;
            Ok(rows.len())
        })
    }

    /// Some of what is furthest ahead of the clock goes, while there is too much.
    fn remove_ahead(&self, room: &Hash, goal: u64, now_ms: u64) -> Result<usize, StoreError> {
        self.write(|connection, _| {
            let room = row_of(connection, room)?.ok_or(StoreError::NoRoom)?;
            let mut excess = int(room.bytes.saturating_sub(goal));
            let mut statement = connection.prepare_cached(
                "SELECT n, bytes FROM messages WHERE room = ?1 AND time >= ?2 ORDER BY time DESC, id DESC LIMIT ?3",
            )?;
            let mut rows = statement.query((room.n, int(now_ms), AT_ONCE))?;
            let mut ahead = Vec::new();
            while let Some(row) = rows.next()?.filter(|_| excess > 0) {
                ahead.push(row.get(0)?);
                excess -= row.get::<_, i64>(1)?;
            }
            remove(connection, room.n, &ahead)?;
            Ok(ahead.len())
        })
    }
}

/// The least floor under which so much is kept.
fn floor_for(connection: &Connection, room: &Hash, goal: u64) -> Result<u64, StoreError> {
    let room = row_of(connection, room)?.ok_or(StoreError::NoRoom)?;
    let mut excess = int(room.bytes.saturating_sub(goal));
    let mut floor = room.floor;
    let mut statement =
        connection.prepare_cached("SELECT time, bytes FROM messages WHERE room = ?1 ORDER BY time, id")?;
    let mut rows = statement.query([room.n])?;
    while let Some(row) = rows.next()?.filter(|_| excess > 0) {
        floor = super::value::number(row, "time")? + 1;
        excess -= row.get::<_, i64>(1)?;
    }
    Ok(floor)
}

/// A topic stays when its message goes.
fn remember_topic(connection: &Connection, room: i64, rows: &[i64]) -> Result<(), StoreError> {
    let mut last = connection.prepare_cached(
        "SELECT n FROM messages WHERE room = ?1 AND kind = 5 AND deleted = 0
         ORDER BY depth DESC, time DESC, id DESC LIMIT 1",
    )?;
    let last: Option<i64> = last.query_row([room], |row| row.get(0)).optional()?;
    if let Some(n) = last.filter(|n| rows.contains(n)) {
        let mut remember = connection.prepare_cached(
            "UPDATE rooms SET (topic, topic_author) = (SELECT text, author FROM messages WHERE n = ?2) WHERE n = ?1",
        )?;
        remember.execute((room, n))?;
    }
    Ok(())
}

fn remove(connection: &Connection, room: i64, rows: &[i64]) -> Result<(), StoreError> {
    let mut look =
        connection.prepare_cached("SELECT kind, target, listed, bytes FROM messages WHERE n = ?1")?;
    let mut words = connection.prepare_cached("DELETE FROM words WHERE rowid = ?1")?;
    let mut waits = connection.prepare_cached("DELETE FROM waits WHERE message = ?1")?;
    let mut message = connection.prepare_cached("DELETE FROM messages WHERE n = ?1")?;
    let (mut freed, mut reacted, mut changed) = (0, Vec::<Hash>::new(), Vec::<Hash>::new());
    for n in rows {
        let (kind, target, listed, bytes): (i64, Option<Hash>, bool, i64) =
            look.query_row([n], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
        match u8::try_from(kind).map(Kind::from) {
            Ok(Kind::Edit | Kind::Delete) => changed.extend(target),
            Ok(Kind::React | Kind::Unreact) => reacted.extend(target),
            _ => {}
        }
        if listed {
            words.execute([n])?;
        }
        waits.execute([n])?;
        message.execute([n])?;
        freed += bytes;
    }
    reacted.sort_unstable();
    reacted.dedup();
    reacted.iter().try_for_each(|target| fold::recount_reactions(connection, room, target))?;
    changed.iter().try_for_each(|target| fold::refold_id(connection, room, target).map(drop))?;
    connection
        .prepare_cached("UPDATE rooms SET bytes = max(0, bytes - ?2) WHERE n = ?1")?
        .execute((room, freed))?;
    Ok(())
}
