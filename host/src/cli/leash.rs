//! The leash: what lets a node end with the process that started it, however that one ends.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::io::AsyncReadExt;

/// The standard input as a sign of life of the parent process.
///
/// When it ends, the node stops. A parent that wrote something before is still there and cleans up itself; without a
/// word it is gone, and the node removes the folder that all of it was in.
#[derive(Debug)]
pub(super) struct Leash {
    folder: Option<PathBuf>,
    is_orphan: AtomicBool,
}

impl Leash {
    /// No leash without a folder.
    pub(super) const fn new(folder: Option<PathBuf>) -> Self {
        Self { folder, is_orphan: AtomicBool::new(false) }
    }

    /// Waits for the end of the standard input; for ever without a leash.
    pub(super) async fn released(&self) {
        if self.folder.is_none() {
            return std::future::pending().await;
        }
        // An input that breaks is one whose other end is gone.
        let word = tokio::io::stdin().read_u8().await;
        self.is_orphan.store(word.is_err(), Ordering::Relaxed);
    }

    /// Removes the folder if the parent is gone. Brothers may be at it too: the last one leaves nothing.
    pub(super) fn clean_up(&self) {
        if let Some(folder) = &self.folder
            && self.is_orphan.load(Ordering::Relaxed)
            && let Err(error) = fs::remove_dir_all(folder)
        {
            tracing::debug!(folder = %folder.display(), %error, "the folder is left to others");
        }
    }
}
