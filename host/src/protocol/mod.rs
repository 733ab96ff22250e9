//! Protocols: who is attached to a channel, what a channel's handshake is, and the protocols that every node has.
//!
//! ```text
//! registry (entry) -> attached -> jobs
//!                       ^
//! handshake, negotiate (which of them the peer speaks)
//! ```
//!
//! The built-in protocols ([`ping`], [`address`], [`seed`]) are written against the contract that plug-ins use, and run
//! through the same bridge.

pub mod address;
mod attached;
mod base;
pub mod builtin;
mod entry;
pub mod handshake;
mod jobs;
pub mod messages;
pub mod negotiate;
pub mod ping;
mod registry;
pub mod seed;
pub mod standard;

pub use attached::Attached;
pub use entry::{Attach, Behaviour, ProtocolEntry, Worked};
pub use jobs::ProtocolJobsManager;
pub use registry::{ProtocolRegistry, RegisterError};
