//! The key of a direct room, which two people have without ever having sent it.

use super::{Identity, Key};
use crate::hash::{Hash, hash};
use ed25519_dalek::VerifyingKey;
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

const KEY: &str = "backplane chat.room direct key 1";
const ID: &str = "backplane chat.room direct id 1";

/// What two people have in common.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The key of their room.
    pub key: Key,
    /// The room's id.
    pub id: Hash,
}

/// The key is none that a secret could be shared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no public key of a person: no secret can be shared with it")]
pub struct NotADirectKey;

/// The key and the id of the room of one's own and of another's key; of one's own notes when they are the same.
///
/// # Errors
///
/// When the other's is no public key, or one of those few with which everybody shares the same secret.
pub fn pair(own: &Identity, other: &Hash) -> Result<Pair, NotADirectKey> {
    let other_key = VerifyingKey::from_bytes(other).map_err(|_| NotADirectKey)?;
    if other_key.is_weak() {
        return Err(NotADirectKey);
    }
    let shared = Zeroizing::new(own.exchange(&other_key));
    let [mut first, mut second] = [own.author(), *other];
    if second < first {
        std::mem::swap(&mut first, &mut second);
    }
    let expand = |purpose: &str| {
        let mut out = Zeroizing::new(Hash::default());
        Hkdf::<Sha256>::new(None, shared.as_ref())
            .expand_multi_info(&[purpose.as_bytes(), &first, &second], out.as_mut())
            .expect("32 bytes are within the limit of HKDF");
        out
    };
    Ok(Pair { key: Key::new(*expand(KEY)), id: hash("backplane chat.room direct 1", &[expand(ID).as_ref()]) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_have_the_same_room_and_nobody_else_has_it() {
        let [alice, bob, eve] = [1, 2, 3].map(|seed| Identity::from_secret([seed; 32]));
        let [here, there] = [pair(&alice, &bob.author()), pair(&bob, &alice.author())].map(Result::unwrap);
        assert_eq!((here.key.bytes(), here.id), (there.key.bytes(), there.id));
        for other in [pair(&eve, &bob.author()), pair(&eve, &alice.author()), pair(&alice, &alice.author())] {
            let other = other.unwrap();
            assert!(other.id != here.id && other.key.bytes() != here.key.bytes());
        }
    }

    #[test]
    fn a_key_that_shares_one_secret_with_everybody_is_refused() {
        let alice = Identity::from_secret([1; 32]);
        // Of order 4 and 1, and none at all.
        for first in [0, 1, 2] {
            let mut weak = [0; 32];
            weak[0] = first;
            assert_eq!(pair(&alice, &weak).unwrap_err(), NotADirectKey, "{weak:?}");
        }
    }
}
