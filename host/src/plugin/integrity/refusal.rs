//! Why a file is not run: what was expected, what was found, and what to change.

use super::pin::Pin;
use super::sha256::Sha256;
use crate::plugin::file::FileError;
use crate::plugin::library::LibraryError;
use crate::settings::KeyId;
use std::path::PathBuf;

/// Why a file is not run.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It cannot be read.
    #[error("{}: expected a file that can be read: {reason}", path.display())]
    Unreadable {
        /// What cannot be read.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// It is too long to be a plug-in.
    #[error("expected a library of at most {most} bytes, found a longer one")]
    TooLong {
        /// The longest that is read.
        most: u64,
    },
    /// Others can write it, or a folder that it is in.
    #[error("{0}: expected nobody but its owner to be able to write it, found mode {1:04o}: chmod go-w {0}", path.display(), mode)]
    Writable {
        /// The file or folder.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It belongs to somebody else, or a folder that it is in does.
    #[error("{0}: expected it to belong to root or to user {own}, who runs this, found user {owner}: chown {own} {0}", path.display())]
    Owned {
        /// The file or folder.
        path: PathBuf,
        /// The user that it belongs to.
        owner: u32,
        /// The user that the node runs as.
        own: u32,
    },
    /// Nothing is pinned.
    #[error("plugins.policy is \"pinned\": expected {}, found none; if you trust what is in the folder, write it with `backplane plugin lock`", lock.display())]
    NoLock {
        /// The file that is missing.
        lock: PathBuf,
    },
    /// What is pinned cannot be read.
    #[error("{}: expected the pinned plug-ins, found {reason}; write it anew with `backplane plugin lock`", lock.display())]
    BadLock {
        /// The file.
        lock: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The file is not pinned.
    #[error("expected it in {}, found no entry with source = {source_name:?}; if you trust the file, pin it with `backplane plugin lock`", lock.display())]
    NotPinned {
        /// The file with the pins.
        lock: PathBuf,
        /// What the entry would be called.
        source_name: String,
    },
    /// Other bytes are pinned.
    #[error("expected sha256 {0}, that of {1} {2} in {3}, found {found}; put that file back, or if you trust this one, pin it with `backplane plugin lock`", pin.sha256, pin.name, pin.version, lock.display())]
    OtherBytes {
        /// The file with the pins.
        lock: PathBuf,
        /// What is pinned.
        pin: Box<Pin>,
        /// What the file is.
        found: Sha256,
    },
    /// The pin has another name or version than the plug-in itself.
    #[error("expected {0} {1}, as {2} says, found {found}; write that file anew with `backplane plugin lock`", pin.name, pin.version, lock.display())]
    OtherPlugin {
        /// The file with the pins.
        lock: PathBuf,
        /// What is pinned.
        pin: Box<Pin>,
        /// What the plug-in says of itself.
        found: String,
    },
    /// There is no signature.
    #[error("plugins.policy is \"signed\": expected a signature in {}, found none; whoever has a trusted key makes it with `minisign -Sm {}`", minisig.display(), file.display())]
    NoSignature {
        /// The file that is missing.
        minisig: PathBuf,
        /// The file that is not signed.
        file: PathBuf,
    },
    /// The signature cannot be read.
    #[error("{}: expected a signature of minisign, found something else; copy it again, or sign anew", minisig.display())]
    BadSignature {
        /// The file.
        minisig: PathBuf,
    },
    /// The signature is of the bytes themselves and not of their hash, as early versions of minisign made them.
    #[error("{}: expected a signature of the hash, found one in the legacy format; sign anew with minisign 0.10 or later, without -l", minisig.display())]
    LegacySignature {
        /// The file.
        minisig: PathBuf,
    },
    /// The signature was made with a key that is not trusted.
    #[error("{}: expected a signature by a key of plugins.trusted_keys ({}), found one by {found}; if you trust that key, add it there", minisig.display(), listed(trusted))]
    UnknownKey {
        /// The file.
        minisig: PathBuf,
        /// The key that it names.
        found: KeyId,
        /// The keys that are trusted.
        trusted: Vec<KeyId>,
    },
    /// The signature is of other bytes, or a forgery.
    #[error("{}: expected the signature of this file by {key}, found one that does not fit; get file and signature again, from the same place", minisig.display())]
    WrongSignature {
        /// The file.
        minisig: PathBuf,
        /// The key that it names.
        key: KeyId,
    },
    /// The copy that is to be opened cannot be made.
    #[error("expected to be able to copy it to {}, found: {reason}; see node.data_dir", dir.display())]
    NoCopy {
        /// The folder of the copies.
        dir: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// It is no plug-in.
    #[error(transparent)]
    File(#[from] FileError),
    /// The bytes are right, and no plug-in for this host.
    #[error(transparent)]
    Library(#[from] LibraryError),
}

fn listed(keys: &[KeyId]) -> String {
    let keys: Vec<_> = keys.iter().map(ToString::to_string).collect();
    if keys.is_empty() { "which has none".to_owned() } else { keys.join(", ") }
}
