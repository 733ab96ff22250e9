//! What was said: parts of histories, single messages, and what has certain words.

use super::{ChatError, Found, History, LONGEST_PAGE, Message, Place, Query, Service, view};
use crate::hash::{Hash, parse_hash};
use crate::room::Position;
use crate::store::{Page, StoreError};

impl Service {
    /// A part of a room's history; at most [`LONGEST_PAGE`] messages.
    ///
    /// # Errors
    ///
    /// [`ChatError::NoSuchRoom`], [`ChatError::NoSuchMessage`] for one that is not here or a cursor that is none,
    /// [`ChatError::Store`].
    pub fn history(&self, room: &str, place: &Place, limit: usize) -> Result<History, ChatError> {
        let id = self.find(room)?.room.id;
        let page = match place {
            Place::Latest => Page::Latest,
            Place::Before(cursor) => Page::Before(position(cursor)?),
            Place::After(cursor) => Page::After(position(cursor)?),
            Place::Around(message) => Page::Around(message_id(message)?),
            Place::BeforeTime(time) => Page::BeforeTime(*time),
            Place::AfterTime(time) => Page::AfterTime(*time),
        };
        let part =
            self.shared.store.history(&id, page, limit.clamp(1, LONGEST_PAGE)).map_err(|error| {
                match (error, place) {
                    (StoreError::NoMessage, Place::Around(message)) => {
                        ChatError::NoSuchMessage(message.clone())
                    }
                    (error, _) => error.into(),
                }
            })?;
        let messages = part.messages.into_iter().map(view::message).collect();
        Ok(History { room: view::hex(&id), messages, older: part.older, newer: part.newer })
    }

    /// One message.
    ///
    /// # Errors
    ///
    /// [`ChatError::NoSuchMessage`], [`ChatError::Store`].
    pub fn message(&self, id: &str) -> Result<Message, ChatError> {
        let found = self.shared.store.message(&message_id(id)?)?;
        found.map(view::message).ok_or_else(|| ChatError::NoSuchMessage(id.to_owned()))
    }

    /// What has these words, the newest first.
    ///
    /// # Errors
    ///
    /// [`ChatError::NoSuchRoom`], [`ChatError::NoSuchMessage`] for a cursor that is none, [`ChatError::Store`].
    pub fn search(&self, query: &Query) -> Result<Found, ChatError> {
        let room = query.room.as_deref().map(|room| self.find(room)).transpose()?.map(|row| row.room.id);
        let before = query.before.as_deref().map(position).transpose()?;
        let limit = query.limit.clamp(1, LONGEST_PAGE);
        let found = self.shared.store.search(&query.words, room.as_ref(), limit, before)?;
        Ok(Found { messages: found.messages.into_iter().map(view::message).collect(), more: found.more })
    }
}

/// The message that somebody means.
pub(super) fn message_id(typed: &str) -> Result<Hash, ChatError> {
    parse_hash(typed.trim()).ok_or_else(|| ChatError::NoSuchMessage(typed.to_owned()))
}

fn position(cursor: &str) -> Result<Position, ChatError> {
    cursor.parse().map_err(|_| ChatError::NoSuchMessage(format!("{cursor:?} is no cursor")))
}
