//! The id of a node: the public key of its certificate.

use std::fmt;
use std::str::FromStr;

/// What a node is known by: the Ed25519 public key of the certificate that it shows. Its text is the 64 hexadecimal
/// digits of the key, in lower case.
///
/// Whoever has a node id has proved, in the set-up of the connection, to hold the private key to it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId([u8; 32]);

/// A text is not a node id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a node id has 64 hexadecimal digits")]
pub struct NodeIdError;

impl NodeId {
    /// The id of the node with this public key.
    #[must_use]
    pub const fn new(public_key: [u8; 32]) -> Self {
        Self(public_key)
    }
}

impl FromStr for NodeId {
    type Err = NodeIdError;

    fn from_str(text: &str) -> Result<Self, NodeIdError> {
        let mut key = [0; 32];
        hex::decode_to_slice(text, &mut key).map_err(|_| NodeIdError)?;
        Ok(Self(key))
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&hex::encode(self.0))
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NodeId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_one_text_whatever_the_case_it_was_read_in() {
        let text = "0123456789abcdef".repeat(4);
        for spelling in [text.clone(), text.to_uppercase()] {
            assert_eq!(spelling.parse::<NodeId>().map(|id| id.to_string()), Ok(text.clone()));
        }
    }

    #[test]
    fn refuses_what_has_not_64_hexadecimal_digits() {
        for text in [String::new(), "ab".repeat(31), "ab".repeat(33), "a".repeat(63), "zz".repeat(32)] {
            assert_eq!(text.parse::<NodeId>(), Err(NodeIdError), "{text}");
        }
    }
}
