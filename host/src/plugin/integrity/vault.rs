//! The copies that are opened: in a folder that only the node can write, gone when no node uses them any more.

use super::contents::Contents;
use super::refusal::Refusal;
use parking_lot::Mutex;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// What the folder of one run begins with.
const PREFIX: &str = "run-";
/// How often a folder is made anew that another node took for one that was left behind.
const ATTEMPTS: u32 = 8;

/// The copies of all runs of a node, each run's in a folder of its own.
///
/// *Rationale.* Not one folder for all runs: the loader knows a file by name and inode, so two nodes of one process that
/// opened the same copy would share its statics.
#[derive(Debug)]
pub(super) struct Vault {
    dir: PathBuf,
    run: Mutex<Option<Run>>,
}

/// The folder of one run. The lock on it falls with the process, on whatever way that ends.
#[derive(Debug)]
struct Run {
    dir: PathBuf,
    _lock: File,
}

impl Vault {
    /// The vault in a folder, which is made with the first copy. What runs that have ended left behind is removed.
    pub(super) fn open(dir: PathBuf) -> Self {
        if let Err(error) = sweep(&dir) {
            tracing::warn!(dir = %dir.display(), %error, "copies of plug-ins that are not used any more cannot be removed");
        }
        Self { dir, run: Mutex::default() }
    }

    /// The file that has these contents and that nobody but the user of the node can write.
    pub(super) fn copy(&self, contents: &Contents) -> Result<PathBuf, Refusal> {
        self.try_copy(contents)
            .map_err(|error| Refusal::NoCopy { dir: self.dir.clone(), reason: error.to_string() })
    }

    /// Removes the copies of this run. Those that are mapped stay mapped.
    pub(super) fn close(&self) {
        let run = self.run.lock().take();
        if let Some(Err(error)) = run.map(|run| fs::remove_dir_all(&run.dir)) {
            tracing::warn!(dir = %self.dir.display(), %error, "the copies of the plug-ins cannot be removed; the next start does it");
        }
    }

    fn try_copy(&self, contents: &Contents) -> io::Result<PathBuf> {
        let mut run = self.run.lock();
        let run = match &mut *run {
            Some(run) => run,
            none => none.insert(begin(&self.dir)?),
        };
        let path = run.dir.join(format!("{}{}", contents.sha256, std::env::consts::DLL_SUFFIX));
        let options = OpenOptions::new().write(true).create_new(true).mode(0o400).open(&path);
        match options {
            // The same contents under two names.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(path),
            file => {
                // A part of a library must not be found under the name of the whole.
                let written = file?.write_all(&contents.bytes);
                written.inspect_err(|_| drop(fs::remove_file(&path)))?;
                Ok(path)
            }
        }
    }
}

/// Makes the folder of a run, and locks it.
fn begin(vault: &Path) -> io::Result<Run> {
    DirBuilder::new().recursive(true).mode(0o700).create(vault)?;
    for _ in 0..ATTEMPTS {
        let mut builder = tempfile::Builder::new();
        let dir = builder.prefix(PREFIX).permissions(Permissions::from_mode(0o700)).tempdir_in(vault)?.keep();
        // A node that starts at the same moment may remove the folder before it is locked.
        let Ok(lock) = File::open(&dir) else { continue };
        if lock.try_lock().is_ok() && dir.exists() {
            return Ok(Run { dir, _lock: lock });
        }
    }
    Err(io::Error::other("the folder of this run cannot be locked"))
}

/// Removes the folders of the runs that nobody holds.
fn sweep(vault: &Path) -> io::Result<()> {
    let listed = match fs::read_dir(vault) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        listed => listed?,
    };
    for entry in listed {
        let entry = entry?;
        let is_run = entry.file_name().to_string_lossy().starts_with(PREFIX);
        if !is_run || !entry.file_type()?.is_dir() {
            continue;
        }
        // Held until the folder is gone, so that nobody begins in it.
        let lock = match File::open(entry.path()) {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            lock => lock?,
        };
        if lock.try_lock().is_ok() {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::integrity::sha256::Sha256;

    fn contents(text: &str) -> Contents {
        Contents { bytes: text.as_bytes().to_vec(), sha256: Sha256::of(text.as_bytes()) }
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn runs(vault: &Path) -> usize {
        fs::read_dir(vault).unwrap().count()
    }

    #[test]
    fn a_copy_has_the_name_of_its_hash_and_nobody_can_write_it() {
        let dir = tempfile::tempdir().unwrap();
        let vault = Vault::open(dir.path().join("vault"));
        let copy = vault.copy(&contents("abc")).unwrap();
        assert_eq!(fs::read(&copy).unwrap(), b"abc");
        let stem = copy.file_stem().unwrap().to_str().unwrap();
        assert_eq!(stem, Sha256::of(b"abc").to_string());
        let run = copy.parent().unwrap();
        assert_eq!([mode(&copy), mode(run), mode(run.parent().unwrap())], [0o400, 0o700, 0o700]);
        assert_eq!(vault.copy(&contents("abc")).unwrap(), copy, "the same contents are one file");
        assert_ne!(vault.copy(&contents("abd")).unwrap(), copy);
        assert_eq!(runs(&dir.path().join("vault")), 1);
    }

    #[test]
    fn what_a_run_leaves_behind_goes_when_it_has_ended_and_not_before() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("vault");
        let first = Vault::open(path.clone());
        let copy = first.copy(&contents("abc")).unwrap();
        let second = Vault::open(path.clone());
        let other = second.copy(&contents("abc")).unwrap();
        assert!(copy.exists() && copy != other, "each run has files of its own");
        drop(first);
        let third = Vault::open(path.clone());
        assert!(!copy.exists() && other.exists());
        assert_eq!(runs(&path), 1);
        third.copy(&contents("abc")).unwrap();
        second.close();
        assert!(!other.exists());
        assert_eq!(runs(&path), 1, "only its own");
    }

    #[test]
    fn what_is_no_run_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("file"), "").unwrap();
        fs::create_dir(dir.path().join("mine")).unwrap();
        fs::write(dir.path().join("run-file"), "").unwrap();
        std::os::unix::fs::symlink(outside.path(), dir.path().join("run-link")).unwrap();
        let _vault = Vault::open(dir.path().to_owned());
        assert_eq!(runs(dir.path()), 3);
        assert!(outside.path().join("file").exists());
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        let line = Vault::open(file.join("vault")).copy(&contents("abc")).unwrap_err().to_string();
        assert!(line.contains(&file.display().to_string()) && line.contains("node.data_dir"), "{line}");
    }
}
