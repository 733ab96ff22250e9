//! The making of a lock: what is in the folder today is what the operator trusts.

use super::examine::{Examined, examine};
use super::lock::Lock;
use super::pin::{Change, Pin};
use super::refusal::Refusal;
use super::writers;
use crate::plugin::error::StartError;
use crate::plugin::folder::{libraries, name_of};
use crate::settings::Settings;
use std::io;
use std::path::{Path, PathBuf};

/// What was pinned.
#[derive(Debug)]
pub struct Pinning {
    /// The file that has it.
    pub path: PathBuf,
    /// The pins.
    pub lock: Lock,
    /// What is different from before.
    pub changes: Vec<Change>,
    /// What was wrong with the lock of before, when it could not be read.
    pub replaced: Option<Refusal>,
    /// The files that were left out, with the reason.
    pub left_out: Vec<(PathBuf, String)>,
}

/// Why nothing was pinned.
#[derive(Debug, thiserror::Error)]
pub enum PinError {
    /// The folder cannot be listed.
    #[error(transparent)]
    Folder(#[from] StartError),
    /// Somebody else could change what is pinned.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The lock cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Pins every plug-in of the folder that is not disabled. No code of any runs. Blocks on the disk.
///
/// # Errors
///
/// [`PinError`]; then the lock is as it was. A file that is no plug-in is no error, and not pinned.
pub fn pin_all(settings: &Settings) -> Result<Pinning, PinError> {
    let dir = &writers::check(&settings.plugins.dir)?;
    let (old, replaced) = match Lock::load(dir) {
        Ok(old) => (old, None),
        Err(bad) => (None, Some(bad)),
    };
    let (mut pins, mut left_out) = (Vec::new(), Vec::new());
    for file in libraries(dir)? {
        match pin(&file, settings)? {
            Ok(pin) => pins.push(pin),
            Err(reason) => left_out.push((file, reason)),
        }
    }
    let lock = Lock::new(pins);
    let changes = lock.changes_since(&old.unwrap_or_else(|| Lock::new(Vec::new())));
    let path = Lock::path(dir);
    lock.save(dir).map_err(|source| PinError::Write { path: path.clone(), source })?;
    Ok(Pinning { path, lock, changes, replaced, left_out })
}

/// The pin of a file, or why it gets none.
fn pin(file: &Path, settings: &Settings) -> Result<Result<Pin, String>, Refusal> {
    let Some(source) = file.file_name().and_then(|name| name.to_str()) else {
        return Ok(Err("its name is not UTF-8".to_owned()));
    };
    if let Some(reason) = settings.why_disabled(&name_of(file)) {
        return Ok(Err(reason));
    }
    let real = writers::check(file)?;
    let Examined { manifest, misfit, sha256, .. } = match examine(&real, &[]) {
        Ok(examined) => examined,
        Err(refusal) => return Ok(Err(refusal.to_string())),
    };
    if let Some(misfit) = misfit {
        return Ok(Err(misfit.to_string()));
    }
    Ok(Ok(Pin { name: manifest.name, version: manifest.version, sha256, source: source.to_owned() }))
}
