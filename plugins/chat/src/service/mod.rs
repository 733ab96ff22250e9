//! Chat as front ends use it: one model, of which the RPC methods are a thin layer.
//!
//! A [`Service`] is a handle; clones are the same chat. Its methods are plain functions that return soon: what they change is
//! committed to the store when they return, and travels to peers afterwards. A ROOM is given as its id (64 hexadecimal
//! digits), or as its name: `#lobby`, `@alice` or `@FINGERPRINT`. What happens meanwhile comes as an [`Event`] over a
//! [`Subscription`], which is bounded: a slow subscriber is told [`Told::Lost`], and reads again what it shows.
//!
//! ```no_run
//! # use backplane_chat::service::{ChatError, Service};
//! # async fn talk(service: Service) -> Result<(), ChatError> {
//! let mut events = service.subscribe();
//! let room = service.join("#lobby", None)?;
//! service.send(&room.room, "hello", None)?;
//! while let Some(told) = events.next().await {
//!     println!("{told:?}");
//! }
//! # Ok(())
//! # }
//! ```

mod dchat;
mod error;
pub(crate) mod events;
mod history;
mod identity;
mod open;
mod people;
pub(crate) mod receipts;
mod rooms;
mod send;
mod tell;
mod upkeep;
mod view;
mod views;

pub use error::ChatError;
pub use events::{Event, Subscription, Told};
pub(crate) use views::Named;
pub use views::{
    Clock, Found, Hex, History, Kept, Message, MessageKind, Myself, Person, Reaction, Reply, Room, RoomKind,
    Sent, State, Status,
};

use crate::shared::Shared;
use std::sync::Arc;

/// How many messages a history or a search gives unless it is said.
pub const PAGE: usize = 50;
/// How many it gives at most.
pub const LONGEST_PAGE: usize = 200;

/// Which part of a history is asked for. A cursor is [`Message::cursor`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The newest messages.
    Latest,
    /// Those before the one with this cursor.
    Before(String),
    /// Those after the one with this cursor.
    After(String),
    /// Those around the one with this id.
    Around(Hex),
    /// The newest of those written before a time, in milliseconds since 1970. A message counts as written when its author
    /// says, but not after it came.
    BeforeTime(u64),
    /// The oldest of those written after a time.
    AfterTime(u64),
}

/// Something to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Words, all of which a message has to have; the last one may be a beginning.
    pub words: String,
    /// In this room only.
    pub room: Option<String>,
    /// At most so many messages.
    pub limit: usize,
    /// Only before the message with this cursor.
    pub before: Option<String>,
}

/// A handle to chat; clones are the same.
#[derive(Debug, Clone)]
pub struct Service {
    shared: Arc<Shared>,
}

impl Service {
    /// Everything that happens from now on.
    #[must_use]
    pub fn subscribe(&self) -> Subscription {
        self.shared.events.subscribe()
    }

    /// What the network needs of it.
    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }
}
