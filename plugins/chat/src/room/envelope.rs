//! What travels: a message in the clear header and the body that it has on the wire.

use crate::hash::{Hash, hash};
use backplane_plugin::wire;
use serde::{Deserialize, Serialize};

const DIGEST: &str = "backplane chat.room digest 1";
const ID: &str = "backplane chat.room id 1";
const SIGNED: &[u8] = b"backplane chat.room 1";

/// A message as it travels. Nothing about it is known to be true: [`Signed`](super::Signed) is one that was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// The room's id.
    pub room: Hash,
    /// The author's public key.
    pub author: Hash,
    /// Milliseconds since 1970 by the author's clock.
    pub time: u64,
    /// One more than the largest depth that the author knew in the room.
    pub depth: u64,
    /// The messages of the room that the author knew and that none referred to yet.
    pub previous: Vec<Hash>,
    /// A [`Body`](super::Body), in rooms with a key sealed.
    #[serde(with = "serde_bytes")]
    pub body: Vec<u8>,
    /// The author's signature of the id.
    #[serde(with = "halves")]
    pub signature: [u8; 64],
}

/// The fields that a sealed body is bound to.
#[derive(Serialize)]
struct Header<'a>(&'a Hash, &'a Hash, u64, u64, &'a [Hash]);

impl Envelope {
    /// The digest of all but the signature: what an author's own edits and deletions refer to.
    #[must_use]
    pub fn digest(&self) -> Hash {
        let length = wire::varint::encode(self.body.len() as u64);

        hash(DIGEST, &[&self.header(), length.as_slice(), &self.body])
    }

    /// The message's id.
    #[must_use]
    pub fn id(&self) -> Hash {
        id_of(&self.author, &self.digest())
    }

    /// How many bytes it has on the wire.
    #[must_use]
    pub fn wire_bytes(&self) -> usize {
        let varint = |count: usize| wire::varint::encode(count as u64).as_slice().len();
        144 + varint(self.previous.len())
            + 32 * self.previous.len()
            + varint(self.body.len())
            + self.body.len()
    }

    /// The fields before the body, as on the wire.
    pub(super) fn header(&self) -> Vec<u8> {
        let header = Header(&self.room, &self.author, self.time, self.depth, &self.previous);
        wire::to_bytes(&header).expect("hashes and numbers have an encoding")
    }
}

/// The id of the message of this author and digest. That the author is in it is what keeps anyone from naming a message of
/// somebody else by a digest.
pub(super) fn id_of(author: &Hash, digest: &Hash) -> Hash {
    hash(ID, &[author, digest])
}

/// What is signed.
pub(super) fn signed_bytes(id: &Hash) -> Vec<u8> {
    [SIGNED, id].concat()
}

/// 64 bytes, which serde has no array of.
mod halves {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8; 64], serializer: S) -> Result<S::Ok, S::Error> {
        let (first, second) = bytes.split_at(32);
        let halves: [[u8; 32]; 2] =
            [first, second].map(|half| half.try_into().expect("half of 64 bytes are 32"));
        halves.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 64], D::Error> {
        let halves = <[[u8; 32]; 2]>::deserialize(deserializer)?;
        Ok(halves.concat().try_into().expect("twice 32 bytes are 64"))
    }
}
