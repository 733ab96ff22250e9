//! The record of this process: begun where that of the last one is read, and closed by an orderly end.

use super::crashes::{Crash, Crashes, Limits};
use super::raw::{self, ORDERLY, Record};
use super::report::{Died, LastExit, MAX_BYTES};
use crate::clock;
use crate::marks;
use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Read};
use std::path::Path;
use std::sync::atomic::Ordering;
use std::thread;
use tempfile::NamedTempFile;

/// The name of the file in the data folder.
const FILE: &str = "flight.rec";

/// The record of this process. Dropping it says that the end was orderly, unless it is dropped by a panic.
#[derive(Debug)]
pub struct Recorder {
    record: &'static Record,
    /// Locked: while it is held, no other node takes the folder's record for one of the past.
    _file: File,
}

impl Recorder {
    /// Reads how the last process with this data folder ended, tells it, and begins a record of this process. Without one
    /// the node runs all the same: then there is only a line in the log.
    ///
    /// Call it before anything of a plug-in runs, and once a process.
    #[must_use]
    pub fn start(data_dir: &Path, limits: Limits) -> Option<Self> {
        let started = last_exit(data_dir).and_then(|last| {
            if let Some(last) = last {
                tell(&last, data_dir, limits);
            }
            Self::begin(data_dir)
        });
        let explain = |error: &io::Error| {
            tracing::warn!(%error, folder = %data_dir.display(), "no flight recorder: if the node crashes, it will not know in which plug-in");
        };
        started.inspect_err(explain).ok()
    }

    fn begin(data_dir: &Path) -> io::Result<Self> {
        fs::create_dir_all(data_dir)?;
        // A file of its own: that of the last process may still be somebody's memory.
        let aside = NamedTempFile::new_in(data_dir)?;
        aside.as_file().lock()?;
        let record = raw::begin(aside.as_file())?;
        let file = aside.persist(data_dir.join(FILE))?;
        if !marks::place(&record.table) {
            return Err(io::Error::other("plug-ins are at work already"));
        }
        raw::watch(&record.header)?;
        Ok(Self { record, _file: file })
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        if !thread::panicking() {
            self.record.header.state.store(ORDERLY, Ordering::Release);
        }
    }
}

/// How the last process ended; `None` when there was none.
fn last_exit(data_dir: &Path) -> io::Result<Option<LastExit>> {
    let mut file = match File::open(data_dir.join(FILE)) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => return Err(io::Error::other("another node uses this folder")),
        // A file system without locks.
        Err(TryLockError::Error(_)) | Ok(()) => {}
    }
    let mut bytes = Vec::with_capacity(MAX_BYTES);
    file.by_ref().take(MAX_BYTES as u64).read_to_end(&mut bytes)?;
    Ok(Some(LastExit::of(&bytes)))
}

/// Tells how the last process ended, and holds it against the plug-in on whose turn it did.
fn tell(last: &LastExit, data_dir: &Path, limits: Limits) {
    match last {
        LastExit::Orderly => {}
        LastExit::Unclear => tracing::warn!("last exit: it was not an orderly exit"),
        LastExit::Damaged => tracing::warn!("last exit: unknown, its record is damaged"),
        LastExit::Signal(died) => {
            tracing::error!("last exit: {died}");
            hold_against(died, data_dir, limits);
        }
    }
}

fn hold_against(died: &Died, data_dir: &Path, limits: Limits) {
    let Some(doing) = &died.doing else { return };
    let crash = Crash { at: clock::unix_seconds(), what: died.to_string() };
    let crashes = Crashes::load(data_dir);
    if let Err(error) = crashes.note(&doing.plugin, crash, limits) {
        tracing::warn!(%error, plugin = doing.plugin, "the crash of a plug-in cannot be remembered");
    }
}
