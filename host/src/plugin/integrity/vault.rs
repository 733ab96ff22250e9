//! The copies that are opened: in a folder that only the node can write, gone when no node uses them any more.

use super::contents::{self, Contents};
use super::refusal::Refusal;
use parking_lot::Mutex;
use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, ErrorKind, Take};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tempfile::TempPath;

/// What the folder of one run begins with.
const PREFIX: &str = "run-";
/// How often a folder is made anew that another node took for one that was left behind.
const ATTEMPTS: u32 = 8;
/// As much of a file's name, in bytes, as leaves room for more in that of its copy.
const NAME_BYTES: usize = 128;

/// The copies of all runs of a node, each run's in a folder of its own.
///
/// *Rationale.* Not one folder for all runs: the loader knows a file by name and inode, so two nodes of one process that
/// opened the same copy would share its statics.
#[derive(Debug)]
pub(super) struct Vault {
    dir: PathBuf,
    run: Mutex<Option<Run>>,
}

/// A copy, with what it holds. It goes when nobody keeps it.
#[derive(Debug)]
pub struct Copied {
    contents: Contents,
    path: TempPath,
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

    /// Copies a file into one that nobody but the user of the node can write, and reads that.
    pub(super) fn copy(&self, file: &Path) -> Result<Copied, Refusal> {
        let name = file.file_stem().unwrap_or_default();
        self.try_copy(name, contents::open(file)?)
            .map_err(|error| Refusal::NoCopy { dir: self.dir.clone(), reason: error.to_string() })
    }

    /// Removes the copies of this run. Those that are mapped stay mapped.
    pub(super) fn close(&self) {
        let run = self.run.lock().take();
        if let Some(Err(error)) = run.map(|run| fs::remove_dir_all(&run.dir)) {
            tracing::warn!(dir = %self.dir.display(), %error, "the copies of the plug-ins cannot be removed; the next start does it");
        }
    }

    fn try_copy(&self, name: &OsStr, file: Take<File>) -> io::Result<Copied> {
        let dir = self.run_dir()?;
        let name = name.as_bytes();
        let mut builder = tempfile::Builder::new();
        builder.prefix(OsStr::from_bytes(name.get(..NAME_BYTES).unwrap_or(name)));
        builder.suffix(std::env::consts::DLL_SUFFIX).permissions(Permissions::from_mode(0o400));
        let mut copy = builder.tempfile_in(dir)?;
        let contents = Contents::copy(file, copy.as_file_mut())?;
        Ok(Copied { contents, path: copy.into_temp_path() })
    }

    /// The folder of this run, which is made when it is not there yet.
    fn run_dir(&self) -> io::Result<PathBuf> {
        let mut run = self.run.lock();
        let run = match &mut *run {
            Some(run) => run,
            none => none.insert(begin(&self.dir)?),
        };
        Ok(run.dir.clone())
    }
}

impl Copied {
    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Leaves it where it is, until its run has ended.
    pub(super) fn keep(mut self) {
        self.path.disable_cleanup(true);
    }
}

impl AsRef<Contents> for Copied {
    fn as_ref(&self) -> &Contents {
        &self.contents
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

    /// Puts the copy of a file that holds this into the vault.
    fn put(vault: &Vault, text: &str) -> PathBuf {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("libname.so");
        fs::write(&file, text).unwrap();
        let copied = vault.copy(&file).unwrap();
        let path = copied.path().to_owned();
        copied.keep();
        path
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn runs(vault: &Path) -> usize {
        fs::read_dir(vault).unwrap().count()
    }

    #[test]
    fn a_copy_tells_whose_it_is_and_nobody_can_write_it() {
        let dir = tempfile::tempdir().unwrap();
        let vault = Vault::open(dir.path().join("vault"));
        let path = put(&vault, "abc");
        assert_eq!(fs::read(&path).unwrap(), b"abc");
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(name.starts_with("libname") && name.ends_with(std::env::consts::DLL_SUFFIX), "{name}");
        let run = path.parent().unwrap();
        assert_eq!([mode(&path), mode(run), mode(run.parent().unwrap())], [0o400, 0o700, 0o700]);
        assert_ne!(put(&vault, "abc"), path, "the loader knows libraries by name");
        assert_eq!(runs(&dir.path().join("vault")), 1);
    }

    #[test]
    fn a_copy_that_is_not_opened_goes_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("x".repeat(255));
        fs::write(&file, "abc").unwrap();
        let vault = Vault::open(dir.path().join("vault"));
        let copied = vault.copy(&file).unwrap();
        let path = copied.path().to_owned();
        assert!(path.exists() && copied.as_ref().sha256 == Sha256::of(b"abc"));
        drop(copied);
        assert!(!path.exists());
    }

    #[test]
    fn what_a_run_leaves_behind_goes_when_it_has_ended_and_not_before() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("vault");
        let first = Vault::open(path.clone());
        let copy = put(&first, "abc");
        let second = Vault::open(path.clone());
        let other = put(&second, "abc");
        assert!(copy.exists() && copy != other, "each run has files of its own");
        drop(first);
        let third = Vault::open(path.clone());
        assert!(!copy.exists() && other.exists());
        assert_eq!(runs(&path), 1);
        put(&third, "abc");
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
        let line = Vault::open(file.join("vault")).copy(&file).unwrap_err().to_string();
        assert!(line.contains(&file.display().to_string()) && line.contains("node.data_dir"), "{line}");
    }
}
