//! `plugin inspect`: what a plug-in's file says of itself, in lines that people read.

use super::{Failure, layers::LayerArguments, output};
use crate::plugin::file::Misfit;
use crate::plugin::{Examined, Refusal, Signer, examine};
use backplane_plugin::manifest::{FileManifest, FileMessage, FilePage, FileProtocol, Limits};
use backplane_plugin::{SessionFlags, serde_json::Map};
use serde_json::{Value, json};
use std::path::Path;

pub(super) const EXAMPLES: &str = "\
Examples:
  backplane plugin inspect plugins/libbackplane_chat.so
  backplane plugin inspect --json plugins/libbackplane_chat.so

The file is read and not opened: no code of it runs. A signature beside it is held against plugins.trusted_keys. With --json
it is the manifest as it is in the file, the hash, the signature, and why this host refuses it, if it does.";

/// Prints the manifest of a file.
pub(super) fn run(path: &Path, layers: &LayerArguments, as_json: bool) -> Result<(), Failure> {
    let keys = layers.load()?.settings.plugins.trusted_keys;
    let Examined { manifest, misfit, sha256, signature } =
        examine(path, &keys).map_err(|error| Failure::Runtime(format!("{}: {error}", path.display())))?;
    if as_json {
        let mut value = json!(manifest);
        value["sha256"] = json!(sha256);
        value["signature"] = signature.map_or(Value::Null, |found| signature_value(&found));
        value["refused"] = json!(misfit.map(|misfit| misfit.to_string()));
        return output::lines([format!("{value:#}")]);
    }
    let proof = [format!("sha256 {sha256}"), signature_line(signature.as_ref())];
    output::lines(lines(&manifest, &proof, misfit.as_ref()).into_iter().map(|line| plain(&line)))
}

fn signature_line(signature: Option<&Result<Signer, Refusal>>) -> String {
    match signature {
        None => "not signed".to_owned(),
        Some(Ok(Signer { key, comment })) => format!("signed by {key}: {comment}"),
        Some(Err(refusal)) => format!("no signature that counts: {refusal}"),
    }
}

fn signature_value(signature: &Result<Signer, Refusal>) -> Value {
    match signature {
        Ok(Signer { key, comment }) => json!({"signed_by": key, "trusted_comment": comment}),
        Err(refusal) => json!({"refused": refusal.to_string()}),
    }
}

