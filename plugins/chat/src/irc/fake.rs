//! A chat that is only memory, for tests of the protocol.

use super::backend::Backend;
use super::nick;
use crate::service::{
    ChatError, History, Kept, Message, MessageKind, Myself, Named, Person, Place, Reaction, Reply, Room,
    RoomKind, Sent, State,
};
use parking_lot::Mutex;
use std::sync::Arc;

/// A handle to a chat; clones are the same.
#[derive(Debug, Clone)]
pub(crate) struct Fake(pub(crate) Arc<Mutex<Chat>>);

/// What a chat has.
#[derive(Debug)]
pub(crate) struct Chat {
    pub(crate) me: Myself,
    pub(crate) rooms: Vec<Room>,
    pub(crate) people: Vec<(String, Person)>,
    /// The oldest first.
    pub(crate) messages: Vec<Message>,
    /// What sending is refused with, once.
    pub(crate) refusal: Option<ChatError>,
    /// Up to where rooms were read.
    pub(crate) read: Vec<(String, String)>,
    /// How many ids were given.
    pub(crate) ids: u32,
}

/// The fingerprint of an author in tests.
pub(crate) fn fingerprint(author: &str) -> String {
    let part = author.get(..4).unwrap_or(author);
    format!("{part}-{part}-{part}-{part}")
}

pub(crate) fn person(author: &str, name: &str) -> Person {
    Person {
        author: author.to_owned(),
        fingerprint: fingerprint(author),
        name: name.to_owned(),
        names: vec![name.to_owned()],
        own: false,
        last: 0,
        muted: false,
        blocked: false,
        same_name: false,
    }
}

pub(crate) fn room(id: &str, name: &str, kind: RoomKind) -> Room {
    Room {
        room: id.to_owned(),
        name: name.to_owned(),
        kind,
        topic: String::new(),
        read: None,
        unread: 0,
        mentions: 0,
        people: 1,
        last: None,
        missing: 0,
        syncing: false,
        peers: 0,
        keep: Kept { days: 90, bytes: 1 << 26 },
        author: None,
    }
}

/// A message of alice's in the lobby.
pub(crate) fn message(id: &str, text: &str) -> Message {
    Message {
        id: id.to_owned(),
        room: "r-lobby".to_owned(),
        author: Some("aaaa".to_owned()),
        name: "alice".to_owned(),
        fingerprint: Some(fingerprint("aaaa")),
        own: false,
        same_name: false,
        time: 1_764_506_096_789,
        received: 1_764_506_096_999,
        clock: None,
        kind: MessageKind::Text,
        text: text.to_owned(),
        edited: false,
        deleted: false,
        reply: None,
        reactions: Vec::new(),
        state: State::Received,
        sent: 0,
        seen: 0,
        gap: false,
        mention: false,
        muted: false,
        cursor: format!("c-{id}"),
    }
}

/// A message of somebody else's in the lobby.
pub(crate) fn message_of(author: &str, name: &str, id: &str, text: &str) -> Message {
    let fingerprint = Some(fingerprint(author));
    Message { author: Some(author.to_owned()), name: name.to_owned(), fingerprint, ..message(id, text) }
}

pub(crate) fn reaction(emoji: &str, authors: &[&str]) -> Reaction {
    let authors: Vec<_> = authors.iter().map(ToString::to_string).collect();
    Reaction {
        emoji: emoji.to_owned(),
        count: authors.len() as u64,
        own: false,
        names: authors.clone(),
        authors,
    }
}

impl Fake {
    /// A chat of `me` with the rooms `#lobby` and `#dchat`, where alice has said something.
    pub(crate) fn new() -> Self {
        let me =
            Myself { author: "0000".to_owned(), fingerprint: fingerprint("0000"), name: "me".to_owned() };
        Self(Arc::new(Mutex::new(Chat {
            me,
            rooms: vec![
                room("r-lobby", "#lobby", RoomKind::Public),
                room("r-dchat", "#dchat", RoomKind::Dchat),
            ],
            people: vec![("r-lobby".to_owned(), person("aaaa", "alice"))],
            messages: vec![message("m0", "before")],
            refusal: None,
            read: Vec::new(),
            ids: 0,
        })))
    }

    fn sent(
        &self,
        room: &str,
        kind: MessageKind,
        text: &str,
        reply: Option<&str>,
    ) -> Result<Sent, ChatError> {
        let mut chat = self.0.lock();
        if let Some(refusal) = chat.refusal.take() {
            return Err(refusal);
        }
        chat.ids += 1;
        let id = format!("own{}", chat.ids);
        let reply = reply.map(|id| Reply {
            id: id.to_owned(),
            name: String::new(),
            text: String::new(),
            known: true,
        });
        let sent = Message {
            room: room.to_owned(),
            name: chat.me.name.clone(),
            own: true,
            kind,
            reply,
            state: State::Pending,
            ..message_of("0000", "", &id, text)
        };
        chat.messages.push(sent);
        Ok(Sent { id })
    }

    /// Changes a message.
    pub(crate) fn change(&self, id: &str, change: impl Fn(&mut Message)) -> Message {
        let mut chat = self.0.lock();
        let message =
            chat.messages.iter_mut().find(|message| message.id == id).expect("there is such a message");
        change(message);
        message.clone()
    }
}

