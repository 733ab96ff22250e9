//! Configuration files that must be taken, with those that must be refused for a stated reason.

use backplane::settings::{self, Loaded};
use std::{
    fs,
    path::{Path, PathBuf},
};

fn load(path: &Path) -> Result<Loaded, String> {
    settings::load(&[path.to_owned()], &[], std::iter::empty()).map_err(|error| error.to_string())
}

/// The `.toml` files in a folder of the repository, sorted.
fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(&folder).expect("the folder is in the repository");
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.expect("the folder can be read").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    assert!(!files.is_empty(), "{} has no files", folder.display());
    files
}

#[test]
fn takes_every_valid_file() {
    for path in files("tests/configs/valid") {
        if let Err(line) = load(&path) {
            panic!("{line}");
        }
    }
}

#[test]
fn takes_every_file_that_is_shipped() {
    for path in files("../config").into_iter().chain(files("../config/demo")) {
        if let Err(line) = load(&path) {
            panic!("{line}");
        }
    }
}

#[test]
fn refuses_every_invalid_file_in_the_words_that_it_expects() {
    let mut wrong = Vec::new();
    for path in files("tests/configs/invalid") {
        let text = fs::read_to_string(&path).unwrap();
        let expected = text.lines().next().and_then(|line| line.strip_prefix("# expects: ")).unwrap();
        let expected = format!("{}: {expected}", path.display());
        match load(&path) {
            Err(line) if line == expected => {}
            Err(line) => wrong.push(format!("expected {expected}\n     got {line}")),
            Ok(_) => wrong.push(format!("expected {expected}\n     got no error")),
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
