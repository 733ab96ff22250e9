//! The file of a node's key: PKCS#8 in PEM, for its owner only.

use crate::durable;
use rcgen::{KeyPair, PKCS_ED25519};
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The longest file that is read, in bytes: many times that of a key.
const MAX_BYTES: u64 = 16 * 1024;

/// Why a node has no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read.
    #[error("cannot read the key of the node in {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Others than its owner may read or write the file.
    #[error("the key of the node in {} must be for its owner only: mode 0600, not {mode:04o}", path.display())]
    TooOpen {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The file holds no Ed25519 key.
    #[error("{} holds no Ed25519 key (PKCS#8 in PEM); without the file a new one is made", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the parser says.
        source: rcgen::Error,
    },
    /// A new key cannot be written.
    #[error("cannot write the key of the node to {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Reads the key in a file, or makes one and writes it there.
pub(super) fn load_or_create(path: &Path) -> Result<KeyPair, KeyError> {
    if let Some(key) = load(path)? {
        return Ok(key);
    }
    let key = KeyPair::generate_for(&PKCS_ED25519).expect("the system gives random bytes");
    // A key that somebody else wrote meanwhile is not replaced.
    durable::create_new(path, |file| file.write_all(key.serialize_pem().as_bytes()))
        .map_err(|source| KeyError::Write { path: path.to_owned(), source })?;
    tracing::info!(path = %path.display(), "a new key for this node");
    Ok(key)
}

/// `None` when there is no file.
fn load(path: &Path) -> Result<Option<KeyPair>, KeyError> {
    let unreadable = |source| KeyError::Read { path: path.to_owned(), source };
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(unreadable)?,
    };
    let mode = file.metadata().map_err(unreadable)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyError::TooOpen { path: path.to_owned(), mode });
    }
    let bytes = durable::read_from(&file, MAX_BYTES).map_err(unreadable)?;
    // A text that is not UTF-8 is no PEM either, and is told as such.
    let key = KeyPair::from_pkcs8_pem_and_sign_algo(&String::from_utf8_lossy(&bytes), &PKCS_ED25519);
    key.map(Some).map_err(|source| KeyError::Damaged { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::NodeKey;
    use std::fs::{self, Permissions};

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_key_is_kept_for_its_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("node.key");
        let first = NodeKey::load_or_create(&path).unwrap();
        let second = NodeKey::load_or_create(&path).unwrap();
        assert_eq!(first.id(), second.id());
        assert_eq!(mode(&path), 0o600);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_key_that_others_may_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("node.key");
        NodeKey::load_or_create(&path).unwrap();
        for open in [0o640, 0o604, 0o660] {
            fs::set_permissions(&path, Permissions::from_mode(open)).unwrap();
            let error = NodeKey::load_or_create(&path).unwrap_err();
            assert!(matches!(&error, KeyError::TooOpen { mode, .. } if *mode == open), "{error}");
            assert!(error.to_string().contains("node.key"), "{error}");
        }
    }

    #[test]
    fn a_damaged_key_is_refused_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("node.key");
        NodeKey::load_or_create(&path).unwrap();
        let whole = fs::read(&path).unwrap();
        let rsa = b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        for damaged in [&whole[..whole.len() / 2], b"", b"\xff\xfe", rsa] {
            fs::write(&path, damaged).unwrap();
            let error = NodeKey::load_or_create(&path).unwrap_err();
            assert!(matches!(error, KeyError::Damaged { .. }), "{error}");
            assert!(error.to_string().contains("node.key"), "{error}");
            assert_eq!(fs::read(&path).unwrap(), damaged);
        }
    }
}
