//! How messages travel: the protocol `chat.room`.
//!
//! A message is announced by its id, fetched once from one of those who announced it, and announced on. Rooms that two
//! neighbours have both joined are reconciled when they meet, every few minutes, and when one of them has got many messages
//! in another way. Rooms that are not joined are passed on.
//!
//! The way through the files: [`protocol`](self) is the one job of a channel; `receive`, `intake` and `reconciling` act on what
//! comes, `serve` sends what waits in the `outbox`. What they decide by has no I/O and no clock: `gossip` is the sum of it,
//! `wanted` knows who has what, `sessions` when to reconcile, `limits` and `authors` how much is too much, `relay` keeps what
//! passes.

pub mod messages;

pub(crate) mod authors;
pub(crate) mod gossip;
mod intake;
pub(crate) mod limits;
pub(crate) mod lru;
pub(crate) mod news;
mod outbox;
mod peer;
mod protocol;
mod receive;
mod reconciling;
mod relay;
mod rooms;
mod serve;
mod sessions;
pub(crate) mod signal;
pub(crate) mod snapshots;
mod spread;
mod wanted;

pub(crate) use protocol::ProtocolRoom;
