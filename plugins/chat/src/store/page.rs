//! Pages of a history.

use super::load::load;
use super::numbers::row_of;
use super::value::{int, number, position};
use super::{COUNT_MOST, History, Own, Page, RoomSummary, Store, StoreError, gaps, read};
use crate::hash::Hash;
use crate::room::Position;
use rusqlite::{Connection, OptionalExtension, ToSql};

/// What a history lists: with an index of its own.
const LISTED: &str = "SELECT m.n FROM messages m LEFT JOIN authors a ON a.n = m.author
                      WHERE m.room = ?1 AND m.listed = 1 AND coalesce(a.blocked, 0) = 0";
const OLDER: &str = "ORDER BY m.depth DESC, m.time DESC, m.id DESC";
const NEWER: &str = "ORDER BY m.depth, m.time, m.id";

impl Store {
    /// At most `limit` messages of a history, with edits, deletions and reactions folded in, without those of blocked authors.
    ///
    /// # Errors
    ///
    /// When the room was not joined, the message around which it is to be is not there, or the database fails.
    pub fn history(&self, room: &Hash, page: Page, limit: usize) -> Result<History, StoreError> {
        self.read(|connection, own| {
            let room = row_of(connection, room)?.ok_or(StoreError::NoRoom)?.n;
            let part = Part { connection, room };
            let (rows, older, newer) = match page {
                Page::Latest => {
                    let (rows, older) = part.before(None, limit)?;
                    (rows, older, false)
                }
                Page::Before(position) => {
                    let (rows, older) = part.before(Some((position, "<")), limit)?;
                    (rows, older, part.after(position, ">=", 0)?.1)
                }
                Page::After(position) => {
                    let (rows, newer) = part.after(position, ">", limit)?;
                    (rows, part.before(Some((position, "<=")), 0)?.1, newer)
                }
                Page::BeforeTime(time) => {
                    let (mut rows, older) = part.written("<", time, OLDER, limit)?;
                    rows.reverse();
                    (rows, older, part.written(">=", time, NEWER, 0)?.1)
                }
                Page::AfterTime(time) => {
                    let (rows, newer) = part.written(">", time, NEWER, limit)?;
                    (rows, part.written("<=", time, OLDER, 0)?.1, newer)
                }
                Page::Around(id) => {
                    let position = part.position_of(&id)?;
                    let (after, newer) = part.after(position, ">=", limit.div_ceil(2))?;
                    let (before, older) =
                        part.before(Some((position, "<")), limit.saturating_sub(after.len()))?;
                    ([before, after].concat(), older, newer)
                }
            };
            Ok(History { messages: messages(connection, own, &rows)?, older, newer })
        })
    }

    /// What a list of rooms shows of one.
    ///
    /// # Errors
    ///
    /// When it was not joined, or the database fails.
    pub fn summary(&self, room: &Hash) -> Result<RoomSummary, StoreError> {
        self.read(|connection, own| {
            let n = row_of(connection, room)?.ok_or(StoreError::NoRoom)?.n;
            let (unread, mentions) = read::unread(connection, own, n)?;
            let mut people = connection.prepare_cached(
                "SELECT count(*) AS count FROM (SELECT DISTINCT author FROM people WHERE room = ?1 LIMIT ?2)",
            )?;
            let people = people.query_row((n, int(COUNT_MOST)), |row| number(row, "count"))?;
            let (last, _) = Part { connection, room: n }.before(None, 1)?;
            let last = messages(connection, own, &last)?.pop();
            Ok(RoomSummary { unread, mentions, people, missing: gaps::count(connection, n)?, last })
        })
    }
}

/// The messages in these rows, in their order.
pub(super) fn messages(
    connection: &Connection,
    own: &Own,
    rows: &[i64],
) -> Result<Vec<super::StoredMessage>, StoreError> {
    rows.iter().filter_map(|n| load(connection, own, *n).transpose()).collect()
}

/// A room's history, of which a part is asked for. Rows come oldest first, and with them whether there are more beyond.
struct Part<'c> {
    connection: &'c Connection,
    room: i64,
}

impl Part<'_> {
    fn before(&self, from: Option<(Position, &str)>, limit: usize) -> Result<(Vec<i64>, bool), StoreError> {
        let (mut rows, more) = self.rows(from, OLDER, limit)?;
        rows.reverse();
        Ok((rows, more))
    }

    fn after(&self, from: Position, relation: &str, limit: usize) -> Result<(Vec<i64>, bool), StoreError> {
        self.rows(Some((from, relation)), NEWER, limit)
    }

    fn rows(
        &self,
        from: Option<(Position, &str)>,
        order: &str,
        limit: usize,
    ) -> Result<(Vec<i64>, bool), StoreError> {
        let bound = from.map_or(String::new(), |(_, relation)| {
            format!("AND (m.depth, m.time, m.id) {relation} (?3, ?4, ?5)")
        });
        let mut statement = self.connection.prepare_cached(&format!("{LISTED} {bound} {order} LIMIT ?2"))?;
        let (one_more, depth, time);
        one_more = int(limit as u64).saturating_add(1);
        let mut parameters: Vec<&dyn ToSql> = vec![&self.room, &one_more];
        if let Some((position, _)) = &from {
            (depth, time) = (int(position.depth), int(position.time));
            parameters.extend::<[&dyn ToSql; 3]>([&depth, &time, &position.id]);
        }
        let rows = statement.query_map(&*parameters, |row| row.get(0))?;
        let mut rows = rows.collect::<Result<Vec<i64>, _>>()?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        Ok((rows, more))
    }

    /// By the time of writing: when the author says, but not after it came.
    fn written(
        &self,
        relation: &str,
        time: u64,
        order: &str,
        limit: usize,
    ) -> Result<(Vec<i64>, bool), StoreError> {
        let query = format!("{LISTED} AND min(m.time, m.received) {relation} ?3 {order} LIMIT ?2");
        let mut statement = self.connection.prepare_cached(&query)?;
        let parameters = (self.room, int(limit as u64).saturating_add(1), int(time));
        let rows = statement.query_map(parameters, |row| row.get(0))?;
        let mut rows = rows.collect::<Result<Vec<i64>, _>>()?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        Ok((rows, more))
    }

    fn position_of(&self, id: &Hash) -> Result<Position, StoreError> {
        let query = "SELECT depth, time, id FROM messages WHERE id = ?1 AND room = ?2";
        let found = self.connection.prepare_cached(query)?.query_row((id, self.room), position).optional()?;
        found.ok_or(StoreError::NoMessage)
    }
}