impl Backend for Fake {
    fn myself(&self) -> Myself {
        self.0.lock().me.clone()
    }

    fn rename(&self, name: &str) -> Result<String, ChatError> {
        name.clone_into(&mut self.0.lock().me.name);
        Ok(name.to_owned())
    }

    fn rooms(&self) -> Result<Vec<Room>, ChatError> {
        Ok(self.0.lock().rooms.clone())
    }

    fn room(&self, wanted: &str) -> Result<Room, ChatError> {
        let found = self.rooms()?.into_iter().find(|room| room.room == wanted);
        found.ok_or_else(|| ChatError::NoSuchRoom(wanted.to_owned()))
    }

    fn join(&self, name: &str, passphrase: Option<&str>) -> Result<Room, ChatError> {
        if name.len() < 2 {
            return Err(ChatError::NotAllowed("a room has a longer name".to_owned()));
        }
        let name = nick::folded(name);
        let (id, kind) = match passphrase {
            Some(passphrase) => (format!("p-{passphrase}"), RoomKind::Private),
            None => (format!("r-{}", &name[1..]), RoomKind::Public),
        };
        let joined = room(&id, &name, kind);
        let mut chat = self.0.lock();
        if !chat.rooms.iter().any(|room| room.room == id) {
            chat.rooms.push(joined.clone());
        }
        Ok(joined)
    }

    fn direct(&self, author: &str) -> Result<Room, ChatError> {
        let id = format!("d-{author}");
        let direct =
            Room { author: Some(author.to_owned()), ..room(&id, &format!("@{author}"), RoomKind::Direct) };
        let mut chat = self.0.lock();
        if !chat.rooms.iter().any(|room| room.room == id) {
            chat.rooms.push(direct.clone());
        }
        Ok(direct)
    }

    fn names(&self, most: usize) -> Result<Vec<Named>, ChatError> {
        let chat = self.0.lock();
        let named = |person: &Person| Named {
            author: person.author.clone(),
            fingerprint: person.fingerprint.clone(),
            name: person.name.clone(),
        };
        Ok(chat.people.iter().map(|(_, person)| named(person)).take(most).collect())
    }

    fn people(&self, room: &str) -> Result<Vec<Person>, ChatError> {
        let chat = self.0.lock();
        Ok(chat.people.iter().filter(|(of, _)| of == room).map(|(_, person)| person.clone()).collect())
    }

    fn history(&self, room: &str, place: &Place, limit: usize) -> Result<History, ChatError> {
        let all: Vec<_> =
            self.0.lock().messages.iter().filter(|message| message.room == room).cloned().collect();
        let at = |cursor: &str| all.iter().position(|message| message.cursor == *cursor);
        let cut = |from: usize, to: usize| all.get(from..to).unwrap_or_default().to_vec();
        let newest = |messages: Vec<Message>| messages[messages.len().saturating_sub(limit)..].to_vec();
        let messages = match place {
            Place::Latest => newest(all.clone()),
            Place::Before(cursor) => newest(cut(0, at(cursor).unwrap_or_default())),
            Place::After(cursor) => cut(at(cursor).map_or(all.len(), |at| at + 1), all.len()),
            Place::Around(id) => {
                let at = all.iter().position(|message| message.id == *id).unwrap_or_default();
                cut(at.saturating_sub(limit / 2), (at + limit.div_ceil(2)).min(all.len()))
            }
            Place::BeforeTime(time) => {
                newest(all.iter().filter(|message| message.time < *time).cloned().collect())
            }
            Place::AfterTime(time) => all.iter().filter(|message| message.time > *time).cloned().collect(),
        };
        let messages = messages.into_iter().take(limit).collect();
        Ok(History { room: room.to_owned(), messages, older: false, newer: false })
    }

    fn message(&self, id: &str) -> Result<Message, ChatError> {
        let chat = self.0.lock();
        let found = chat.messages.iter().find(|message| message.id == id);
        found.cloned().ok_or_else(|| ChatError::NoSuchMessage(id.to_owned()))
    }

    fn send(&self, room: &str, text: &str, reply: Option<&str>) -> Result<Sent, ChatError> {
        let kind = if room == "r-dchat" { MessageKind::Dchat } else { MessageKind::Text };
        self.sent(room, kind, text, reply)
    }

    fn read(&self, room: &str, id: &str) -> Result<(), ChatError> {
        self.0.lock().read.push((room.to_owned(), id.to_owned()));
        Ok(())
    }

    fn delete(&self, id: &str) -> Result<Sent, ChatError> {
        if !self.message(id)?.own {
            return Err(ChatError::NotYours(id.to_owned()));
        }
        self.change(id, |message| (message.deleted, message.text) = (true, String::new()));
        Ok(Sent { id: "deletion".to_owned() })
    }

    fn react(&self, id: &str, emoji: &str, on: bool) -> Result<Sent, ChatError> {
        self.message(id)?;
        let reactions = if on { vec![reaction(emoji, &["0000"])] } else { Vec::new() };
        self.change(id, |message| message.reactions.clone_from(&reactions));
        Ok(Sent { id: "reaction".to_owned() })
    }

    fn topic(&self, room: &str, text: &str) -> Result<Sent, ChatError> {
        self.sent(room, MessageKind::Topic, text, None)
    }
}
