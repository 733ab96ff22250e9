//! The short form of a public key that people compare.

use crate::hash::{Hash, hash};
use std::fmt;
use std::str::FromStr;

/// The first eight bytes of a digest of an author's key, shown as `xxxx-xxxx-xxxx-xxxx`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint([u8; 8]);

impl Fingerprint {
    /// That of an author.
    #[must_use]
    pub fn of(author: &Hash) -> Self {
        let digest = hash("backplane chat fingerprint 1", &[author]);
        let (first, _) = digest.split_first_chunk().expect("a digest has 32 bytes");
        Self(*first)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, byte) in self.0.iter().enumerate() {
            let dash = if number > 0 && number % 2 == 0 { "-" } else { "" };
            write!(f, "{dash}{byte:02x}")?;
        }
        Ok(())
    }
}

/// The text is no fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a fingerprint is four groups of four hexadecimal digits: 0123-4567-89ab-cdef")]
pub struct NotAFingerprint;

impl FromStr for Fingerprint {
    type Err = NotAFingerprint;

    fn from_str(text: &str) -> Result<Self, NotAFingerprint> {
        let groups: Vec<&str> = text.split('-').collect();
        if groups.len() != 4 || groups.iter().any(|group| group.len() != 4) {
            return Err(NotAFingerprint);
        }
        let mut bytes = [0; 8];
        hex::decode_to_slice(groups.concat(), &mut bytes).map_err(|_| NotAFingerprint)?;
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_shown_in_groups_and_read_back() {
        let fingerprint = Fingerprint::of(&[1; 32]);
        let shown = fingerprint.to_string();
        assert_eq!(shown.len(), 19);
        assert_eq!(shown.parse(), Ok(fingerprint));
        assert_eq!(shown.to_uppercase().parse(), Ok(fingerprint));
        assert_ne!(fingerprint, Fingerprint::of(&[2; 32]));
    }

    #[test]
    fn what_is_none_is_refused() {
        for text in [
            "",
            "0123456789abcdef",
            "0123-4567-89ab-cde",
            "0123-4567-89ab-cdeg",
            "0123-4567-89ab-cdef-",
            "012-34567-89ab-cdef",
            "é123-4567-89ab-cde",
        ] {
            assert_eq!(text.parse::<Fingerprint>(), Err(NotAFingerprint), "{text}");
        }
    }
}
