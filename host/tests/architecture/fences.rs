//! What may be named only in a few places, or not at all.

use crate::source::{Source, sources, strip, workspace};
use std::fs;

/// The boundary: what is unsafe, and the crates that it is made of.
const BOUNDARY: [&str; 3] = ["host/src/plugin/", "plugin-api/src/abi/", "plugin-api/src/export.rs"];

/// What a plug-in must not need: its host brings the runtime.
const RUNTIMES: [&str; 6] = ["tokio", "async_std", "async-std", "smol", "mio", "libloading"];

/// Whether a word stands in a piece of code by itself.
fn has_word(code: &str, word: &str) -> bool {
    let is_name = |character: char| character.is_alphanumeric() || character == '_';
    code.match_indices(word).any(|(at, _)| {
        let before = code.get(..at).is_some_and(|before| before.ends_with(is_name));
        let after = code.get(at + word.len()..).is_some_and(|after| after.starts_with(is_name));
        !before && !after
    })
}

/// All sources of the host and of the contract, with their tests.
fn everything() -> Vec<Source> {
    let mut files = sources("host/src");
    files.extend(sources("plugin-api/src"));
    files.iter_mut().for_each(|file| file.code = strip(&file.text));
    files
}

fn outside_the_boundary(word: &str) -> Vec<String> {
    let files = everything();
    assert!(files.iter().any(|file| has_word(&file.code, word)), "nothing names {word} any more");
    let outside = |file: &Source| !BOUNDARY.iter().any(|place| file.path.starts_with(place));
    files
        .into_iter()
        .filter(|file| outside(file) && has_word(&file.code, word))
        .map(|file| format!("{} names {word}", file.path))
        .collect()
}

#[test]
fn the_crates_of_the_boundary_are_named_only_there() {
    let found = [outside_the_boundary("abi_stable"), outside_the_boundary("async_ffi")].concat();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn unsafe_code_is_only_at_the_boundary() {
    // One instruction, a hint to the processor.
    let hint = |found: &String| found.starts_with("host/src/frame/ahead.rs ");
    let (hints, found): (Vec<_>, Vec<_>) = outside_the_boundary("unsafe").into_iter().partition(hint);
    assert_eq!(hints.len(), 1, "{hints:?}");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_contract_names_no_runtime_but_behind_its_feature() {
    const BEHIND: &str = "plugin-api/src/reactor.rs";
    let manifest = fs::read_to_string(workspace().join("plugin-api/Cargo.toml")).expect("it is there");
    assert!(has_word(&manifest, "abi_stable"), "the manifest names its dependencies");
    assert!(!manifest.contains("\ndefault = "), "a feature is on that nobody asked for");
    let dependencies = manifest.lines().filter(|line| line.starts_with("tokio = {")).collect::<Vec<_>>();
    assert!(dependencies[0].ends_with("optional = true }"), "{dependencies:?}");
    for runtime in RUNTIMES {
        assert!(runtime == "tokio" || !has_word(&manifest, runtime), "plugin-api/Cargo.toml names {runtime}");
        for file in sources("plugin-api/src") {
            // The code has no texts, and so no names of features.
            assert!(file.path == BEHIND || !has_word(&file.code, runtime), "{} names {runtime}", file.path);
        }
    }
}

#[test]
fn a_feature_of_the_contract_adds_modules_and_functions_and_changes_no_type() {
    const ADDS: [&str; 5] = ["mod ", "pub mod ", "pub(crate) use ", "fn ", "pub(super) fn "];
    let mut count = 0;
    for file in sources("plugin-api/src") {
        for (at, _) in file.code.match_indices("feature = ") {
            let before = file.code.get(..at).unwrap_or_default();
            let after = file.code.get(at..).unwrap_or_default();
            let added = after.split_once(")]").map(|(_, rest)| rest.trim_start()).unwrap_or_default();
            assert!(before.ends_with("#[cfg("), "{} asks for a feature in another way", file.path);
            assert!(ADDS.iter().any(|adds| added.starts_with(adds)), "{} adds {added:.40}", file.path);
            count += 1;
        }
    }
    assert!(count > 1, "the test kit is behind a feature");
}

/// Where `select!` begins without saying in which order it looks.
fn in_random_order(code: &str) -> usize {
    let openings = code.split("select!").skip(1);
    openings
        .filter(|after| {
            !after.trim_start().trim_start_matches(['{', '(']).trim_start().starts_with("biased;")
        })
        .count()
}

#[test]
fn what_is_selected_among_several_futures_is_not_left_to_chance() {
    for file in everything() {
        assert_eq!(in_random_order(&file.code), 0, "{}: begin each select! with `biased;`", file.path);
    }
    assert_eq!(in_random_order("select! { biased; a => b } select!{ c => d }"), 1);
}

#[test]
fn a_word_is_found_only_by_itself() {
    assert!(has_word("use tokio::sync;", "tokio"));
    assert!(!has_word("use tokio_util; unsafe_code; mytokio", "tokio"));
    assert!(!has_word("#![expect(unsafe_code)]", "unsafe"));
}
