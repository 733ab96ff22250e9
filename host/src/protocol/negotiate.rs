//! Which protocols two peers share: a plain function of what both offer.

use super::entry::ProtocolEntry;
use super::messages::ProtocolOffer;

/// The feature of the version message that says: this node negotiates protocols.
pub const FEATURE: &str = "backplane";
/// Its version.
pub const FEATURE_VERSION: u32 = 1;
/// The feature that carries the random number of the sender's process.
pub const NONCE_FEATURE: &str = "backplane.nonce";
/// The feature that carries the bit of the session that the sender dialled for.
pub const SESSION_FEATURE: &str = "backplane.session";

/// Whether a protocol runs with a peer that offers `theirs`, or that does not negotiate (`None`).
#[must_use]
pub fn is_shared(ours: &ProtocolEntry, theirs: Option<&[ProtocolOffer]>) -> bool {
    theirs.map_or(ours.assumed, |theirs| {
        theirs.iter().any(|theirs| theirs.name == *ours.name && theirs.version == ours.version)
    })
}
