//! The encodings recorded from real nodes, for the types that every plug-in can use.

use backplane_plugin::wire::{self, varint};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt::Debug;

/// Types whose vectors are checked where the types are: in the host.
const OF_THE_HOST: &[&str] = &[
    "Url",
    "(Url,u64)",
    "semver::Version",
    "PingMessage",
    "PongMessage",
    "GetAddrsMessage",
    "AddrsMessage",
    "VersionMessage",
    "VerackMessage",
    "DchatMsg",
    "HolepunchRequest",
    "HolepunchConnect",
    "HolepunchResult",
    "frame",
];

#[derive(Debug, Deserialize)]
struct Vector {
    name: String,
    #[serde(rename = "type")]
    kind_of_value: String,
    kind: String,
    #[serde(default)]
    value: Value,
    hex: String,
    input_hex: Option<String>,
    len: Option<usize>,
    #[serde(default)]
    truncated_listing: bool,
}

impl Vector {
    /// The bytes to decode: not always those that an encoder writes.
    fn input(&self) -> Vec<u8> {
        hex::decode(self.input_hex.as_ref().unwrap_or(&self.hex)).expect("the vectors are hexadecimal")
    }
}

/// Something to do with a vector, for whatever type it is of.
trait Check {
    fn check<T: Serialize + DeserializeOwned + Debug>(vector: &Vector) -> Result<(), String>;
    fn varint(vector: &Vector) -> Result<(), String>;
}

/// Decodes, compares with the value that was recorded, encodes again.
struct BothWays;

impl Check for BothWays {
    fn check<T: Serialize + DeserializeOwned + Debug>(vector: &Vector) -> Result<(), String> {
        if vector.truncated_listing {
            return begins_as_listed(vector);
        }
        let value: T = wire::from_bytes(&vector.input()).map_err(|e| format!("does not decode: {e}"))?;
        if !is_recorded(&vector.value, &value) {
            return Err(format!("decodes to {value:?}, not {}", vector.value));
        }
        let encoded = hex::encode(wire::to_bytes(&value).map_err(|e| format!("does not encode: {e}"))?);
        if encoded == vector.hex { Ok(()) } else { Err(format!("encodes to {encoded}")) }
    }

    fn varint(vector: &Vector) -> Result<(), String> {
        let input = vector.input();
        let Ok(Some((value, used))) = varint::take(&input) else { return Err("does not decode".into()) };
        let right = used == input.len()
            && is_recorded(&vector.value, &value)
            && varint::encode(value).as_slice() == input;
        if right { Ok(()) } else { Err(format!("decodes to {value} from {used} bytes")) }
    }
}

/// Decodes, and must not succeed.
struct Refused;

impl Check for Refused {
    fn check<T: Serialize + DeserializeOwned + Debug>(vector: &Vector) -> Result<(), String> {
        wire::from_bytes::<T>(&vector.input()).map_or(Ok(()), |value| Err(format!("decodes to {value:?}")))
    }

    fn varint(vector: &Vector) -> Result<(), String> {
        let input = vector.input();
        match varint::take(&input) {
            Ok(Some((value, used))) if used == input.len() => Err(format!("decodes to {value}")),
            _ => Ok(()),
        }
    }
}

