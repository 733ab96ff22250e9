//! What a file holds, with its hash: read into memory, or copied and read there.
#![expect(unsafe_code, reason = "a copy is mapped")]

use super::refusal::Refusal;
use super::sha256::Sha256;
use bytes::Bytes;
use memmap2::Mmap;
use std::fs::File;
use std::io::{self, Read, Take};
use std::path::Path;

/// The longest library that is read, in bytes: many times one with all its debug information.
const MAX_BYTES: u64 = 512 << 20;

/// What a file holds.
#[derive(Debug)]
pub struct Contents {
    pub(super) bytes: Bytes,
    pub(super) sha256: Sha256,
}

impl Contents {
    /// Reads a file that is only looked at.
    ///
    /// # Errors
    ///
    /// [`Refusal`], when it cannot be read or is too long.
    pub fn read(path: &Path) -> Result<Self, Refusal> {
        let mut bytes = Vec::new();
        open(path)?.read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
        Ok(Self::of(bytes.into()))
    }

    /// Copies a file into an empty one, which only the user of this process can write, and reads the copy: whatever is
    /// written to the file from then on is in neither.
    pub(super) fn copy(mut file: Take<File>, copy: &mut File) -> io::Result<Self> {
        io::copy(&mut file, copy)?;
        // SAFETY: nobody writes the copy any more or cuts it: others cannot, and this process does not.
        let map = unsafe { Mmap::map(&*copy) }?;
        Ok(Self::of(Bytes::from_owner(map)))
    }

    pub(super) fn of(bytes: Bytes) -> Self {
        Self { sha256: Sha256::of(&bytes), bytes }
    }
}

impl AsRef<Self> for Contents {
    fn as_ref(&self) -> &Self {
        self
    }
}

/// Opens a file to be read up to the bound.
pub(super) fn open(path: &Path) -> Result<Take<File>, Refusal> {
    open_up_to(path, MAX_BYTES)
}

fn open_up_to(path: &Path, most: u64) -> Result<Take<File>, Refusal> {
    let found = path.metadata().map_err(|error| unreadable(path, &error))?;
    // To open a pipe is to wait for whoever writes to it.
    if !found.is_file() {
        return Err(unreadable(path, &"it is no file"));
    }
    if found.len() > most {
        return Err(Refusal::TooLong { most });
    }
    // One that grows meanwhile is what it held up to there.
    Ok(File::open(path).map_err(|error| unreadable(path, &error))?.take(most))
}

fn unreadable(path: &Path, reason: &dyn ToString) -> Refusal {
    Refusal::Unreadable { path: path.to_owned(), reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_file_is_read_or_copied_up_to_its_bound_and_no_other_thing_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        for text in ["abc", ""] {
            fs::write(&path, text).unwrap();
            let copied = Contents::copy(open(&path).unwrap(), &mut tempfile::tempfile().unwrap()).unwrap();
            for contents in [Contents::read(&path).unwrap(), copied] {
                let expected = (text.as_bytes(), Sha256::of(text.as_bytes()));
                assert_eq!((&contents.bytes[..], contents.sha256), expected);
            }
        }
        fs::write(&path, "abc").unwrap();
        assert!(open_up_to(&path, 3).is_ok());
        assert!(matches!(open_up_to(&path, 2), Err(Refusal::TooLong { most: 2 })));
        for path in [dir.path(), &dir.path().join("absent")] {
            assert!(matches!(open(path), Err(Refusal::Unreadable { .. })), "{}", path.display());
        }
    }

    #[test]
    fn a_file_that_grows_past_its_bound_once_it_is_open_is_cut_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        fs::write(&path, "abc").unwrap();
        let file = open_up_to(&path, 3).unwrap();
        fs::write(&path, "abcdef").unwrap();
        let contents = Contents::copy(file, &mut tempfile::tempfile().unwrap()).unwrap();
        assert_eq!(&contents.bytes[..], b"abc");
    }

    #[test]
    fn what_is_written_to_the_file_later_is_not_in_the_copy() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        fs::write(&path, vec![1; 100_000]).unwrap();
        let contents = Contents::copy(open(&path).unwrap(), &mut tempfile::tempfile().unwrap()).unwrap();
        // In place and cut: whoever had mapped the file would see it, or end with SIGBUS.
        fs::write(&path, [2]).unwrap();
        assert_eq!(&contents.bytes[..], vec![1; 100_000]);
    }
}
