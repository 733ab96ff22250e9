//! The folder that plug-ins are dropped into.

use super::error::StartError;
use std::path::{Path, PathBuf};

/// The libraries of a folder, by file name. A folder that does not exist has none.
pub(super) fn libraries(dir: &Path) -> Result<Vec<PathBuf>, StartError> {
    let unreadable = |source| StartError::Folder { dir: dir.to_owned(), source };
    let listed = match std::fs::read_dir(dir) {
        Ok(listed) => listed,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(error)),
    };
    let files: Result<Vec<_>, _> = listed.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut files = files.map_err(unreadable)?;
    files.retain(|file| {
        file.extension().is_some_and(|extension| extension == std::env::consts::DLL_EXTENSION)
    });
    files.sort();
    Ok(files)
}

/// The name that a file's name suggests: `libbackplane_chat.so` is `chat`.
pub(super) fn name_of(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let stem = stem.strip_prefix("lib").unwrap_or(&stem);
    stem.strip_prefix("backplane_").unwrap_or(stem).replace('_', "-")
}

/// Whether two paths lead to the same file.
pub(super) fn is_same_file(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (std::fs::metadata(one), std::fs::metadata(other)) {
        (Ok(one), Ok(other)) => (one.dev(), one.ino()) == (other.dev(), other.ino()),
        _ => false,
    }
}
