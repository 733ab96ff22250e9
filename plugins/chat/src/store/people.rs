//! Who wrote in a room, and who is muted or blocked.

use super::numbers::row_of;
use super::row::author_number;
use super::value::{int, number};
use super::{NAMES_MOST, Own, Person, Store, StoreError};
use crate::hash::Hash;
use rusqlite::Connection;

impl Store {
    /// Who this node's person is, and how they are called: their messages are their own, and those that name them from now on are
    /// mentions.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn set_own(&self, author: &Hash, name: &str) -> Result<(), StoreError> {
        let n = self.write(|connection, _| author_number(connection, author))?;
        self.lock().own = Own { n, name: name.to_owned() };
        Ok(())
    }

    /// Who wrote in a room, at most `limit`, the one who wrote last first.
    ///
    /// # Errors
    ///
    /// When the room was not joined, or the database fails.
    pub fn people(&self, room: &Hash, limit: usize) -> Result<Vec<Person>, StoreError> {
        self.read(|connection, own| {
            let room = row_of(connection, room)?.ok_or(StoreError::NoRoom)?.n;
            let mut statement = connection.prepare_cached(
                "SELECT a.n, a.key, a.muted, a.blocked, max(p.last) AS last FROM people p JOIN authors a ON a.n = p.author
                 WHERE p.room = ?1 GROUP BY p.author ORDER BY max(p.last) DESC, a.key LIMIT ?2",
            )?;
            let mut rows = statement.query((room, int(limit as u64)))?;
            let mut people = Vec::new();
            while let Some(row) = rows.next()? {
                let n: i64 = row.get("n")?;
                let (names, same_name) = names(connection, room, n)?;
                people.push(Person {
                    author: row.get("key")?,
                    name: names.first().cloned().unwrap_or_default(),
                    names,
                    own: n == own.n,
                    last: number(row, "last")?,
                    muted: row.get("muted")?,
                    blocked: row.get("blocked")?,
                    same_name,
                });
            }
            Ok(people)
        })
    }

    /// Every author that wrote here, or was muted or blocked.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn authors(&self) -> Result<Vec<Hash>, StoreError> {
        self.read(|connection, _| {
            let mut statement = connection.prepare_cached("SELECT key FROM authors ORDER BY n")?;
            let keys = statement.query_map([], |row| row.get(0))?;
            Ok(keys.collect::<Result<_, _>>()?)
        })
    }

    /// Who wrote here and is not blocked, at most `limit`, with the name used last; whoever was heard first is the first.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn names(&self, limit: usize) -> Result<Vec<(Hash, String)>, StoreError> {
        self.read(|connection, _| {
            let mut statement = connection.prepare_cached(
                "SELECT a.key, p.name, max(p.last) FROM authors a JOIN people p ON p.author = a.n
                 WHERE a.blocked = 0 GROUP BY a.n ORDER BY a.n LIMIT ?1",
            )?;
            let names = statement.query_map([int(limit as u64)], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(names.collect::<Result<_, _>>()?)
        })
    }

    /// Whether messages of this author are here, in whatever room.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn is_known(&self, author: &Hash) -> Result<bool, StoreError> {
        self.read(|connection, _| {
            let mut statement = connection.prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM people WHERE author = (SELECT n FROM authors WHERE key = ?1))",
            )?;
            Ok(statement.query_row([author], |row| row.get(0))?)
        })
    }

    /// Whether nothing of this author is shown.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn is_blocked(&self, author: &Hash) -> Result<bool, StoreError> {
        self.read(|connection, _| {
            let mut statement = connection
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM authors WHERE key = ?1 AND blocked = 1)")?;
            Ok(statement.query_row([author], |row| row.get(0))?)
        })
    }

    /// Mutes an author, whose messages then cause no unread marks, or no longer.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn set_muted(&self, author: &Hash, on: bool) -> Result<(), StoreError> {
        self.set_flag("UPDATE authors SET muted = ?2 WHERE n = ?1", author, on)
    }

    /// Blocks an author, of whom nothing is shown then, or no longer.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn set_blocked(&self, author: &Hash, on: bool) -> Result<(), StoreError> {
        self.set_flag("UPDATE authors SET blocked = ?2 WHERE n = ?1", author, on)
    }

    fn set_flag(&self, statement: &str, author: &Hash, on: bool) -> Result<(), StoreError> {
        self.write(|connection, _| {
            let n = author_number(connection, author)?;
            connection.prepare_cached(statement)?.execute((n, on))?;
            Ok(())
        })
    }
}

/// The names of an author in a room, latest first, and whether others have the first one, too.
fn names(connection: &Connection, room: i64, author: i64) -> Result<(Vec<String>, bool), StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT name FROM people WHERE room = ?1 AND author = ?2 ORDER BY last DESC, name LIMIT ?3",
    )?;
    let names = statement.query_map((room, author, int(NAMES_MOST as u64)), |row| row.get(0))?;
    let names = names.collect::<Result<Vec<String>, _>>()?;
    let mut same = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM people p JOIN people o ON o.room = p.room AND o.likeness = p.likeness
                            AND o.author <> p.author
                        WHERE p.room = ?1 AND p.author = ?2 AND p.name = ?3 AND p.name <> '')",
    )?;
    let same_name = same.query_row((room, author, names.first()), |row| row.get(0))?;
    Ok((names, same_name))
}

/// Authors of whom nothing is here any more are forgotten, unless something was decided about them.
pub(super) fn forget(connection: &Connection, own: &Own) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "DELETE FROM authors WHERE muted = 0 AND blocked = 0 AND n <> ?1
             AND NOT EXISTS (SELECT 1 FROM people WHERE author = authors.n)
             AND NOT EXISTS (SELECT 1 FROM seen WHERE author = authors.n)
             AND NOT EXISTS (SELECT 1 FROM rooms WHERE topic_author = authors.n)",
    )?;
    statement.execute([own.n])?;
    Ok(())
}
