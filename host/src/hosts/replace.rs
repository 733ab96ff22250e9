//! The writing of a file that is at every moment either the old one or the new one, whole.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Writes a file aside, which then takes the place of the old one.
pub(super) fn replace(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let mut aside = NamedTempFile::new_in(&folder)?;
    let mut writer = BufWriter::new(&mut aside);
    write(&mut writer)?;
    writer.flush()?;
    drop(writer);
    aside.as_file().sync_all()?;
    aside.persist(path)?;
    // The new name lasts only once the folder is on the disk too.
    File::open(folder)?.sync_all()
}
