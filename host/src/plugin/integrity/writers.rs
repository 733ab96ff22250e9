//! Who could change a file: nobody but root and the user of the node should be able to.

use super::refusal::Refusal;
use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

const ROOT: u32 = 0;
/// The bits of a mode that let the group or others write. What an access control list grants shows in the group's.
const OTHERS_WRITE: u32 = 0o022;
/// In a folder with this bit, only the owner of an entry may rename or remove it.
const STICKY: u32 = 0o1000;
/// As many links as the system follows.
const MOST_LINKS: u32 = 40;

/// The real path of a file or folder, if only root and the user of this process can change what is found there: it, each
/// folder on the way to it, and each link with the folders on the way to that. Who opens it has to use this path: the one
/// that was given may lead elsewhere by then.
pub(super) fn check(path: &Path) -> Result<PathBuf, Refusal> {
    let own = rustix::process::geteuid().as_raw();
    let unreadable =
        |error: io::Error| Refusal::Unreadable { path: path.to_owned(), reason: error.to_string() };
    let absolute = std::path::absolute(path).map_err(unreadable)?;
    let mut real = PathBuf::from("/");
    let mut rest = steps(&absolute);
    let mut links = 0;
    while let Some(step) = rest.pop() {
        let next = match step {
            Step::Root => PathBuf::from("/"),
            Step::Up => real.parent().unwrap_or(&real).to_owned(),
            Step::Into(name) => real.join(name),
        };
        let found = fs::symlink_metadata(&next).map_err(unreadable)?;
        if !found.is_symlink() {
            judge(&next, &found, Role::Parent, own)?;
            real = next;
            continue;
        }
        judge(&next, &found, Role::Link, own)?;
        links += 1;
        if links > MOST_LINKS {
            return Err(unreadable(io::Error::other("too many links")));
        }
        rest.extend(steps(&fs::read_link(&next).map_err(unreadable)?));
    }
    let found = fs::symlink_metadata(&real).map_err(unreadable)?;
    judge(&real, &found, Role::Itself, own)?;
    Ok(real)
}

enum Step {
    Root,
    Up,
    Into(OsString),
}

/// The steps of a path, the first one last.
fn steps(path: &Path) -> Vec<Step> {
    let step = |component: Component<'_>| match component {
        Component::RootDir => Some(Step::Root),
        Component::ParentDir => Some(Step::Up),
        Component::Normal(name) => Some(Step::Into(name.to_owned())),
        Component::CurDir | Component::Prefix(_) => None,
    };
    let mut steps: Vec<_> = path.components().filter_map(step).collect();
    steps.reverse();
    steps
}

fn judge(path: &Path, found: &Metadata, role: Role, own: u32) -> Result<(), Refusal> {
    match fault(found.uid(), found.mode(), role, own) {
        None => Ok(()),
        Some(Fault::Owned) => Err(Refusal::Owned { path: path.to_owned(), owner: found.uid(), own }),
        Some(Fault::Writable) => {
            Err(Refusal::Writable { path: path.to_owned(), mode: found.mode() & 0o7777 })
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Itself,
    /// A folder on the way. What it holds beside the way does not matter.
    Parent,
    /// A link on the way. Its mode says nothing: whoever can write its folder can put another one there.
    Link,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Owned,
    Writable,
}

const fn fault(owner: u32, mode: u32, role: Role, own: u32) -> Option<Fault> {
    let is_kept = match role {
        Role::Itself => false,
        Role::Parent => mode & STICKY != 0,
        Role::Link => true,
    };
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
            (ME, 0o120_777, Role::Link, None),
            (OTHER, 0o120_777, Role::Link, Some(Fault::Owned)),
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

    #[test]
    fn the_folder_of_every_link_on_the_way_counts() {
        let dir = tempfile::tempdir().unwrap();
        let [first, second, third] = ["first", "second", "third"].map(|name| dir.path().join(name));
        for folder in [&first, &second, &third] {
            fs::create_dir(folder).unwrap();
            fs::set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
        }
        fs::write(third.join("file"), "").unwrap();
        fs::set_permissions(third.join("file"), Permissions::from_mode(0o644)).unwrap();
        symlink("../third/./file", second.join("link")).unwrap();
        symlink(second.join("link"), first.join("link")).unwrap();
        let way = second.join("../first/link");
        assert_eq!(check(&way).unwrap(), third.join("file").canonicalize().unwrap());
        for folder in [&first, &second, &third] {
            fs::set_permissions(folder, Permissions::from_mode(0o777)).unwrap();
            let found = check(&way).unwrap_err();
            let expected = folder.canonicalize().unwrap();
            assert!(matches!(&found, Refusal::Writable { path, .. } if *path == expected), "{found}");
            fs::set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
        }
        symlink("round", first.join("round")).unwrap();
        let line = check(&first.join("round")).unwrap_err().to_string();
        assert!(line.ends_with("too many links"), "{line}");
    }
}
