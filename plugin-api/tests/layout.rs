//! The layouts of everything that crosses the boundary, held against `abi.golden`.
//!
//! A difference means that plug-ins and hosts built before and after do not fit, unless something was only added at
//! the end of a table. `UPDATE_GOLDEN=1` writes the file anew.

use backplane_plugin::abi::PluginModule_Ref;
use backplane_plugin::abi::abi_stable::StableAbi;
use backplane_plugin::abi::abi_stable::type_layout::{TLData, TLField, TypeLayout};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

/// The types that crossing data is made of.
#[derive(Default)]
struct Types {
    /// By the place of their layout, so that each is described once.
    seen: BTreeSet<*const TypeLayout>,
    /// Name, size, alignment and fields of each.
    texts: BTreeSet<String>,
}

/// Adds a type with all that it is made of.
fn describe(layout: &'static TypeLayout, types: &mut Types) {
    if !types.seen.insert(layout) {
        return;
    }
    let (size, alignment) = (layout.size(), layout.alignment());
    let name = format!("{}::{}", layout.mod_path(), layout.full_type());
    let mut text = format!("{name} ({size} bytes, aligned to {alignment})\n");
    if let TLData::Enum(variants) = layout.data() {
        let names: Vec<_> = variants.variant_names_iter().collect();
        writeln!(text, "    {}", names.join(" | ")).expect("texts grow");
    }
    for field in layout.get_fields().into_iter().flat_map(|fields| fields.to_vec()) {
        describe_field(&field, &mut text, types);
    }
    for field in layout.phantom_fields().to_vec() {
        describe(field.layout(), types);
    }
    types.texts.insert(text);
}

/// The name of a type with what its containers hold.
fn name(layout: &'static TypeLayout) -> String {
    let is_enum = matches!(layout.data(), TLData::Enum(_));
    let fields = layout.get_fields().into_iter().flat_map(|fields| fields.to_vec());
    let held = fields.filter(|field| is_enum || field.full_type().to_string().starts_with("PhantomData"));
    let held: Vec<_> = held.map(|field| name(field.layout())).collect();
    let full = layout.full_type().to_string();
    if layout.package() == "abi_stable" && !held.is_empty() {
        return format!("{full} of {}", held.join(", "));
    }
    full
}

fn describe_field(field: &TLField, text: &mut String, types: &mut Types) {
    writeln!(text, "    {}: {}", field.name(), name(field.layout())).expect("texts grow");
    for function in field.function_range().iter() {
        let names = function.param_names.as_str().split(',');
        let parameters = function.param_type_layouts.iter().map(|layout| layout());
        for (parameter, layout) in names.zip(parameters) {
            writeln!(text, "        {parameter}: {}", name(layout)).expect("texts grow");
            describe(layout, types);
        }
        if let Some(layout) = function.return_type_layout() {
            writeln!(text, "        -> {}", name(layout())).expect("texts grow");
            describe(layout(), types);
        }
    }
    describe(field.layout(), types);
}

fn summary() -> String {
    let mut types = Types::default();
    describe(PluginModule_Ref::LAYOUT, &mut types);
    types.texts.into_iter().collect()
}

#[test]
fn layouts_are_those_that_plug_ins_were_built_with() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/abi.golden");
    let summary = summary();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&golden, &summary).expect("the golden file can be written");
    }
    let expected = std::fs::read_to_string(&golden).expect("the golden file is there");
    let differs = expected.lines().zip(summary.lines()).find(|(one, other)| one != other);
    assert_eq!(differs, None, "first difference; see the head of this file");
    assert_eq!(expected.lines().count(), summary.lines().count(), "types or fields came or went");
}

#[test]
fn the_summary_reaches_what_the_tables_are_made_of() {
    let summary = summary();
    for line in
        ["::Chunk (", "    poll_receive: ", "::LogRecord<", "    expiry_ms: u32", "    Sent | Full | Delayed"]
    {
        assert!(summary.contains(line), "{line:?} is missing");
    }
}

#[test]
fn every_type_of_the_data_that_crosses_is_in_the_summary() {
    let summary = summary();
    let source = include_str!("../src/abi/data.rs");
    let named =
        |line: &'static str| line.strip_prefix("pub struct ").or_else(|| line.strip_prefix("pub enum "));
    let names: Vec<_> = source
        .lines()
        .filter_map(named)
        .filter_map(|rest| rest.split(|character: char| !character.is_alphanumeric()).next())
        .collect();
    assert!(names.len() > 15, "only {names:?} were found");
    for name in names {
        let described = format!("backplane_plugin::abi::data::{name}");
        let is_it = |rest: &str| rest.starts_with([' ', '<']);
        assert!(summary.split(&described).skip(1).any(is_it), "{name} does not cross, or is not described");
    }
}
