//! What every file looks like.

use crate::source::{sources, without_tests};

/// The longest file, without its tests.
const MOST_LINES: usize = 300;

/// The folders with sources.
const FOLDERS: [&str; 7] = [
    "host/src",
    "host/tests",
    "plugin-api/src",
    "plugin-api/tests",
    "plugins/chat/src",
    "plugins/echo/src",
    "tests",
];

#[test]
fn every_file_begins_with_what_it_is_for() {
    for file in FOLDERS.into_iter().flat_map(sources) {
        let first = file.text.lines().next().unwrap_or_default();
        assert!(first.starts_with("//! "), "{} begins with {first:?}", file.path);
    }
}

#[test]
fn no_file_is_long() {
    let folders = FOLDERS.into_iter().filter(|folder| folder.ends_with("src"));
    let lines = |text: &str| without_tests(text).lines().count();
    let long: Vec<_> = folders
        .flat_map(sources)
        .filter(|file| lines(&file.text) > MOST_LINES)
        .map(|file| format!("{} has {} lines", file.path, lines(&file.text)))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}
