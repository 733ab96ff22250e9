//! That no file of the host needs itself by way of another.
//!
//! The `mod.rs` of a folder is left out: it is the folder's face, and names its files as they name it.

use crate::layers::{module_of, resolve};
use crate::source::{Source, paths, sources};
use std::collections::{BTreeMap, BTreeSet};

/// Which files each file names.
type Graph = BTreeMap<String, BTreeSet<String>>;

fn graph(files: &[Source]) -> Graph {
    let of_module: BTreeMap<_, _> = files.iter().map(|file| (module_of(&file.path), &file.path)).collect();
    // The file of a path is that of its longest part that is a module.
    let file_of = |path: Vec<String>| {
        (1..=path.len()).rev().find_map(|length| of_module.get(path.get(..length)?).copied().cloned())
    };
    let is_face = |path: &str| path.ends_with("/mod.rs") || path.ends_with("/lib.rs");
    let names = |file: &Source| {
        let this = module_of(&file.path);
        let named = paths(&file.code).into_iter().filter_map(|path| file_of(resolve(&this, &path)));
        named.filter(|other| *other != file.path && !is_face(other)).collect()
    };
    files.iter().filter(|file| !is_face(&file.path)).map(|file| (file.path.clone(), names(file))).collect()
}

/// A way from a file back to itself, if there is one.
fn cycle(graph: &Graph) -> Option<Vec<String>> {
    let mut done = BTreeSet::new();
    graph.keys().find_map(|start| walk(graph, start, &mut Vec::new(), &mut done))
}

fn walk(graph: &Graph, at: &str, way: &mut Vec<String>, done: &mut BTreeSet<String>) -> Option<Vec<String>> {
    if let Some(start) = way.iter().position(|file| file == at) {
        return Some(way.iter().skip(start).cloned().chain([at.to_owned()]).collect());
    }
    if done.contains(at) {
        return None;
    }
    way.push(at.to_owned());
    let named = graph.get(at).into_iter().flatten();
    let found = named.into_iter().find_map(|next| walk(graph, next, way, done));
    way.pop();
    done.insert(at.to_owned());
    found
}

#[test]
fn no_file_of_the_host_needs_itself() {
    let found = cycle(&graph(&sources("host/src")));
    assert_eq!(found.map(|files| files.join("\n-> ")).unwrap_or_default(), "");
}

#[test]
fn a_cycle_is_found_through_any_number_of_files() {
    let source = |path: &str, code: &str| Source {
        path: format!("host/src/{path}"),
        text: String::new(),
        code: code.to_owned(),
    };
    let mut files = vec![
        source("a/mod.rs", "use one::One;"),
        source("a/one.rs", "use super::two::Two;"),
        source("a/two.rs", "use super::A; use crate::b::B;"),
        source("b.rs", "use crate::c;"),
        source("c.rs", ""),
    ];
    assert_eq!(cycle(&graph(&files)), None);
    files.extend([source("d.rs", "use crate::a::one::One;")]);
    files[4].code = "fn f() { crate::d::f() }".to_owned();
    let way = cycle(&graph(&files)).expect("there is a cycle");
    assert_eq!(way.len(), 6, "{way:?}");
}
