//! Digests of SHA-256, each over a text that says what for.

use sha2::{Digest, Sha256};

/// A digest, an id or a public key.
pub type Hash = [u8; 32];

/// The digest of `purpose` and the parts, one behind the other. The purpose keeps a digest for one thing from being taken for
/// that of another.
#[must_use]
pub fn hash(purpose: &str, parts: &[&[u8]]) -> Hash {
    let mut digest = Sha256::new();
    digest.update(purpose);
    parts.iter().for_each(|part| digest.update(part));
    digest.finalize().into()
}

/// A digest out of its 64 hexadecimal digits.
#[must_use]
pub fn parse_hash(text: &str) -> Option<Hash> {
    let mut hash = Hash::default();
    hex::decode_to_slice(text, &mut hash).ok()?;
    Some(hash)
}
