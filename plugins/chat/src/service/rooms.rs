//! Rooms: joined, left, found by what they are called.

use super::view::{self, Way};
use super::{ChatError, Event, Kept, Room, Service, Status};
use crate::config::{KEEP_BYTES, KEEP_DAYS};
use crate::hash::{Hash, parse_hash};
use crate::room::{self, RoomKind, RoomName, limits, name_key};
use crate::secret::Fingerprint;
use crate::store::{Keep, RoomRow, StoreError};
use std::fmt::Display;
use std::ops::RangeInclusive;

impl Service {
    /// How chat is doing.
    ///
    /// # Errors
    ///
    /// [`ChatError::Store`].
    pub fn status(&self) -> Result<Status, ChatError> {
        let (me, rooms) = (self.shared.me(), self.rooms()?);
        Ok(Status {
            name: me.name.clone(),
            author: view::hex(&me.author),
            fingerprint: me.identity.fingerprint().to_string(),
            peers: self.peers(),
            rooms: rooms.len() as u64,
            missing: rooms.iter().map(|room| room.missing).sum(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        })
    }

    /// The joined rooms, `#dchat` among them, in the order of their names.
    ///
    /// # Errors
    ///
    /// [`ChatError::Store`].
    pub fn rooms(&self) -> Result<Vec<Room>, ChatError> {
        let rows = self.shared.store.rooms()?;
        let mut rooms = rows.into_iter().map(|row| self.view(row)).collect::<Result<Vec<_>, _>>()?;
        rooms.sort_by(|one, other| (&one.name, &one.room).cmp(&(&other.name, &other.room)));
        Ok(rooms)
    }

    /// One joined room.
    ///
    /// # Errors
    ///
    /// [`ChatError::NoSuchRoom`], [`ChatError::Store`].
    pub fn room(&self, room: &str) -> Result<Room, ChatError> {
        self.view(self.find(room)?)
    }

    /// Joins a public room, or with a passphrase a private one; joining twice changes nothing.
    ///
    /// # Errors
    ///
    /// [`ChatError::NotAllowed`] when the name or the passphrase is none, [`ChatError::Store`].
    pub fn join(&self, name: &str, passphrase: Option<&str>) -> Result<Room, ChatError> {
        let name = RoomName::parse(name).map_err(|error| ChatError::NotAllowed(error.to_string()))?;
        let room = match passphrase.filter(|passphrase| !passphrase.is_empty()) {
            None => room::Room::public(&name),
            Some(passphrase) if passphrase.len() > limits::PASSPHRASE_BYTES => {
                let most = limits::PASSPHRASE_BYTES;
                return Err(ChatError::NotAllowed(format!("a passphrase has at most {most} bytes")));
            }
            Some(passphrase) => room::Room::private(&name, passphrase),
        };
        self.enter(room)
    }

    /// Leaves a room and forgets its history.
    ///
    /// # Errors
    ///
    /// [`ChatError::NoSuchRoom`], [`ChatError::NotAllowed`] for `#dchat`, [`ChatError::Store`].
    pub fn leave(&self, room: &str) -> Result<(), ChatError> {
        let row = self.find(room)?;
        if row.room.kind == RoomKind::Dchat {
            return Err(ChatError::NotAllowed("the room of dchat's lines cannot be left".to_owned()));
        }
        self.shared.leave_room(&row.room.id)?;
        self.emit(&Event::Left { room: view::hex(&row.room.id) });
        Ok(())
    }

    /// Tells a room how much to keep, days and bytes of messages: `None` leaves it as it is, 0 is what the configuration says. What the
    /// room has more goes at once.
    ///
    /// # Errors
    ///
    /// [`ChatError::NoSuchRoom`], [`ChatError::NotAllowed`] when a number is out of the configuration's range,
    /// [`ChatError::Store`].
    ///
    /// # Cancel safety
    ///
    /// Dropped while it removes, it is finished by the upkeep.
    pub async fn keep(&self, room: &str, days: Option<u32>, bytes: Option<u64>) -> Result<Room, ChatError> {
        let RoomRow { room, keep, .. } = self.find(room)?;
        let told = Keep {
            days: told("days", keep.days, days, &KEEP_DAYS)?,
            bytes: told("bytes", keep.bytes, bytes, &KEEP_BYTES)?,
        };
        if told != keep {
            self.shared.store.set_keep(&room.id, told)?;
            self.retain_room(&room.id, true).await?;
            self.shared.changed.lock().insert(room.id);
            self.shared.due.set();
        }
        self.view(self.shared.store.room(&room.id)?)
    }

    /// The room of this user and another author, given as 64 digits or as the fingerprint of one who is known.
    ///
    /// # Errors
    ///
    /// [`ChatError::WrongKey`], [`ChatError::Store`].
    pub fn direct(&self, author: &str) -> Result<Room, ChatError> {
        let author = self.author(author)?;
        let room = room::Room::direct(&self.shared.me().identity, &author)
            .map_err(|error| ChatError::WrongKey(error.to_string()))?;
        self.enter(room)
    }

    fn enter(&self, room: room::Room) -> Result<Room, ChatError> {
        let id = room.id;
        if self.shared.room(&id).is_none() {
            self.shared.enter_room(room)?;
        }
        let view = self.view(self.shared.store.room(&id)?)?;
        self.emit(&Event::Room { room: view.clone() });
        Ok(view)
    }

    /// The author whom somebody means.
    pub(super) fn author(&self, typed: &str) -> Result<Hash, ChatError> {
        let typed = typed.trim();
        if let Some(author) = parse_hash(typed) {
            return Ok(author);
        }
        let wrong = |why: &str| ChatError::WrongKey(format!("{typed}: {why}"));
        let fingerprint: Fingerprint = typed.trim_start_matches('@').parse().map_err(|_| {
            wrong("expected the 64 digits of an author, or a fingerprint as 0123-4567-89ab-cdef")
        })?;
        let authors = self.shared.store.authors()?;
        let mut found = authors.into_iter().filter(|author| Fingerprint::of(author) == fingerprint);
        match (found.next(), found.next()) {
            (Some(author), None) => Ok(author),
            (None, _) => {
                Err(wrong("nobody with this fingerprint is known here: the 64 digits of the key are needed"))
            }
            (Some(_), Some(_)) => {
                Err(wrong("two authors have this fingerprint: the 64 digits of the key are needed"))
            }
        }
    }

    /// The joined room that somebody means by an id or a name.
    pub(super) fn find(&self, typed: &str) -> Result<RoomRow, ChatError> {
        let none = || ChatError::NoSuchRoom(typed.to_owned());
        if let Some(id) = parse_hash(typed.trim()) {
            return self.shared.store.room(&id).map_err(|error| match error {
                StoreError::NoRoom => none(),
                error => error.into(),
            });
        }
        let rows = self.shared.store.rooms()?;
        if let Some(person) = typed.trim().strip_prefix('@') {
            return self.find_direct(rows, person)?.ok_or_else(none);
        }
        let name = RoomName::parse(typed).map_err(|_| none())?;
        // A public room and private ones may have one name: the public one first, then the one joined first.
        let mut named: Vec<_> = rows
            .into_iter()
            .filter(|row| row.room.kind != RoomKind::Direct && row.room.name == name.as_str())
            .collect();
        named.sort_by_key(|row| (row.room.kind != RoomKind::Dchat, row.room.key.is_some(), row.joined));
        named.into_iter().next().ok_or_else(none)
    }

    /// The direct room with a fingerprint, or with somebody of a name if only one has it.
    fn find_direct(&self, rows: Vec<RoomRow>, person: &str) -> Result<Option<RoomRow>, ChatError> {
        let mut found = Vec::new();
        for row in rows {
            let Some(other) = row.room.peer() else { continue };
            if Fingerprint::of(&other).to_string() == person.to_lowercase() {
                return Ok(Some(row));
            }
            if name_key(self.called(&row)?.trim_start_matches('@')) == name_key(person) {
                found.push(row);
            }
        }
        Ok(if found.len() == 1 { found.pop() } else { None })
    }

    /// A room as front ends see it.
    pub(super) fn view(&self, row: RoomRow) -> Result<Room, ChatError> {
        let id = row.room.id;
        let (summary, name) = (self.shared.store.summary(&id)?, self.called(&row)?);
        let way = {
            let gossip = self.shared.gossip.lock();
            let missing = gossip.wanted.of_room(&id);
            Way {
                missing: missing as u64,
                syncing: missing > 0 || gossip.sessions.is_syncing(&id),
                peers: gossip.members(&id) as u64,
            }
        };
        let kept = self.kept(row.keep);
        Ok(view::room(row, summary, way, name, kept))
    }

    /// How much a room keeps that was told this.
    pub(super) fn kept(&self, keep: Keep) -> Kept {
        let config = self.shared.config.read();
        Kept { days: keep.days.unwrap_or(config.room_days), bytes: keep.bytes.unwrap_or(config.room_bytes) }
    }

    /// What a room is called here: one of two by the other's name, once that is known.
    fn called(&self, row: &RoomRow) -> Result<String, ChatError> {
        let Some(other) = row.room.peer() else { return Ok(row.room.name.clone()) };
        let people = self.shared.store.people(&row.room.id, 2)?;
        let name = people.into_iter().find(|person| person.author == other).map(|person| person.name);
        Ok(name
            .filter(|name| !name.is_empty())
            .map_or_else(|| row.room.name.clone(), |name| format!("@{name}")))
    }

    /// On how many channels the protocol runs.
    pub(super) fn peers(&self) -> u64 {
        self.shared.gossip.lock().count() as u64
    }
}

/// What a room keeps that kept `now`, and is told this.
fn told<T: PartialOrd + Display + From<u8>>(
    what: &str,
    now: Option<T>,
    told: Option<T>,
    range: &RangeInclusive<T>,
) -> Result<Option<T>, ChatError> {
    match told {
        None => Ok(now),
        Some(zero) if zero == 0.into() => Ok(None),
        Some(number) if range.contains(&number) => Ok(Some(number)),
        Some(number) => {
            let (least, most) = (range.start(), range.end());
            Err(ChatError::NotAllowed(format!("{what}: expected {least} to {most}, not {number}")))
        }
    }
}
