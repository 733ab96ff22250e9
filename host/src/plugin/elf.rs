//! Whether a library's file is all there, as far as the loader will map it.
//!
//! The system's loader does not look: it maps what the headers promise, and the first touch of a page behind the end of
//! a file that is still being copied, or was cut short, ends the process with SIGBUS.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;

const MAGIC: &[u8] = b"\x7fELF";
/// The class byte of 64-bit files.
const CLASS_64: u8 = 2;
const HEADER_BYTES: usize = 64;
/// The size of an entry of the program header table.
const ENTRY_BYTES: usize = 56;
/// The type of the entries that are mapped.
const LOAD: u64 = 1;

/// Whether every segment to be loaded lies within the file. Files of other formats are left to the loader.
///
/// # Errors
///
/// When the file cannot be read.
pub(super) fn is_whole(path: &Path) -> io::Result<bool> {
    let file = File::open(path)?;
    let len = file.metadata()?.len();
    let mut header = [0; HEADER_BYTES];
    if len < header.len() as u64 {
        // The loader refuses this without mapping any of it.
        return Ok(true);
    }
    file.read_exact_at(&mut header, 0)?;
    if !header.starts_with(MAGIC) || header.get(4) != Some(&CLASS_64) {
        return Ok(true);
    }
    let table = number(&header, 32..40);
    for index in 0..number(&header, 56..58) {
        let mut entry = [0; ENTRY_BYTES];
        let at = table.saturating_add(index * ENTRY_BYTES as u64);
        if at.saturating_add(ENTRY_BYTES as u64) > len {
            return Ok(false);
        }
        file.read_exact_at(&mut entry, at)?;
        let end = number(&entry, 8..16).saturating_add(number(&entry, 32..40));
        if number(&entry, 0..4) == LOAD && end > len {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A number in the byte order of this machine, which is that of the libraries it loads.
fn number(bytes: &[u8], range: Range<usize>) -> u64 {
    let bytes = bytes.get(range).unwrap_or_default().iter().copied();
    let shift = |number, byte| (number << 8) | u64::from(byte);
    if cfg!(target_endian = "little") { bytes.rev().fold(0, shift) } else { bytes.fold(0, shift) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_whole_until_it_is_cut() {
        let whole = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("program");
        for (len, expected) in [(whole.len(), true), (64 * 1024, false), (100, false), (63, true), (0, true)]
        {
            std::fs::write(&path, &whole[..len]).unwrap();
            assert_eq!(is_whole(&path).unwrap(), expected, "{len} bytes");
        }
    }

    #[test]
    fn a_file_of_another_format_is_left_to_the_loader() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("text");
        std::fs::write(&path, "x".repeat(1000)).unwrap();
        assert!(is_whole(&path).unwrap());
        assert!(is_whole(&dir.path().join("absent")).is_err());
    }
}
