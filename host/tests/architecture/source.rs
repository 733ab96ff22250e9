//! Sources as a list of files, each with the paths that its code names.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// One source file.
pub(crate) struct Source {
    /// Its place below the workspace.
    pub(crate) path: String,
    /// Its text.
    pub(crate) text: String,
    /// Its text without comments, the contents of strings, and the tests at its end.
    pub(crate) code: String,
}

/// The folder that holds the packages.
pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is inside the workspace").to_owned()
}

/// Every Rust file below a folder of the workspace but those that are only compiled for tests.
pub(crate) fn sources(folder: &str) -> Vec<Source> {
    let mut files = Vec::new();
    collect(&workspace().join(folder), &mut files);
    assert!(!files.is_empty(), "{folder} has no sources");
    let only_tests: BTreeSet<_> = files.iter().flat_map(test_modules).collect();
    // A module of tests may be a file, or a folder of files.
    files.retain(|file| {
        let path = Path::new(file.path.trim_end_matches(".rs"));
        !path.ancestors().any(|module| only_tests.contains(module))
    });
    files
}

fn collect(folder: &Path, files: &mut Vec<Source>) {
    let entries = fs::read_dir(folder).expect("the folders of the workspace can be read");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry can be read").path()).collect();
    paths.sort();
    for path in paths {
        // What is frozen keeps the rules of its time.
        if path.ends_with("fixtures/frozen") {
            continue;
        }
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("sources are text");
            let below = path.strip_prefix(workspace()).expect("it is below the workspace");
            let code = without_tests(&strip(&text));
            files.push(Source { path: below.display().to_string(), text, code });
        }
    }
}

/// The modules of `#[cfg(test)] mod name;` in a file, as paths without an ending.
fn test_modules(file: &Source) -> Vec<PathBuf> {
    let (folder, _) = file.path.rsplit_once('/').unwrap_or_default();
    let stem = file.path.trim_end_matches(".rs");
    let folder = if stem.ends_with("/mod") || stem.ends_with("/lib") { folder } else { stem };
    let stripped = strip(&file.text);
    let declared = stripped.split("#[cfg(test)]").skip(1).filter_map(|after| {
        let (name, _) = after.trim_start().strip_prefix("mod ")?.split_once(';')?;
        name.chars().all(is_name).then(|| Path::new(folder).join(name))
    });
    declared.collect()
}

/// What stands before the tests at the end of a file.
pub(crate) fn without_tests(code: &str) -> String {
    let inline = code.match_indices("#[cfg(test)]").find(|(at, marker)| {
        let after = code.get(at + marker.len()..).unwrap_or_default().trim_start();
        after.strip_prefix("mod ").is_some_and(|rest| rest.trim_start_matches(is_name).starts_with(" {"))
    });
    inline.and_then(|(at, _)| code.get(..at)).unwrap_or(code).to_owned()
}

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The text without comments and without what is inside of strings.
pub(crate) fn strip(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if first == '"' {
            quoted(rest)
        } else if first == 'r' && !code.ends_with(is_name) {
            raw(rest)
        } else if first == '\'' {
            character(rest)
        } else {
            0
        };
        if skipped == 0 {
            code.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        } else {
            code.push_str(if first == '/' { "" } else { "\"\"" });
            rest = rest.get(skipped..).unwrap_or_default();
        }
    }
    code
}

/// How long the string at the front is.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    let end = text.char_indices().skip(1).find(|(_, character)| {
        let ends = *character == '"' && !escaped;
        escaped = *character == '\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |(at, _)| at + 1)
}

/// How long the raw string at the front is; 0 for anything else.
fn raw(text: &str) -> usize {
    let after = text.trim_start_matches('r');
    let hashes = "#".repeat(after.len() - after.trim_start_matches('#').len());
    let start = 1 + hashes.len();
    if !text.get(start..).is_some_and(|body| body.starts_with('"')) {
        return 0;
    }
    let body = text.get(start + 1..).unwrap_or_default();
    body.find(&format!("\"{hashes}")).map_or(text.len(), |end| start + 1 + end + 1 + hashes.len())
}

/// How long the character at the front is; 0 for a lifetime.
fn character(text: &str) -> usize {
    let mut characters = text.char_indices().skip(1);
    match (characters.next(), characters.next()) {
        (Some((_, '\\')), Some(_)) => characters.find(|(_, end)| *end == '\'').map_or(0, |(at, _)| at + 1),
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 0,
    }
}

/// Every path that begins with `crate` or `super` in a piece of code, those in braces written out.
pub(crate) fn paths(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for root in ["crate", "super"] {
        for (at, _) in code.match_indices(&format!("{root}::")) {
            let before = code.get(..at).unwrap_or_default();
            if !before.ends_with(is_name) && !before.ends_with("::") && !before.ends_with('$') {
                tree(code.get(at..).unwrap_or_default(), &mut Vec::new(), &mut found);
            }
        }
    }
    found
}

/// Reads one path off the front, with its branches: what follows it.
fn tree<'a>(code: &'a str, prefix: &mut Vec<String>, found: &mut Vec<Vec<String>>) -> &'a str {
    let depth = prefix.len();
    let mut rest = code.trim_start();
    loop {
        let after = rest.trim_start_matches(is_name);
        if let Some(name) = rest.get(..rest.len() - after.len()).filter(|name| !name.is_empty()) {
            prefix.push(name.to_owned());
        }
        let Some(below) = after.strip_prefix("::") else {
            found.push(prefix.clone());
            prefix.truncate(depth);
            return after;
        };
        rest = below;
        if let Some(mut branches) = rest.strip_prefix('{') {
            while !branches.trim_start().starts_with('}') && !branches.trim_start().is_empty() {
                let after = tree(branches, prefix, found);
                // Past a glob or an `as`.
                let next = after.find([',', '}']).and_then(|at| after.get(at..)).unwrap_or_default();
                branches = next.strip_prefix(',').unwrap_or(next);
            }
            prefix.truncate(depth);
            return branches.trim_start().strip_prefix('}').unwrap_or_default();
        }
    }
}

#[test]
fn paths_are_found_in_braces_and_in_the_middle_of_code() {
    let code = "use crate::{a::{self, B}, c::d as e, f::*}; fn x() { super::super::g::h() } $crate::no();";
    let found: BTreeSet<_> = paths(code).iter().map(|path| path.join("::")).collect();
    let expected = ["crate::a::self", "crate::a::B", "crate::c::d", "crate::f", "super::super::g::h"];
    assert_eq!(found, expected.into_iter().map(ToOwned::to_owned).collect());
}

#[test]
fn comments_strings_and_tests_name_nothing() {
    let text = "//! crate::a\nlet x = \"crate::b \\\" crate::c\"; let y = r#\"crate::d\"#; /* crate::e */ \
                let z = ('\"', 'a', crate::f::<'static>());\n#[cfg(test)]\nmod tests { use crate::g; }";
    let found = paths(&without_tests(&strip(text)));
    assert_eq!(found, [["crate", "f"]]);
}