/// Runs the check for the type that the vector names.
fn check<C: Check>(vector: &Vector) -> Result<(), String> {
    match vector.kind_of_value.as_str() {
        "VarInt" => C::varint(vector),
        "u8" => C::check::<u8>(vector),
        "u16" => C::check::<u16>(vector),
        "u32" => C::check::<u32>(vector),
        "u64" | "usize (as u64)" => C::check::<u64>(vector),
        "u128" => C::check::<u128>(vector),
        "i8" => C::check::<i8>(vector),
        "i16" => C::check::<i16>(vector),
        "i32" => C::check::<i32>(vector),
        "i64" => C::check::<i64>(vector),
        "f32" => C::check::<f32>(vector),
        "f64" => C::check::<f64>(vector),
        "bool" => C::check::<bool>(vector),
        "String" => C::check::<String>(vector),
        "Vec<u8>" => C::check::<Vec<u8>>(vector),
        "Vec<u16>" => C::check::<Vec<u16>>(vector),
        "Vec<u32>" => C::check::<Vec<u32>>(vector),
        "Vec<u64>" => C::check::<Vec<u64>>(vector),
        "Vec<bool>" => C::check::<Vec<bool>>(vector),
        "Vec<String>" => C::check::<Vec<String>>(vector),
        "Vec<Vec<u8>>" => C::check::<Vec<Vec<u8>>>(vector),
        "Vec<(String,u32)>" => C::check::<Vec<(String, u32)>>(vector),
        "[u8; 4] (no length prefix)" => C::check::<[u8; 4]>(vector),
        "Option<u8>" => C::check::<Option<u8>>(vector),
        "Option<u32>" => C::check::<Option<u32>>(vector),
        "Option<String>" => C::check::<Option<String>>(vector),
        "Option<Option<u8>>" => C::check::<Option<Option<u8>>>(vector),
        "(u8,u16)" => C::check::<(u8, u16)>(vector),
        "(String,u32)" => C::check::<(String, u32)>(vector),
        "(bool,String,u64)" => C::check::<(bool, String, u64)>(vector),
        unknown => Err(format!("a vector of the type {unknown}, which no test knows")),
    }
}

/// Whether the value is the recorded one, which is written as JSON, as text (large numbers, a value in Rust's
/// notation, bytes in hexadecimal) or as the description of a long text.
fn is_recorded<T: Serialize + Debug>(recorded: &Value, value: &T) -> bool {
    let as_json = serde_json::to_value(value).ok();
    if as_json.as_ref() == Some(recorded) {
        return true;
    }
    let Value::String(text) = recorded else { return false };
    let repeated = text.split_once("' repeated ").and_then(|(letter, count)| {
        Some(Value::String(letter.trim_matches('\'').repeat(count.parse().ok()?)))
    });
    *text == format!("{value:?}")
        || repeated.is_some() && repeated == as_json
        || hex::decode(text).is_ok_and(|bytes| format!("{bytes:?}") == format!("{value:?}"))
}

/// The one vector that is too long to be listed: its first bytes and its length are.
fn begins_as_listed(vector: &Vector) -> Result<(), String> {
    let encoded = wire::to_bytes(&"y".repeat(65_536)).map_err(|e| e.to_string())?;
    let right = Some(encoded.len()) == vector.len && encoded.starts_with(&vector.input());
    if right { Ok(()) } else { Err("encodes to something else".into()) }
}

fn load(file: &str, list: &str) -> Vec<Vector> {
    let path = format!("{}/../tests/vectors/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the vectors are part of the repository");
    let mut json: Value = serde_json::from_str(&text).expect("the vectors are JSON");
    Vec::deserialize(json[list].take()).expect("every vector has the fields of a vector")
}

/// Checks every vector of this crate's types: the number checked, and what failed.
fn check_all(vectors: &[Vector], run: fn(&Vector) -> Result<(), String>) -> (usize, Vec<String>) {
    let here: Vec<_> = vectors.iter().filter(|v| !OF_THE_HOST.contains(&v.kind_of_value.as_str())).collect();
    let failures = here.iter().filter_map(|v| run(v).err().map(|why| format!("{}: {why}", v.name))).collect();
    (here.len(), failures)
}

#[test]
fn encodes_and_decodes_every_vector_as_real_nodes_do() {
    let (checked, failures) =
        check_all(&load("encodings.json", "vectors"), |vector| match vector.kind.as_str() {
            "canonical" | "accepted_non_canonical" => check::<BothWays>(vector),
            unknown => Err(format!("a vector of the kind {unknown}, which no test knows")),
        });
    assert_eq!(failures, [""; 0]);
    assert_eq!(checked, 85);
}

#[test]
fn refuses_what_real_nodes_refuse() {
    let (checked, failures) = check_all(&load("refused.json", "negative"), check::<Refused>);
    assert_eq!(failures, [""; 0]);
    assert_eq!(checked, 26);
}
