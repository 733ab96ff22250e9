//! Rooms on a simulated host, with neighbours that say what a test says.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by a panic")]

mod floods;
mod front;
mod gossip;
mod kit;
mod privacy;
mod sync;
