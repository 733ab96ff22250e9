//! Messages whose header, signature and id were checked: all that a node can say which only relays them.

use super::envelope::signed_bytes;
use super::{Envelope, Refusal, limits};
use crate::hash::Hash;
use ed25519_dalek::{Signature, VerifyingKey};

/// A message that its author signed, within the limits. Its body may still be unreadable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    envelope: Envelope,
    id: Hash,
}

impl Signed {
    /// Checks a message. It costs about 50 µs: the limits are checked before the signature.
    ///
    /// # Errors
    ///
    /// When it is outside of the limits, too far ahead of `now_ms`, or not signed by its author.
    pub fn check(envelope: Envelope, now_ms: u64) -> Result<Self, Refusal> {
        if envelope.previous.len() > limits::PREVIOUS {
            return Err(Refusal::Previous(envelope.previous.len()));
        }
        if envelope.depth == 0 || envelope.depth > limits::DEPTH {
            return Err(Refusal::Depth(envelope.depth));
        }
        if envelope.body.len() > limits::BODY_BYTES {
            return Err(Refusal::Body(envelope.body.len()));
        }
        let id = envelope.id();
        // Strict: neither a weak key nor a second form of a signature counts.
        VerifyingKey::from_bytes(&envelope.author)
            .and_then(|key| {
                key.verify_strict(&signed_bytes(&id), &Signature::from_bytes(&envelope.signature))
            })
            .map_err(|_| Refusal::Signature)?;
        match envelope.time.saturating_sub(now_ms) {
            ahead if ahead > limits::AHEAD_MS => Err(Refusal::Ahead(ahead)),
            _ => Ok(Self { envelope, id }),
        }
    }

    /// One that was signed just now, by whoever calls.
    pub(super) const fn own(envelope: Envelope, id: Hash) -> Self {
        Self { envelope, id }
    }

    /// What travels.
    #[must_use]
    pub const fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// What travels.
    #[must_use]
    pub fn into_envelope(self) -> Envelope {
        self.envelope
    }

    /// The message's id.
    #[must_use]
    pub const fn id(&self) -> &Hash {
        &self.id
    }
}
