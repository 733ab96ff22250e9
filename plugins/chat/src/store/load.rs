//! Rows become messages as they are shown.

use super::value::{DCHAT, DCHAT_OWN, int, number, position};
use super::{
    COUNT_MOST, Clock, NAMES_MOST, Own, REACTIONS_MOST, Reaction, Reply, ShownKind, Store, StoreError,
    StoredMessage,
};
use crate::hash::Hash;
use crate::room::Position;
use rusqlite::{Connection, OptionalExtension, Row};

/// How much of a message its answers show.
const REPLY_CHARS: usize = 200;

const MESSAGE: &str = "
    SELECT m.id, r.id AS room_id, m.room, a.key AS author, m.author AS author_n, m.name, m.depth, m.time, m.received, m.clock,
        m.kind, coalesce(m.shown, m.text) AS words, m.shown IS NOT NULL AS edited, m.deleted, m.target, m.sent, m.mention,
        coalesce(a.muted, 0) AS muted, coalesce(a.blocked, 0) AS blocked,
        EXISTS (SELECT 1 FROM waits WHERE message = m.n) AS gap,
        EXISTS (SELECT 1 FROM people p JOIN people o ON o.room = p.room AND o.likeness = p.likeness AND o.author <> p.author
                WHERE p.room = m.room AND p.author = m.author AND p.name = m.name AND p.name <> '') AS same_name
    FROM messages m JOIN rooms r ON r.n = m.room LEFT JOIN authors a ON a.n = m.author WHERE m.n = ?1";

impl Store {
    /// A message, of whatever kind; `None` when it is not here, or its author is blocked.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn message(&self, id: &Hash) -> Result<Option<StoredMessage>, StoreError> {
        self.read(|connection, own| {
            let query = "SELECT n FROM messages WHERE id = ?1";
            let n = connection.prepare_cached(query)?.query_row([id], |row| row.get(0)).optional()?;
            n.map_or(Ok(None), |n| load(connection, own, n))
        })
    }
}

/// The message in this row, unless its author is blocked.
pub(super) fn load(connection: &Connection, own: &Own, n: i64) -> Result<Option<StoredMessage>, StoreError> {
    let mut statement = connection.prepare_cached(MESSAGE)?;
    let mut rows = statement.query([n])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    if row.get("blocked")? {
        return Ok(None);
    }
    let mut message = plain(row, own)?;
    let (room, target): (i64, Option<Hash>) = (row.get("room")?, row.get("target")?);
    if message.kind == ShownKind::Text && !message.deleted {
        message.reply = target.map(|target| reply(connection, room, target)).transpose()?;
    }
    if !message.deleted {
        message.reactions = reactions(connection, own, room, &message.id)?;
    }
    if message.own && message.kind != ShownKind::Dchat {
        message.seen = seen_by(connection, room, &message.position, row.get("author_n")?)?;
    }
    Ok(Some(message))
}

/// What its own row says.
fn plain(row: &Row<'_>, own: &Own) -> Result<StoredMessage, StoreError> {
    let (kind, author): (i64, Option<i64>) = (row.get("kind")?, row.get("author_n")?);
    let deleted = row.get("deleted")?;
    Ok(StoredMessage {
        id: row.get("id")?,
        room: row.get("room_id")?,
        author: if matches!(kind, DCHAT | DCHAT_OWN) { None } else { row.get("author")? },
        name: row.get("name")?,
        same_name: row.get("same_name")?,
        own: kind == DCHAT_OWN || author == Some(own.n),
        position: position(row)?,
        received: number(row, "received")?,
        clock: match row.get("clock")? {
            1_i64 => Some(Clock::Ahead),
            2 => Some(Clock::Behind),
            _ => None,
        },
        kind: match kind {
            0 => ShownKind::Text,
            5 => ShownKind::Topic,
            DCHAT | DCHAT_OWN => ShownKind::Dchat,
            _ => ShownKind::Other,
        },
        text: if deleted { String::new() } else { row.get("words")? },
        edited: row.get("edited")?,
        deleted,
        reply: None,
        reactions: Vec::new(),
        sent: u32::try_from(number(row, "sent")?).unwrap_or(u32::MAX),
        seen: 0,
        gap: row.get("gap")?,
        mention: row.get("mention")?,
        muted: row.get("muted")?,
    })
}

fn reply(connection: &Connection, room: i64, id: Hash) -> Result<Reply, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT m.name, CASE m.deleted WHEN 1 THEN '' ELSE coalesce(m.shown, m.text) END AS words
         FROM messages m LEFT JOIN authors a ON a.n = m.author
         WHERE m.id = ?1 AND m.room = ?2 AND m.listed = 1 AND coalesce(a.blocked, 0) = 0",
    )?;
    let found = statement.query_row((id, room), |row| Ok((row.get("name")?, row.get::<_, String>("words")?)));
    Ok(match found.optional()? {
        Some((name, words)) => {
            Reply { id, name, text: words.chars().take(REPLY_CHARS).collect(), known: true }
        }
        None => Reply { id, name: String::new(), text: String::new(), known: false },
    })
}

fn reactions(connection: &Connection, own: &Own, room: i64, id: &Hash) -> Result<Vec<Reaction>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT r.emoji, count(*) AS count, max(r.author = ?3) AS own FROM reactions r JOIN authors a ON a.n = r.author
         WHERE r.target = ?1 AND r.room = ?2 AND r.given = 1 AND a.blocked = 0
         GROUP BY r.emoji ORDER BY count(*) DESC, min(r.depth), min(r.time), r.emoji LIMIT ?4",
    )?;
    let mut names = connection.prepare_cached(
        "SELECT (SELECT name FROM people p WHERE p.room = r.room AND p.author = r.author ORDER BY last DESC, name LIMIT 1), a.key
         FROM reactions r JOIN authors a ON a.n = r.author
         WHERE r.target = ?1 AND r.room = ?2 AND r.emoji = ?3 AND r.given = 1 AND a.blocked = 0
         ORDER BY r.depth, r.time, r.id LIMIT ?4",
    )?;
    let mut rows = statement.query((id, room, own.n, int(REACTIONS_MOST as u64)))?;
    let mut reactions = Vec::new();
    while let Some(row) = rows.next()? {
        let emoji: String = row.get("emoji")?;
        let given = names.query_map((id, room, &emoji, int(NAMES_MOST as u64)), |row| {
            Ok((row.get::<_, Option<String>>(0)?.unwrap_or_default(), row.get(1)?))
        })?;
        let (names, authors) = given.collect::<Result<Vec<(String, Hash)>, _>>()?.into_iter().unzip();
        reactions.push(Reaction {
            emoji,
            count: number(row, "count")?,
            own: row.get("own")?,
            names,
            authors,
        });
    }
    Ok(reactions)
}

/// How many others than its author have read a message.
pub(super) fn seen_by(
    connection: &Connection,
    room: i64,
    position: &Position,
    author: Option<i64>,
) -> Result<u64, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT count(*) AS count FROM (
             SELECT 1 FROM seen WHERE room = ?1 AND (depth, time, id) >= (?2, ?3, ?4) AND author IS NOT ?5 LIMIT ?6)",
    )?;
    let parameters = (room, int(position.depth), int(position.time), position.id, author, int(COUNT_MOST));
    Ok(statement.query_row(parameters, |row| number(row, "count"))?)
}
