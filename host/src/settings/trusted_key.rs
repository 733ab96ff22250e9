//! A public key of minisign, with the id that people know it by.

use base64::{Engine, prelude::BASE64_STANDARD};
use minisign_verify::PublicKey;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::{fmt, str::FromStr};

/// A public key whose signatures count, as the second line of a `minisign.pub` has it.
#[derive(Clone, PartialEq, Eq)]
pub struct TrustedKey {
    key: PublicKey,
    id: KeyId,
}

/// What minisign calls a key: the same number is in every signature of the key. Anybody can make a key with any id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyId(u64);

impl TrustedKey {
    /// The key.
    #[must_use]
    pub const fn key(&self) -> &PublicKey {
        &self.key
    }

    /// Its id.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }
}

impl KeyId {
    /// The id in a line of minisign: that of a public key, or the first of the two of a signature.
    #[must_use]
    pub fn in_line(line: &str) -> Option<Self> {
        // Two bytes that name the algorithm come first.
        let bytes = BASE64_STANDARD.decode(line.trim()).ok()?;
        let id = bytes.get(2..10)?.try_into().ok()?;
        Some(Self(u64::from_le_bytes(id)))
    }
}

impl FromStr for TrustedKey {
    type Err = TrustedKeyError;

    fn from_str(text: &str) -> Result<Self, TrustedKeyError> {
        let key = PublicKey::from_base64(text).map_err(|_| TrustedKeyError)?;
        Ok(Self { key, id: KeyId::in_line(text).ok_or(TrustedKeyError)? })
    }
}

impl<'de> Deserialize<'de> for TrustedKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|error| D::Error::custom(format_args!("{error}, found {text:?}")))
    }
}

impl fmt::Debug for TrustedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TrustedKey({})", self.id)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016X}", self.0)
    }
}

impl Serialize for KeyId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A text is no public key of minisign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a public key, which is the second line of a minisign.pub")]
pub struct TrustedKeyError;

#[cfg(test)]
mod tests {
    use super::*;

    /// That of minisign itself, with the id that its documentation gives.
    const KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
    const SIGNATURE: &str = "RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo=";

    #[test]
    fn a_key_and_its_signatures_have_the_same_id() {
        let key: TrustedKey = KEY.parse().unwrap();
        assert_eq!(key.id().to_string(), "E7620F1842B4E81F");
        assert_eq!(KeyId::in_line(SIGNATURE), Some(key.id()));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let cut = &KEY[..55];
        let comment = format!("untrusted comment: minisign public key\n{KEY}");
        for text in ["", "RW", "x y", cut, SIGNATURE, &comment] {
            assert_eq!(text.parse::<TrustedKey>(), Err(TrustedKeyError), "{text}");
        }
    }
}
