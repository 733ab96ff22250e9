//! What the user says: written, kept, and given to the neighbours.

use super::history::message_id;
use super::{ChatError, Event, Sent, Service, view};
use crate::hash::Hash;
use crate::net::news::News;
use crate::room::{Draft, Envelope, Heads, Opened, RoomKind, Writer};
use crate::store::{Inserted, RoomRow, StoreError};

impl Service {
    /// Says something, perhaps as an answer to the message with an id. In `#dchat` it is a line.
    ///
    /// # Errors
    ///
    /// [`ChatError::NoSuchRoom`], [`ChatError::NotAllowed`], [`ChatError::SlowDown`], [`ChatError::Store`].
    pub fn send(&self, room: &str, text: &str, reply: Option<&str>) -> Result<Sent, ChatError> {
        let row = self.find(room)?;
        let reply = reply.map(message_id).transpose()?;
        if row.room.kind == RoomKind::Dchat && reply.is_none() {
            return Ok(Sent { id: self.say_line(text)?.0? });
        }
        self.write(&row, Draft::Text { text, reply })
    }

    /// Changes the text of an own message.
    ///
    /// # Errors
    ///
    /// [`ChatError::NoSuchMessage`], [`ChatError::NotYours`], [`ChatError::NotAllowed`], [`ChatError::SlowDown`],
    /// [`ChatError::Store`].
    pub fn edit(&self, id: &str, text: &str) -> Result<Sent, ChatError> {
        let (message, row) = self.envelope(id)?;
        self.write(&row, Draft::Edit { message: &message, text })
    }

    /// Takes an own message back: nobody shows it any more. Whoever has it could still read it.
    ///
    /// # Errors
    ///
    /// As [`edit`](Self::edit).
    pub fn delete(&self, id: &str) -> Result<Sent, ChatError> {
        let (message, row) = self.envelope(id)?;
        self.write(&row, Draft::Delete { message: &message })
    }

    /// Reacts to a message, or no longer.
    ///
    /// # Errors
    ///
    /// As [`edit`](Self::edit), but for [`ChatError::NotYours`].
    pub fn react(&self, id: &str, emoji: &str, on: bool) -> Result<Sent, ChatError> {
        let (_, row) = self.envelope(id)?;
        self.write(&row, Draft::React { message: message_id(id)?, emoji, on })
    }

    /// Gives a room a topic.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn topic(&self, room: &str, text: &str) -> Result<Sent, ChatError> {
        self.write(&self.find(room)?, Draft::Topic(text))
    }

    /// Marks a room as read up to a message, which others are told unless `receipts` is off.
    ///
    /// # Errors
    ///
    /// [`ChatError::NoSuchRoom`], [`ChatError::NoSuchMessage`], [`ChatError::Store`].
    pub fn read(&self, room: &str, id: &str) -> Result<(), ChatError> {
        let (row, message) = (self.find(room)?, message_id(id)?);
        let is_news = self.shared.store.mark_read(&row.room.id, &message).map_err(|error| match error {
            StoreError::NoMessage => ChatError::NoSuchMessage(id.to_owned()),
            error => error.into(),
        })?;
        if is_news {
            self.emit(&Event::Room { room: self.view(self.shared.store.room(&row.room.id)?)? });
            if self.shared.config.read().receipts && row.room.kind != RoomKind::Dchat {
                self.shared.receipts.lock().read(&row.room.id, &message);
                self.shared.due.set();
            }
        }
        Ok(())
    }

    /// Tells others what has been read, where it is time.
    pub(super) fn send_receipts(&self) {
        let now = self.shared.now();
        let due = self.shared.receipts.lock().due(now);
        for (room, message) in due {
            let sent = self.compose(&room, Draft::Seen(message)).map(|opened| {
                let envelope = opened.envelope().clone();
                self.shared.gossip.lock().relays(opened.id(), envelope, &[]);
            });
            if let Err(error) = sent {
                tracing::debug!(%error, "a receipt is not sent");
            }
        }
    }

    /// Writes a message, keeps it, and gives it to the neighbours.
    fn write(&self, row: &RoomRow, draft: Draft<'_>) -> Result<Sent, ChatError> {
        let opened = self.compose(&row.room.id, draft)?;
        let (id, room) = (*opened.id(), row.room.id);
        let inserted = self.shared.store.insert(&opened, self.shared.now())?;
        let touches = match inserted {
            Inserted::New { touches, .. } => touches,
            other => return Err(ChatError::Store(format!("the message is not kept: {other:?}"))),
        };
        self.shared.gossip.lock().publish(&room, &id);
        let mut news: Vec<_> = touches.into_iter().map(News::Changed).chain([News::Room(room)]).collect();
        if opened.kind().is_listed() {
            news.push(News::Message(id));
        }
        self.tell(news);
        Ok(Sent { id: view::hex(&id) })
    }

    /// Writes a message, if the user has not said too much lately.
    fn compose(&self, room: &Hash, draft: Draft<'_>) -> Result<Opened, ChatError> {
        let me = self.shared.me();
        let Some(room) = self.shared.room(room) else {
            return Err(ChatError::NotAllowed(
                "lines of dchat are said, and nothing else is done with them".to_owned(),
            ));
        };
        let heads: Heads = self.shared.store.heads(&room.id)?;
        let writer = Writer { identity: &me.identity, name: &me.name, room: &room, heads: &heads };
        let now = self.shared.now();
        let opened = writer.write(draft, now, &mut || self.shared.host.random())?;
        let mut sending = self.shared.sending.lock();
        if sending.take(now, 1) == 0 {
            return Err(ChatError::SlowDown { seconds: sending.wait(now).div_ceil(1000) });
        }
        Ok(opened)
    }

    /// A message that is here, with its room.
    fn envelope(&self, id: &str) -> Result<(Envelope, RoomRow), ChatError> {
        let none = || ChatError::NoSuchMessage(id.to_owned());
        let hash = message_id(id)?;
        if let Some(envelope) = self.shared.store.envelopes(&[hash])?.pop() {
            let row = self.shared.store.room(&envelope.room)?;
            return Ok((envelope, row));
        }
        match self.shared.store.message(&hash)? {
            Some(_) => Err(ChatError::NotAllowed("a line of dchat stays as it is".to_owned())),
            None => Err(none()),
        }
    }
}
