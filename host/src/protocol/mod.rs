//! Protocols: who is attached to a channel, what a channel's handshake is, and the protocols that every node has.
//!
//! ```text
//! registry (entry) -> attached -> jobs
//!                       ^
//! handshake, lists, exchange, negotiate (which of them the peer speaks) -> follow (what changes that)
//! ```
//!
//! The built-in protocols ([`ping`], [`address`], [`seed`]) are written against the contract that plug-ins use, and run
//! through the same bridge.

pub mod address;
mod attached;
mod base;
pub mod builtin;
mod entry;
mod exchange;
mod follow;
pub mod handshake;
mod jobs;
mod lists;
pub mod messages;
pub mod negotiate;
pub mod offers;
pub mod ping;
mod registry;
mod running;
pub mod seed;
pub mod standard;

pub use attached::Attached;
pub use base::BASE_COMMANDS;
pub use entry::{Attach, Behaviour, ProtocolEntry};
pub use jobs::ProtocolJobsManager;
pub use lists::Lists;
pub use registry::{ProtocolRegistry, RegisterError};
