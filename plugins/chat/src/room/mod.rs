//! The model of rooms: what a message is, who may say what, in which order it is shown. Plain functions, without I/O.
//!
//! The way of a message that is sent: [`Writer::write`] makes an [`Opened`] out of a [`Draft`]. The way of one that comes from a
//! peer: [`Signed::check`] (limits, signature, id: all that a node can say that only relays it), then [`Opened::open`] with the
//! [`Room`] (the body, decrypted in rooms with a key). What is kept and shown is [`Opened`] only, and no other module makes one.
//!
//! Two nodes with the same messages show the same: the order is that of [`Position`], and [`fold`] says what edits, deletions
//! and reactions make of a message. Neither asks in which order they arrived.

mod body;
mod draft;
mod envelope;
mod fold;
mod kinds;
pub mod limits;
mod name;
mod opened;
mod position;
mod refusal;
mod signed;
mod sync;
mod text;

pub use body::{Body, Kind};
pub use draft::{Draft, DraftError, Heads, Writer};
pub use envelope::Envelope;
pub use fold::{Change, Shown, fold};
pub use kinds::{Room, RoomKind};
pub use name::{NotARoomName, RoomName, check_name, name_key, shown_name};
pub use opened::Opened;
pub use position::{NotACursor, Position};
pub use refusal::Refusal;
pub use signed::Signed;
pub use sync::{Difference, Reconciler, SyncError};
pub use text::{NotAllowed, mentions, shown_text};
