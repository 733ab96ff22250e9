//! How much lies in a plug-in's data folder.

use std::path::Path;

/// So many files and folders are looked at; what lies in further ones is not counted.
const ENTRIES: usize = 100_000;

/// The bytes of the files in a folder and in those below it; links are not followed. A folder that cannot be read has none.
pub(super) fn bytes_in(dir: &Path) -> u64 {
    let mut left = ENTRIES;
    let mut folders = vec![dir.to_owned()];
    let mut bytes = 0_u64;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if left == 0 {
                return bytes;
            }
            left -= 1;
            match entry.metadata() {
                Ok(about) if about.is_dir() => folders.push(entry.path()),
                Ok(about) => bytes = bytes.saturating_add(about.len()),
                // Gone since.
                Err(_) => {}
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn counts_what_lies_below_and_follows_no_links() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("below")).unwrap();
        fs::write(dir.path().join("one"), [0; 10]).unwrap();
        fs::write(dir.path().join("below/two"), [0; 100]).unwrap();
        std::os::unix::fs::symlink(dir.path(), dir.path().join("below/again")).unwrap();
        let link = fs::symlink_metadata(dir.path().join("below/again")).unwrap().len();
        assert_eq!(bytes_in(dir.path()), 110 + link);
        assert_eq!(bytes_in(&dir.path().join("nonesuch")), 0);
    }
}
