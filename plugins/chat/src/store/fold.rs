//! What edits, deletions and reactions make of a message is beside it, so that pages need not look for them.
//!
//! The rule is [`room::fold`](crate::room::fold): it gets the last edit and a deletion, if there are any, and needs no more.

use super::StoreError;
use super::value::position;
use crate::hash::Hash;
use crate::room::{self, Change, Kind, Opened};
use rusqlite::{Connection, OptionalExtension};

/// How many answers are told of that what they answer has come.
const ANSWERS_MOST: i64 = 50;

/// A message has come; the listed ones that are shown in another way for it.
pub(super) fn apply(
    connection: &Connection,
    room: i64,
    n: i64,
    message: &Opened,
) -> Result<Vec<Hash>, StoreError> {
    let Some(target) = message.target() else { return arrived(connection, room, n, message) };
    match message.kind() {
        Kind::Text => arrived(connection, room, n, message),
        Kind::Edit | Kind::Delete => refold_id(connection, room, &target),
        Kind::React | Kind::Unreact => {
            count_reaction(connection, n)?;
            listed(connection, room, &target)
        }
        Kind::Topic => arrived(connection, room, n, message),
        Kind::Seen | Kind::Other(_) => Ok(Vec::new()),
    }
}

/// What was said about it before it came counts now, and those that answer it can show it.
fn arrived(connection: &Connection, room: i64, n: i64, message: &Opened) -> Result<Vec<Hash>, StoreError> {
    if !message.kind().is_listed() {
        return Ok(Vec::new());
    }
    refold(connection, n, true)?;
    let mut answers = connection
        .prepare_cached("SELECT id FROM messages WHERE target = ?1 AND room = ?2 AND kind = 0 LIMIT ?3")?;
    let ids = answers.query_map((message.id(), room, ANSWERS_MOST), |row| row.get(0))?;
    Ok(ids.collect::<Result<_, _>>()?)
}

pub(super) fn refold_id(connection: &Connection, room: i64, id: &Hash) -> Result<Vec<Hash>, StoreError> {
    let query = "SELECT n FROM messages WHERE id = ?1 AND room = ?2 AND listed = 1 AND author IS NOT NULL";
    let n = connection.prepare_cached(query)?.query_row((id, room), |row| row.get(0)).optional()?;
    let Some(n) = n else { return Ok(Vec::new()) };
    refold(connection, n, false)?;
    Ok(vec![*id])
}

/// Folds the changes of a listed message, which is new or was folded before.
fn refold(connection: &Connection, n: i64, is_new: bool) -> Result<(), StoreError> {
    let query = "SELECT id, room, kind, text FROM messages WHERE n = ?1";
    let (id, room, kind, text): (Hash, i64, i64, String) = connection
        .prepare_cached(query)?
        .query_row([n], |row| Ok((row.get("id")?, row.get("room")?, row.get("kind")?, row.get("text")?)))?;
    let mut last = connection.prepare_cached(
        "SELECT depth, time, id, text FROM messages WHERE target = ?1 AND room = ?2 AND kind = ?3
         ORDER BY depth DESC, time DESC, id DESC LIMIT 1",
    )?;
    let mut last = |kind: Kind| {
        let found = last.query_row((id, room, i64::from(kind.number())), |row| {
            Ok((position(row)?, row.get::<_, String>("text")?))
        });
        found.optional()
    };
    // A topic is set anew, not edited.
    let edit = if kind == i64::from(Kind::Text.number()) { last(Kind::Edit)? } else { None };
    let deletion = last(Kind::Delete)?.map(|_| Change::Delete);
    let edit_change = edit.as_ref().map(|(position, text)| Change::Edit(*position, text));
    let shown = room::fold(&text, edit_change.into_iter().chain(deletion));
    let edited = shown.edited.then_some(&shown.text);
    if !is_new {
        connection.prepare_cached("DELETE FROM words WHERE rowid = ?1")?.execute([n])?;
    }
    if !is_new || edit.is_some() || shown.deleted {
        let mut update =
            connection.prepare_cached("UPDATE messages SET shown = ?2, deleted = ?3 WHERE n = ?1")?;
        update.execute((n, edited, shown.deleted))?;
    }
    add_words(connection, n, &shown.text)
}

/// A search finds the row by these words.
pub(super) fn add_words(connection: &Connection, n: i64, text: &str) -> Result<(), StoreError> {
    if !text.is_empty() {
        let words = super::search::words(text);
        connection.prepare_cached("INSERT INTO words(rowid, text) VALUES (?1, ?2)")?.execute((n, words))?;
    }
    Ok(())
}

/// Reactions become those that count: of each author and emoji the last.
macro_rules! count_reactions {
    ($which:literal) => {
        concat!(
            "INSERT INTO reactions(target, room, emoji, author, given, depth, time, id)
             SELECT target, room, text, author, kind = 3, depth, time, id FROM messages
             WHERE text <> '' AND ",
            $which,
            " ON CONFLICT DO UPDATE
                SET given = excluded.given, depth = excluded.depth, time = excluded.time, id = excluded.id
              WHERE (excluded.depth, excluded.time, excluded.id) > (depth, time, id)"
        )
    };
}

/// Counts one reaction.
fn count_reaction(connection: &Connection, n: i64) -> Result<(), StoreError> {
    connection.prepare_cached(count_reactions!("n = ?1"))?.execute([n])?;
    Ok(())
}

/// Counts the reactions to a message anew.
pub(super) fn recount_reactions(connection: &Connection, room: i64, target: &Hash) -> Result<(), StoreError> {
    let mut forget = connection.prepare_cached("DELETE FROM reactions WHERE target = ?1 AND room = ?2")?;
    forget.execute((target, room))?;
    let mut count =
        connection.prepare_cached(count_reactions!("target = ?1 AND room = ?2 AND kind IN (3, 4)"))?;
    count.execute((target, room))?;
    Ok(())
}

fn listed(connection: &Connection, room: i64, id: &Hash) -> Result<Vec<Hash>, StoreError> {
    let query = "SELECT EXISTS (SELECT 1 FROM messages WHERE id = ?1 AND room = ?2 AND listed = 1)";
    let listed: bool = connection.prepare_cached(query)?.query_row((id, room), |row| row.get(0))?;
    Ok(listed.then_some(*id).into_iter().collect())
}
