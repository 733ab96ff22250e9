//! What a file holds, read once, with its hash.

use super::refusal::Refusal;
use super::sha256::Sha256;
use crate::durable;
use std::path::Path;

/// The longest library that is read, in bytes: many times one with all its debug information.
const MAX_BYTES: u64 = 512 << 20;

/// What a file holds.
pub(super) struct Contents {
    pub(super) bytes: Vec<u8>,
    pub(super) sha256: Sha256,
}

impl Contents {
    /// Reads a file.
    pub(super) fn read(path: &Path) -> Result<Self, Refusal> {
        Self::read_up_to(path, MAX_BYTES)
    }

    fn read_up_to(path: &Path, most: u64) -> Result<Self, Refusal> {
        let unreadable = |reason: String| Refusal::Unreadable { path: path.to_owned(), reason };
        let found = path.metadata().map_err(|error| unreadable(error.to_string()))?;
        // To open a pipe is to wait for whoever writes to it.
        if !found.is_file() {
            return Err(unreadable("it is no file".to_owned()));
        }
        let bytes = durable::read(path, most + 1).map_err(|error| unreadable(error.to_string()))?;
        let bytes = bytes.ok_or_else(|| unreadable("it is gone".to_owned()))?;
        if bytes.len() as u64 > most {
            return Err(Refusal::TooLong { most });
        }
        Ok(Self { sha256: Sha256::of(&bytes), bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_bound_and_no_other_thing_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        std::fs::write(&path, "abc").unwrap();
        let contents = Contents::read_up_to(&path, 3).unwrap();
        assert_eq!((contents.bytes.as_slice(), contents.sha256), (&b"abc"[..], Sha256::of(b"abc")));
        assert!(matches!(Contents::read_up_to(&path, 2), Err(Refusal::TooLong { most: 2 })));
        for path in [dir.path(), &dir.path().join("absent")] {
            assert!(matches!(Contents::read(path), Err(Refusal::Unreadable { .. })), "{}", path.display());
        }
    }
}
