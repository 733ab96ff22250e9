//! Why the store did not do what it was asked.

use std::io;
use std::path::PathBuf;

/// Why the store did not do what it was asked. Nothing of it was done then.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database failed: a full disk, say, or a damage that came while it was open.
    #[error("the database of chat failed")]
    Database(#[from] rusqlite::Error),
    /// A file of it could not be moved aside, or made.
    #[error("{} cannot be used for the database of chat", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The room has not been joined.
    #[error("there is no such room")]
    NoRoom,
    /// The message is not here.
    #[error("there is no such message")]
    NoMessage,
    /// A row holds what no version of this store puts there.
    #[error("the database of chat holds a wrong value in {0}")]
    Value(&'static str),
}
