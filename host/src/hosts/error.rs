//! What can go wrong with the file of the address book.

use std::{io, path::PathBuf};

/// The file of the address book cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HostsError {
    /// It is there but cannot be read.
    #[error("{}: the address book cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It cannot be written.
    #[error("{}: the address book cannot be written", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}
