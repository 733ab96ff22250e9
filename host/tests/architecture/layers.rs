//! Which module of the host may name which.

use crate::source::{Source, paths, sources};
use std::collections::BTreeSet;

/// A top-level module of the host.
pub(crate) struct Module {
    name: &'static str,
    /// It may name the modules of lower layers.
    layer: u32,
    /// Modules of its own layer that it may name all the same.
    also: &'static [&'static str],
    /// Modules of lower layers that it may not name.
    never: &'static [&'static str],
}

const fn module(name: &'static str, layer: u32) -> Module {
    Module { name, layer, also: &[], never: &[] }
}

/// The table, from the bottom up.
pub(crate) const MODULES: &[Module] = &[
    module("address", 0),
    module("blocking", 0),
    module("causes", 0),
    module("clock", 0),
    module("durable", 0),
    module("frame", 0),
    module("hub", 0),
    // A key is known by the id that addresses are pinned with, and kept in a file.
    Module { also: &["address", "durable"], ..module("key", 0) },
    module("marks", 0),
    module("random", 0),
    // Settings are made of values, and addresses are among them.
    Module { also: &["address"], ..module("settings", 0) },
    module("events", 1),
    module("transport", 1),
    module("hosts", 1),
    module("ledger", 1),
    // Its queues tell the node's memory of what they hold.
    Module { also: &["ledger"], ..module("message", 1) },
    // Who is connected has nothing to do with who is known.
    Module { never: &["hosts"], ..module("channel", 2) },
    module("protocol", 3),
    module("plugin", 4),
    module("session", 4),
    module("check", 5),
    module("node", 5),
    module("rpc", 6),
    module("http", 7),
    module("cli", 8),
    module("main", 9),
];

fn find(name: &str) -> Option<&'static Module> {
    MODULES.iter().find(|module| module.name == name)
}

/// The path of the module that a file of the host is, below the crate.
pub(crate) fn module_of(file: &str) -> Vec<String> {
    let below = file.trim_start_matches("host/src/").trim_end_matches(".rs");
    let mut path: Vec<_> = below.split('/').map(ToOwned::to_owned).collect();
    if path.last().is_some_and(|last| last == "mod" || last == "lib") {
        path.pop();
    }
    path
}

/// A path that a module names, as a path below the crate.
pub(crate) fn resolve(module: &[String], path: &[String]) -> Vec<String> {
    let ups = path.iter().take_while(|part| *part == "super").count();
    let base = if ups == 0 { &[][..] } else { &module[..module.len().saturating_sub(ups)] };
    let rest = path.iter().skip(ups).filter(|part| *part != "crate" && *part != "self");
    base.iter().chain(rest).cloned().collect()
}

/// The modules that a file may not name and does.
fn offences(file: &Source) -> BTreeSet<String> {
    let this = module_of(&file.path);
    // The root declares the modules.
    let Some(name) = this.first() else { return BTreeSet::new() };
    let Some(module) = find(name) else {
        return BTreeSet::from([format!("{}: the module {name} is not in the table of layers", file.path)]);
    };
    // The program is a crate of its own, in which the library has a name.
    let code = if name == "main" { file.code.replace("backplane::", "crate::") } else { file.code.clone() };
    let named = paths(&code).into_iter().filter_map(|path| resolve(&this, &path).into_iter().next());
    let allowed = |other: &str| {
        other == *name
            || module.also.contains(&other)
            || find(other).is_some_and(|found| found.layer < module.layer && !module.never.contains(&other))
    };
    named.filter(|other| !allowed(other)).map(|other| format!("{} names {other}", file.path)).collect()
}

#[test]
fn modules_name_only_what_is_below_them() {
    let found: Vec<_> = sources("host/src").iter().flat_map(offences).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_table_has_no_module_that_is_gone() {
    let modules: BTreeSet<_> =
        sources("host/src").iter().filter_map(|file| module_of(&file.path).into_iter().next()).collect();
    let table: BTreeSet<_> = MODULES.iter().map(|module| module.name.to_owned()).collect();
    assert_eq!(modules, table);
}

#[test]
fn a_name_from_above_is_noticed_however_it_is_written() {
    for (path, code, expected) in [
        ("host/src/channel/send.rs", "use crate::{frame, protocol::Attached};", "protocol"),
        ("host/src/channel/send.rs", "use super::super::session::dial;", "session"),
        ("host/src/channel/mod.rs", "fn f() { super::node::stop() }", "node"),
        ("host/src/channel/mod.rs", "use crate::hosts::Hosts;", "hosts"),
        ("host/src/session/dial.rs", "use crate::plugin;", "plugin"),
        ("host/src/frame/mod.rs", "crate::clock::now()", "clock"),
    ] {
        let source = Source { path: path.to_owned(), text: String::new(), code: code.to_owned() };
        assert_eq!(offences(&source), BTreeSet::from([format!("{path} names {expected}")]));
    }
    let code = "use super::Channel; use crate::message::Run; use crate::frame;".to_owned();
    let fine = Source { path: "host/src/channel/send.rs".to_owned(), text: String::new(), code };
    assert_eq!(offences(&fine), BTreeSet::new());
}
