//! Messages come in.

use super::numbers::{RoomNumbers, row_of};
use super::row::{Row, author_number, grow};
use super::value::{DCHAT, DCHAT_OWN, int};
use super::{Inserted, Own, Store, StoreError, fold, gaps};
use crate::hash::{Hash, hash};
use crate::room::{Kind, Opened, Position, Room, limits, mentions, name_key, shown_name, shown_text};
use backplane_plugin::wire;
use rusqlite::{Connection, OptionalExtension};
use std::collections::BTreeMap;

/// What a message takes on the disk beside its envelope, in tables and indices, about: by measurement of floods of several kinds.
const ROW_BYTES: u64 = 350;
/// What noting that something is missing takes.
const MISSING_BYTES: u64 = 128;
/// How often a name is written that nobody had before, in tables and indices.
const NAMES: u64 = 6;

impl Store {
    /// Keeps a message.
    ///
    /// # Errors
    ///
    /// When the database fails: then it is not kept.
    pub fn insert(&self, message: &Opened, received_ms: u64) -> Result<Inserted, StoreError> {
        let inserted = self.insert_all(std::slice::from_ref(message), received_ms)?;
        inserted.into_iter().next().ok_or(StoreError::NoMessage)
    }

    /// Keeps many, in one transaction: all or none.
    ///
    /// # Errors
    ///
    /// When the database fails: then none is kept.
    pub fn insert_all(&self, messages: &[Opened], received_ms: u64) -> Result<Vec<Inserted>, StoreError> {
        self.write(|connection, own| {
            let mut batch = Batch { connection, own, received: received_ms, rooms: BTreeMap::new() };
            let inserted = messages.iter().map(|message| batch.insert(message)).collect::<Result<_, _>>()?;
            batch.finish()?;
            Ok(inserted)
        })
    }

    /// Keeps a line of dchat, which was received or is this node's own, as a message of the room `#dchat`; its id.
    ///
    /// # Errors
    ///
    /// When the room was not joined, or the database fails.
    pub fn line(&self, text: &str, own: bool, now_ms: u64) -> Result<Hash, StoreError> {
        let ids = self.lines(&[text], own, now_ms)?;
        ids.into_iter().next().ok_or(StoreError::NoMessage)
    }

    /// Keeps many lines, in one transaction: all or none.
    ///
    /// # Errors
    ///
    /// When the room was not joined, or the database fails.
    pub fn lines(&self, texts: &[&str], own: bool, now_ms: u64) -> Result<Vec<Hash>, StoreError> {
        self.write(|connection, person| {
            texts.iter().map(|text| keep_line(connection, person, text, (own, now_ms))).collect()
        })
    }
}

fn keep_line(
    connection: &Connection,
    person: &Own,
    text: &str,
    (own, now_ms): (bool, u64),
) -> Result<Hash, StoreError> {
    let room = row_of(connection, &Room::dchat().id)?.ok_or(StoreError::NoRoom)?;
    let text = shown_text(text);
    let depth = room.depth + 1;
    let parts: [&[u8]; 3] = [&depth.to_le_bytes(), &now_ms.to_le_bytes(), text.as_bytes()];
    let id = hash("backplane chat.room dchat line 1", &parts);
    let row = Row {
        id: &id,
        room: room.n,
        // For the count of what was not read; the view names none.
        author: own.then_some(person.n),
        position: Position { depth, time: now_ms, id },
        received: now_ms,
        kind: if own { DCHAT_OWN } else { DCHAT },
        listed: true,
        target: None,
        name: "",
        text: &text,
        referenced: true,
        mention: false,
        clock: 0,
        bytes: ROW_BYTES + 2 * text.len() as u64,
        envelope: None,
    };
    let bytes = row.bytes;
    let n = row.insert(connection)?.ok_or(StoreError::Value("messages.id"))?;
    fold::add_words(connection, n, &text)?;
    grow(connection, room, depth, bytes)?;
    Ok(id)
}

/// Messages of one transaction.
struct Batch<'a> {
    connection: &'a Connection,
    own: &'a Own,
    received: u64,
    /// The rooms as they were, how deep they are by now, and how much came.
    rooms: BTreeMap<Hash, (RoomNumbers, u64, u64)>,
}

