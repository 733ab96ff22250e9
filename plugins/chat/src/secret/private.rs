//! The key of a private room, out of what its members know.

use super::Key;
use crate::hash::{Hash, hash};
use argon2::{Algorithm, Argon2, Params, Version};
use zeroize::Zeroizing;

const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// The key and the id of the private room of this name and passphrase. It takes 19 MiB of memory and some ten milliseconds.
#[must_use]
pub fn private(name: &str, passphrase: &str) -> (Key, Hash) {
    let salt = hash("backplane chat.room salt 1", &[name.as_bytes()]);
    let params =
        Params::new(MEMORY_KIB, PASSES, LANES, None).expect("the constants are within argon2's limits");
    let mut material = Zeroizing::new([0; 64]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), &salt, material.as_mut())
        .expect(
            "the lengths of salt and output are within argon2's limits, and so is a passphrase in memory",
        );
    let (key, rest) = material.split_first_chunk().expect("the material has 64 bytes");
    (Key::new(*key), hash("backplane chat.room private 1", &[rest]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_knows_name_and_passphrase_has_the_same_room() {
        let (key, id) = private("#garden", "correct horse");
        let again = private("#garden", "correct horse");
        assert_eq!((key.bytes(), id), (again.0.bytes(), again.1));
        for (name, passphrase) in
            [("#garden", "correct hors"), ("#garde", "correct horse"), ("#garden", "Correct horse")]
        {
            let other = private(name, passphrase);
            assert!(other.0.bytes() != key.bytes() && other.1 != id, "{name} {passphrase}");
        }
    }

    #[test]
    fn the_id_gives_nothing_of_the_key_away() {
        let (key, id) = private("#garden", "correct horse");
        assert_ne!(key.bytes(), &id);
    }
}
