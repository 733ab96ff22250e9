//! Who could change a file: nobody but root and the user of the node should be able to.

use super::refusal::Refusal;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

const ROOT: u32 = 0;
/// The bits of a mode that let the group or others write. What an access control list grants shows in the group's.
const OTHERS_WRITE: u32 = 0o022;
/// In a folder with this bit, only the owner of an entry may rename or remove it.
const STICKY: u32 = 0o1000;

/// The real path of a file or folder, if only root and the user of this process can change what is found there: it, and
/// each folder on the way to it.
pub(super) fn check(path: &Path) -> Result<PathBuf, Refusal> {
    let unreadable = |path: &Path, reason: std::io::Error| Refusal::Unreadable {
        path: path.to_owned(),
        reason: reason.to_string(),
    };
    let real = path.canonicalize().map_err(|error| unreadable(path, error))?;
    let own = rustix::process::geteuid().as_raw();
    for place in real.ancestors() {
        let found = fs::symlink_metadata(place).map_err(|error| unreadable(place, error))?;
        let role = if place == real { Role::Itself } else { Role::Parent };
        match fault(found.uid(), found.mode(), role, own) {
            Some(Fault::Owned) => {
                return Err(Refusal::Owned { path: place.to_owned(), owner: found.uid(), own });
            }
            Some(Fault::Writable) => {
                return Err(Refusal::Writable { path: place.to_owned(), mode: found.mode() & 0o7777 });
            }
            None => {}
        }
    }
    Ok(real)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Itself,
    /// A folder on the way. What it holds beside the way does not matter.
    Parent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Owned,
    Writable,
}

const fn fault(owner: u32, mode: u32, role: Role, own: u32) -> Option<Fault> {
    let is_kept = matches!(role, Role::Parent) && mode & STICKY != 0;
    if owner != ROOT && owner != own {
        Some(Fault::Owned)
    } else if mode & OTHERS_WRITE != 0 && !is_kept {
        Some(Fault::Writable)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn only_root_and_the_user_may_write() {
        const ME: u32 = 1000;
        const OTHER: u32 = 1001;
        for (owner, mode, role, expected) in [
            (ME, 0o100_644, Role::Itself, None),
            (ROOT, 0o100_755, Role::Itself, None),
            (OTHER, 0o100_444, Role::Itself, Some(Fault::Owned)),
            (OTHER, 0o40_700, Role::Parent, Some(Fault::Owned)),
            (OTHER, 0o41_777, Role::Parent, Some(Fault::Owned)),
            (ME, 0o100_664, Role::Itself, Some(Fault::Writable)),
            (ROOT, 0o100_646, Role::Itself, Some(Fault::Writable)),
            (ROOT, 0o40_775, Role::Parent, Some(Fault::Writable)),
            (ROOT, 0o41_777, Role::Parent, None),
            (ROOT, 0o41_777, Role::Itself, Some(Fault::Writable)),
        ] {
            assert_eq!(fault(owner, mode, role, ME), expected, "{owner} {mode:o} {role:?}");
        }
        assert_eq!(fault(ME, 0o100_644, Role::Itself, ROOT), Some(Fault::Owned), "root trusts only root");
    }

    #[test]
    fn every_folder_on_the_way_counts_and_a_link_is_what_it_leads_to() {
        let dir = tempfile::tempdir().unwrap();
        let (outer, inner) = (dir.path().join("outer"), dir.path().join("outer/inner"));
        fs::create_dir_all(&inner).unwrap();
        let file = inner.join("file");
        fs::write(&file, "").unwrap();
        let link = dir.path().join("link");
        symlink(&file, &link).unwrap();
        let open = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        for path in [&outer, &inner] {
            open(path, 0o755);
        }
        open(&file, 0o644);
        let real = file.canonicalize().unwrap();
        assert_eq!([&file, &link].map(|path| check(path).unwrap()), [real.clone(), real]);
        for (path, mode) in [(&file, 0o666), (&inner, 0o775), (&outer, 0o757)] {
            let before = fs::metadata(path).unwrap().permissions();
            open(path, mode);
            for way in [&file, &link] {
                let line = check(way).unwrap_err().to_string();
                let expected = format!(
                    "{0}: expected nobody but its owner to be able to write it, found mode {mode:04o}: chmod go-w {0}",
                    path.canonicalize().unwrap().display()
                );
                assert_eq!(line, expected);
            }
            fs::set_permissions(path, before).unwrap();
        }
        assert!(matches!(check(&dir.path().join("absent")), Err(Refusal::Unreadable { .. })));
    }
}