/// A line of a file that nobody has vouched for, without what could steer a terminal.
fn plain(line: &str) -> String {
    line.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

fn lines(manifest: &FileManifest, proof: &[String], misfit: Option<&Misfit>) -> Vec<String> {
    let FileManifest { name, version, description, license, api_version, abi, .. } = manifest;
    let FileManifest { rustc, target, panic, .. } = manifest;
    let mut lines = vec![
        format!("{name} {version}"),
        format!("  {description}"),
        format!("  licence {license}, ABI {}.{}, backplane-plugin {api_version}", abi.major, abi.minor),
        format!("  built by {rustc} for {target}, panic = {panic}"),
    ];
    lines.extend(proof.iter().map(|line| format!("  {line}")));
    lines.extend(manifest.protocols.iter().flat_map(protocol));
    lines.extend(manifest.methods.iter().map(|method| {
        let also = method.aliases.join(", ");
        let also = if also.is_empty() { also } else { format!(" (also {also})") };
        format!("method {name}.{}{also}", method.name)
    }));
    lines.extend(manifest.pages.iter().map(|page| {
        let FilePage { path, media_type, bytes } = page;
        format!("page /{name}/{path}: {media_type}, {bytes} bytes")
    }));
    config(&manifest.config, "", &mut lines);
    lines.extend(limits(&manifest.limits));
    lines.push(misfit.map_or_else(
        || "this host takes it".to_owned(),
        |misfit| format!("this host does not take it: {misfit}"),
    ));
    lines
}

fn protocol(protocol: &FileProtocol) -> Vec<String> {
    let FileProtocol { name, version, sessions, assumed, messages } = protocol;
    let negotiation = if *assumed { "assumed" } else { "negotiated" };
    let known = SessionFlags::from_bits(*sessions);
    let sessions = known.map_or_else(|| format!("unknown sessions {sessions:#b}"), |flags| flags.to_string());
    let first = format!("protocol {name} {version}: {negotiation}, on {sessions}");
    std::iter::once(first).chain(messages.iter().map(message)).collect()
}

fn message(message: &FileMessage) -> String {
    let limit = match message.max_bytes {
        0 => "the host's limit".to_owned(),
        bytes => format!("at most {bytes} bytes"),
    };
    let metering = if message.metering.threshold == 0 {
        "not metered".to_owned()
    } else {
        format!("{} free in {} s", message.metering.threshold, message.metering.expiry_ms / 1000)
    };
    format!("  message {}: {limit}, {metering}", message.name)
}

/// A line for each key of a schema, and one for what it is about; tables have their keys in front.
fn config(schema: &Value, prefix: &str, lines: &mut Vec<String>) {
    let empty = Map::new();
    for (key, schema) in schema["properties"].as_object().unwrap_or(&empty) {
        let key = format!("{prefix}{key}");
        if schema["type"] == "object" {
            config(schema, &format!("{key}."), lines);
            continue;
        }
        let range = match (&schema["minimum"], &schema["maximum"]) {
            (Value::Null, _) | (_, Value::Null) => String::new(),
            (min, max) => format!(", {min} to {max}"),
        };
        let default = schema.get("default").map(|default| format!(", default {default}")).unwrap_or_default();
        lines.push(format!("config {key}: {}{range}{default}", kind(schema)));
        lines.extend(schema["description"].as_str().map(|about| format!("  {about}")));
    }
}

/// What kind of value a schema describes.
fn kind(schema: &Value) -> String {
    if let Some(others) = schema["anyOf"].as_array() {
        return others.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    match schema["type"].as_str() {
        Some("array") => format!("list of {}", kind(&schema["items"])),
        Some("null") => "nothing".to_owned(),
        Some(kind) => kind.to_owned(),
        None => "anything".to_owned(),
    }
}

/// A line for each limit that the plug-in asks for.
fn limits(limits: &Limits) -> Vec<String> {
    let wanted = json!(limits);
    let wanted = wanted.as_object().into_iter().flatten().filter(|(_, amount)| **amount != json!(0));
    wanted.map(|(what, amount)| format!("wants limits.{what} = {amount}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> FileManifest {
        let value = json!({
            "name": "rooms", "version": "1.2.3", "description": "Two\nlines \u{1b}[2J", "license": "MIT",
            "api_version": "0.1.0", "abi": {"major": 1, "minor": 2}, "rustc": "rustc 1.90.0", "target": "here",
            "panic": "unwind",
            "protocols": [{"name": "door", "version": 3, "sessions": 9, "assumed": false, "messages": [
                {"name": "enter", "max_bytes": 100,
                 "metering": {"score": 1, "threshold": 4, "sleep_step_ms": 1000, "expiry_ms": 10_000}},
                {"name": "leave", "max_bytes": 0}]}],
            "methods": [{"name": "list", "aliases": ["rooms", "ls"]}, {"name": "close", "aliases": []}],
            "pages": [{"path": "lib/page.js", "media_type": "text/javascript", "bytes": 7}],
            "config": {"type": "object", "properties": {
                "max": {"type": "integer", "minimum": 1, "maximum": 9, "default": 5, "description": "How many."},
                "deep": {"type": "object", "properties": {"list": {"type": "array", "items": {"type": "string"}}}},
                "maybe": {"anyOf": [{"type": "number"}, {"type": "null"}], "default": null},
                "any": {}}},
            "limits": {"jobs": 7},
        });
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn everything_in_a_manifest_has_its_line() {
        let lines: Vec<_> =
            lines(&manifest(), &["not signed".to_owned()], None).iter().map(|line| plain(line)).collect();
        let expected = [
            "rooms 1.2.3",
            "  Two lines  [2J",
            "  licence MIT, ABI 1.2, backplane-plugin 0.1.0",
            "  built by rustc 1.90.0 for here, panic = unwind",
            "  not signed",
            "protocol door 3: negotiated, on inbound|seed",
            "  message enter: at most 100 bytes, 4 free in 10 s",
            "  message leave: the host's limit, not metered",
            "method rooms.list (also rooms, ls)",
            "method rooms.close",
            "page /rooms/lib/page.js: text/javascript, 7 bytes",
            "config any: anything",
            "config deep.list: list of string",
            "config max: integer, 1 to 9, default 5",
            "  How many.",
            "config maybe: number or nothing, default null",
            "wants limits.jobs = 7",
            "this host takes it",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_plugin_that_this_host_refuses_is_shown_with_the_reason() {
        let misfit = Misfit::Panic { theirs: "abort".to_owned() };
        let last = lines(&manifest(), &[], Some(&misfit)).pop().unwrap();
        assert!(last.starts_with("this host does not take it: built with panic = \"abort\""), "{last}");
    }
}
