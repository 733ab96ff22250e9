//! The messages of `chat.room`. What they may hold is checked by whoever receives them.

use crate::hash::Hash;
use crate::room::Envelope;
use backplane_plugin::Message;
use serde::{Deserialize, Serialize};

/// How many rooms a peer may say that it has joined.
pub const ROOMS: usize = 256;
/// How many ids are announced at once.
pub const ANNOUNCE: usize = 1000;
/// How many messages are asked for at once.
pub const FETCH: usize = 256;
/// How many bytes of envelopes go together.
pub const ENVELOPES_BYTES: usize = 256 * 1024;
/// How many bytes one side says in a round of a reconciliation.
pub const SYNC_BYTES: usize = 48 * 1024;

/// The rooms that the sender has joined: at the start, and whenever that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rooms {
    /// Their ids, at most [`ROOMS`].
    pub rooms: Vec<Hash>,
    /// For each the time in milliseconds since 1970 before which the sender keeps nothing.
    pub floors: Vec<u64>,
}

/// The sender has these messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announce {
    /// The room that they are in.
    pub room: Hash,
    /// Their ids, at most [`ANNOUNCE`].
    pub ids: Vec<Hash>,
}

/// The sender lacks these messages, which the receiver has said that it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetch {
    /// Their ids, at most [`FETCH`].
    pub ids: Vec<Hash>,
}

/// An answer to [`Fetch`]; several may answer one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Messages {
    /// Messages that were asked for, at most [`ENVELOPES_BYTES`] of them.
    pub envelopes: Vec<Envelope>,
    /// The ids of those that the sender does not have any more, at most [`FETCH`].
    pub gone: Vec<Hash>,
}

/// A round of a reconciliation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sync {
    /// The room.
    pub room: Hash,
    /// Even in questions of the side that has begun, odd in answers.
    pub round: u32,
    /// Nothing older than this is compared, in milliseconds since 1970.
    pub floor: u64,
    /// What negentropy says, at most [`SYNC_BYTES`].
    #[serde(with = "serde_bytes")]
    pub payload: Vec<u8>,
}

impl Message for Rooms {
    const NAME: &'static str = "chat.room.rooms";
    const MAX_BYTES: u64 = 11 * 1024;
}

impl Message for Announce {
    const NAME: &'static str = "chat.room.announce";
    const MAX_BYTES: u64 = 32 * 1024;
}

impl Message for Fetch {
    const NAME: &'static str = "chat.room.fetch";
    const MAX_BYTES: u64 = 9 * 1024;
}

impl Message for Messages {
    const NAME: &'static str = "chat.room.messages";
    const MAX_BYTES: u64 = 280 * 1024;
}

impl Message for Sync {
    const NAME: &'static str = "chat.room.sync";
    const MAX_BYTES: u64 = 49 * 1024;
}

#[cfg(test)]
mod tests {
    use super::*;
    use backplane_plugin::wire;

    fn fits<M: Message>(message: &M) {
        let bytes = wire::to_bytes(message).unwrap().len() as u64;
        assert!(bytes <= M::MAX_BYTES, "{} of {bytes} bytes", M::NAME);
    }

    #[test]
    fn the_largest_messages_that_are_allowed_fit() {
        fits(&Rooms { rooms: vec![[1; 32]; ROOMS], floors: vec![1; ROOMS] });
        fits(&Announce { room: [1; 32], ids: vec![[2; 32]; ANNOUNCE] });
        fits(&Fetch { ids: vec![[1; 32]; FETCH] });
        fits(&Sync { room: [1; 32], round: 7, floor: 8, payload: vec![9; SYNC_BYTES] });
        let envelope = Envelope {
            room: [1; 32],
            author: [2; 32],
            time: 3,
            depth: 4,
            previous: vec![[5; 32]; 4],
            body: vec![6; 10 * 1024],
            signature: [7; 64],
        };
        let envelopes = vec![envelope.clone(); ENVELOPES_BYTES / envelope.wire_bytes()];
        fits(&Messages { envelopes, gone: vec![[1; 32]; FETCH] });
    }
}