impl Batch<'_> {
    fn insert(&mut self, message: &Opened) -> Result<Inserted, StoreError> {
        let envelope = message.envelope();
        if !self.rooms.contains_key(&envelope.room) {
            let Some(numbers) = row_of(self.connection, &envelope.room)? else { return Ok(Inserted::NoRoom) };
            self.rooms.insert(envelope.room, (numbers, numbers.depth, 0));
        }
        let Some((room, depth, bytes)) = self.rooms.get_mut(&envelope.room) else {
            return Ok(Inserted::NoRoom);
        };
        if message.kind() == Kind::Seen {
            return Ok(Inserted::Passing);
        }
        if envelope.time < room.floor {
            return Ok(Inserted::BelowFloor { touches: gaps::close(self.connection, message.id())? });
        }
        let author = author_number(self.connection, &envelope.author)?;
        let arrival = Arrival { connection: self.connection, own: self.own, room: *room, author };
        let Some((added, inserted)) = arrival.insert(message, self.received)? else {
            return Ok(Inserted::Known);
        };
        *depth = (*depth).max(envelope.depth);
        *bytes += added;
        Ok(inserted)
    }

    fn finish(self) -> Result<(), StoreError> {
        self.rooms
            .into_values()
            .filter(|(_, _, bytes)| *bytes > 0)
            .try_for_each(|(room, depth, bytes)| grow(self.connection, room, depth, bytes))
    }
}

/// One message that comes to its room.
struct Arrival<'a> {
    connection: &'a Connection,
    own: &'a Own,
    room: RoomNumbers,
    author: i64,
}

impl Arrival<'_> {
    /// How much of the disk it takes, and what became of it; `None` when it was there.
    fn insert(&self, message: &Opened, received: u64) -> Result<Option<(u64, Inserted)>, StoreError> {
        let (envelope, body, kind) = (message.envelope(), message.body(), message.kind());
        let text = shown(kind, &body.text);
        let name = shown_name(&body.name);
        let target = message.target();
        let wire = wire::to_bytes(envelope).map_err(|_| StoreError::Value("messages.envelope"))?;
        let known = gaps::previous(self.connection, self.room.n, &envelope.previous)?;
        let row = Row {
            id: message.id(),
            room: self.room.n,
            author: Some(self.author),
            position: message.position(),
            received,
            kind: kind.number().into(),
            listed: kind.is_listed(),
            target: target.as_ref(),
            name: &name,
            text: &text,
            referenced: gaps::is_awaited(self.connection, self.room.n, message.id())?,
            mention: kind == Kind::Text && self.is_mention(&text, target.as_ref())?,
            clock: clock(envelope.time, received, known.newest),
            bytes: ROW_BYTES
                + wire.len() as u64
                + 2 * text.len() as u64
                + NAMES * name.len() as u64
                + MISSING_BYTES * known.missing.len() as u64,
            envelope: Some(&wire),
        };
        let bytes = row.bytes;
        let Some(n) = row.insert(self.connection)? else { return Ok(None) };
        gaps::refer(self.connection, self.room.n, n, &known)?;
        self.note_name(&name, envelope.time)?;
        let mut touches = gaps::close(self.connection, message.id())?;
        touches.extend(fold::apply(self.connection, self.room.n, n, message)?);
        touches.sort_unstable();
        touches.dedup();
        Ok(Some((bytes, Inserted::New { gap: !known.missing.is_empty(), touches })))
    }

    fn is_mention(&self, text: &str, answered: Option<&Hash>) -> Result<bool, StoreError> {
        if self.author == self.own.n {
            return Ok(false);
        }
        if mentions(text, &self.own.name) {
            return Ok(true);
        }
        let Some(id) = answered else { return Ok(false) };
        let query = "SELECT author = ?3 FROM messages WHERE id = ?1 AND room = ?2";
        let mut statement = self.connection.prepare_cached(query)?;
        let own = statement.query_row((id, self.room.n, self.own.n), |row| row.get(0)).optional()?;
        Ok(own.unwrap_or(false))
    }

    fn note_name(&self, name: &str, time: u64) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO people VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO UPDATE SET last = max(last, excluded.last)",
        )?;
        statement.execute((self.room.n, self.author, name, name_key(name), int(time)))?;
        Ok(())
    }
}

/// A received text as it is shown and searched.
fn shown(kind: Kind, text: &str) -> String {
    match kind {
        Kind::Topic | Kind::React | Kind::Unreact => shown_name(text),
        _ => shown_text(text),
    }
}

/// Whether the author's clock was wrong: 1 is ahead, 2 behind. What comes late tells nothing, so that a clock is behind only against
/// what its author knew.
const fn clock(time: u64, received: u64, newest_before: u64) -> i64 {
    if time > received.saturating_add(limits::WRONG_CLOCK_MS) {
        1
    } else if newest_before > time.saturating_add(limits::WRONG_CLOCK_MS) {
        2
    } else {
        0
    }
}
