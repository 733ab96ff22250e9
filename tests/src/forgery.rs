//! Libraries whose manifest was changed after they were built.

use crate::libraries::{file_name, library};
use std::fs;
use std::path::{Path, PathBuf};

/// What a manifest begins with, in its first format.
const BEGINNING: &[u8] = b"bp-plug\0\x01\0\0\0";

/// Copies the library of the crate `name` into a folder as `file`, with `from` in its manifest, once, replaced by `to`.
///
/// # Panics
///
/// When the texts have different lengths, or `from` is not there.
pub fn forge(dir: &Path, name: &str, file: &str, (from, to): (&str, &str)) -> PathBuf {
    assert_eq!(from.len(), to.len(), "{from} and {to} differ in length");
    let mut bytes = fs::read(library(name)).expect("a library can be read");
    let start = find(&bytes, BEGINNING).expect("the library has a manifest");
    let at = start + find(&bytes[start..], from.as_bytes()).expect("the manifest has the text");
    bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    let path = dir.join(file_name(file));
    fs::write(&path, bytes).expect("a temporary folder can be written to");
    path
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}
