//! The section of the manifest in a library's bytes, and whether those bytes are all there.
//!
//! The system's loader does not look: it maps what the headers promise, and the first touch of a page behind the end of
//! a file that is still being copied, or was cut short, ends the process with SIGBUS.

use backplane_plugin::manifest::{FileManifest, MACHO_SECTION, SECTION, SectionError};
use object::elf::{FileHeader32, FileHeader64};
use object::read::elf::FileHeader;
use object::{Endianness, File, FileKind, Object, ObjectSection, ObjectSegment};

/// The manifest in the bytes of a library.
pub(in crate::plugin) fn manifest(bytes: &[u8]) -> Result<FileManifest, FileError> {
    FileManifest::read(section(bytes)?).map_err(FileError::Manifest)
}

/// The bytes of the section.
fn section(bytes: &[u8]) -> Result<&[u8], FileError> {
    let len = bytes.len() as u64;
    let broken = |error: object::Error| {
        if is_cut(bytes) { FileError::CutShort } else { FileError::NotALibrary { reason: error.to_string() } }
    };
    let file = File::parse(bytes).map_err(broken)?;
    let is_beyond = |(start, size): (u64, u64)| start.checked_add(size).is_none_or(|end| end > len);
    if file.segments().any(|segment| is_beyond(segment.file_range())) {
        return Err(FileError::CutShort);
    }
    let section = file.section_by_name(SECTION).or_else(|| file.section_by_name(MACHO_SECTION));
    section.ok_or(FileError::NotAPlugin)?.data().map_err(broken)
}

/// Whether the table of sections, which linkers write last, lies behind the end of an ELF file.
fn is_cut(bytes: &[u8]) -> bool {
    match FileKind::parse(bytes) {
        Ok(FileKind::Elf32) => table_is_beyond::<FileHeader32<Endianness>>(bytes),
        Ok(FileKind::Elf64) => table_is_beyond::<FileHeader64<Endianness>>(bytes),
        _ => false,
    }
}

fn table_is_beyond<H: FileHeader<Endian = Endianness>>(bytes: &[u8]) -> bool {
    let Ok(header) = H::parse(bytes) else { return false };
    let Ok(endian) = header.endian() else { return false };
    let table = u64::from(header.e_shnum(endian)) * u64::from(header.e_shentsize(endian));
    let at: u64 = header.e_shoff(endian).into();
    at.checked_add(table).is_none_or(|end| end > bytes.len() as u64)
}

/// What a file is instead of a plug-in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// Nobody can load it.
    #[error("not a library that can be loaded: {reason}")]
    NotALibrary {
        /// Why.
        reason: String,
    },
    /// The file ends before the library does.
    #[error("not a library that can be loaded: the file is cut short; copy it again")]
    CutShort,
    /// It has no manifest.
    #[error("a library, but not a plug-in: nothing in it was exported by export_plugin!")]
    NotAPlugin,
    /// It has something else where the manifest should be.
    #[error("its manifest cannot be read: {0}")]
    Manifest(SectionError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The names of the sections below.
    const NAMES: &[u8] = b"\0.backplane.manifest\0.shstrtab\0";
    /// Where the first section of the file below begins: behind the header and one entry for a segment.
    const CONTENT: u64 = 64 + 56;

    fn numbers(numbers: &[u64]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
    }

    /// A 64-bit ELF file of one segment, all of it, with a manifest of these bytes.
    fn library(manifest: &[u8]) -> Vec<u8> {
        let (len, names) = (manifest.len() as u64, NAMES.len() as u64);
        let tables = CONTENT + len + names;
        let half = |number: u16| number.to_le_bytes();
        let header = [
            b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0".to_vec(),
            numbers(&[0, 64, tables]),
            vec![0; 4],
            [64, 56, 1, 64, 3, 2].map(half).concat(),
        ];
        let segment = numbers(&[1 | 4 << 32, 0, 0, 0, tables + 3 * 64, tables + 3 * 64, 4096]);
        let section = |name: u64, kind: u64, at, len| numbers(&[name | kind << 32, 2, 0, at, len, 0, 1, 0]);
        let parts = [
            header.concat(),
            segment,
            manifest.to_vec(),
            NAMES.to_vec(),
            vec![0; 64],
            section(1, 1, CONTENT, len),
            section(21, 3, CONTENT + len, names),
        ];
        parts.concat()
    }

    #[test]
    fn the_section_is_found() {
        assert_eq!(section(&library(b"manifest")), Ok(&b"manifest"[..]));
        let renamed = library(b"manifest").into_iter().map(|byte| if byte == b'k' { b'K' } else { byte });
        assert_eq!(section(&renamed.collect::<Vec<_>>()), Err(FileError::NotAPlugin));
    }

    #[test]
    fn a_library_is_whole_until_it_is_cut() {
        let whole = library(b"manifest");
        for len in 64..whole.len() {
            assert_eq!(section(&whole[..len]), Err(FileError::CutShort), "{len} bytes");
        }
        let program = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        assert_eq!(section(&program), Err(FileError::NotAPlugin));
        assert_eq!(section(&program[..program.len() - 1]), Err(FileError::CutShort));
        assert_eq!(section(&program[..64 * 1024]), Err(FileError::CutShort));
    }

    #[test]
    fn a_segment_that_ends_behind_the_file_is_noticed_although_the_tables_are_there() {
        for size in [1_u64 << 20, u64::MAX] {
            let mut bytes = library(b"manifest");
            bytes[64 + 32..64 + 40].copy_from_slice(&size.to_le_bytes());
            assert_eq!(section(&bytes), Err(FileError::CutShort), "{size}");
        }
    }

    #[test]
    fn what_is_no_library_is_refused_as_such() {
        for bytes in [&b""[..], b"\x7fELF", b"text", &[0; 1000], &library(b"")[..63]] {
            assert!(matches!(section(bytes), Err(FileError::NotALibrary { .. })), "{} bytes", bytes.len());
        }
    }

    proptest! {
        #[test]
        fn damage_never_panics(changes: Vec<(u16, u8)>, bytes: Vec<u8>, len in 0..300_usize) {
            let mut damaged = library(&[0; 40]);
            for (at, byte) in changes {
                let at = usize::from(at) % damaged.len();
                damaged[at] = byte;
            }
            let _ = section(&damaged);
            let _ = section(damaged.get(..len).unwrap_or(&damaged));
            let _ = section(&bytes);
            let _ = section(&[&damaged[..64], &bytes[..]].concat());
        }
    }
}
