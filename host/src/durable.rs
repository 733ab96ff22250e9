//! Files that are at every moment whole: written aside first, and read up to a bound.

use std::fs::{File, Permissions};
use std::io::{self, BufWriter, ErrorKind, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tempfile::NamedTempFile;

const OWNER_ONLY: u32 = 0o600;
const FOR_ALL: u32 = 0o644;

/// Writes a file that takes the place of the old one. It is for its owner only, with mode 0600, and on the disk when this
/// returns.
///
/// # Errors
///
/// When it cannot be written. The old one is there still, if there was one, unless only the folder could not be synced.
pub fn replace(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let folder = folder(path);
    aside(folder, OWNER_ONLY, write)?.persist(path)?;
    sync(folder)
}

/// As [`replace`], but everybody may read the file: it has mode 0644.
///
/// # Errors
///
/// As [`replace`].
pub fn replace_for_all(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let folder = folder(path);
    aside(folder, FOR_ALL, write)?.persist(path)?;
    sync(folder)
}

/// As [`replace`], but where a file is already, it stays.
///
/// # Errors
///
/// When it cannot be written, and with [`ErrorKind::AlreadyExists`] when there is a file.
pub fn create_new(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let folder = folder(path);
    aside(folder, OWNER_ONLY, write)?.persist_noclobber(path)?;
    sync(folder)
}

/// Reads the first `most` bytes of a file; `None` when there is no file.
///
/// # Errors
///
/// When it is there and cannot be read.
pub fn read(path: &Path, most: u64) -> io::Result<Option<Vec<u8>>> {
    match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        opened => read_from(&opened?, most).map(Some),
    }
}

/// Reads the first `most` bytes of an open file.
///
/// # Errors
///
/// When it cannot be read.
pub fn read_from(file: &File, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn aside(
    folder: &Path,
    mode: u32,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<NamedTempFile> {
    // For its owner only from the beginning.
    let mut aside = NamedTempFile::new_in(folder)?;
    let mut writer = BufWriter::new(&mut aside);
    write(&mut writer)?;
    writer.flush()?;
    drop(writer);
    aside.as_file().set_permissions(Permissions::from_mode(mode))?;
    aside.as_file().sync_all()?;
    Ok(aside)
}

/// A new name lasts only once its folder is on the disk too.
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// The folder of a file; a bare name is in the working directory.
fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn what_was_written_is_read_up_to_the_bound() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        assert_eq!(read(&path, 9).unwrap(), None);
        for text in ["the first", "the next"] {
            replace(&path, |file| file.write_all(text.as_bytes())).unwrap();
            assert_eq!(read(&path, 100).unwrap().unwrap(), text.as_bytes());
        }
        assert_eq!(read(&path, 3).unwrap().unwrap(), b"the");
        assert!(read(dir.path(), 3).is_err());
    }

    #[test]
    fn what_cannot_be_written_to_its_end_leaves_the_old_file_and_nothing_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        replace(&path, |file| file.write_all(b"old")).unwrap();
        let half = |file: &mut dyn Write| {
            file.write_all(b"ne")?;
            Err(io::Error::other("no more"))
        };
        assert_eq!(replace(&path, half).unwrap_err().to_string(), "no more");
        assert_eq!(create_new(&dir.path().join("other"), half).unwrap_err().to_string(), "no more");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_is_there_is_not_made_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        create_new(&path, |file| file.write_all(b"old")).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let again = create_new(&path, |file| file.write_all(b"new"));
        assert_eq!(again.unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"old");
    }

    #[test]
    fn a_bare_name_is_a_file_of_the_working_directory() {
        for (path, expected) in [("file", "."), ("./file", "."), ("a/file", "a"), ("/file", "/")] {
            assert_eq!(folder(Path::new(path)), Path::new(expected), "{path}");
        }
    }
}
