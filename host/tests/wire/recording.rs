//! The files that hold the recordings.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A recorded encoding, or bytes that were refused.
#[derive(Debug, Deserialize)]
pub(crate) struct Vector {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) type_name: String,
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) value: Value,
    pub(crate) hex: String,
    input_hex: Option<String>,
}

impl Vector {
    /// The bytes to decode: not always those that an encoder writes.
    pub(crate) fn input(&self) -> Vec<u8> {
        bytes(self.input_hex.as_ref().unwrap_or(&self.hex))
    }

    /// Whether the type is one of the wire format itself, whose vectors are checked where the codec is.
    pub(crate) fn is_of_the_codec(&self) -> bool {
        OF_THE_CODEC.contains(&self.type_name.as_str())
    }
}

const OF_THE_CODEC: &[&str] = &[
    "VarInt",
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "usize (as u64)",
    "i8",
    "i16",
    "i32",
    "i64",
    "f32",
    "f64",
    "bool",
    "String",
    "Vec<u8>",
    "Vec<u16>",
    "Vec<u32>",
    "Vec<u64>",
    "Vec<bool>",
    "Vec<String>",
    "Vec<Vec<u8>>",
    "Vec<(String,u32)>",
    "[u8; 4] (no length prefix)",
    "Option<u8>",
    "Option<u32>",
    "Option<String>",
    "Option<Option<u8>>",
    "(u8,u16)",
    "(String,u32)",
    "(bool,String,u64)",
];

/// One of the lists in a file of recordings.
pub(crate) fn load<T: DeserializeOwned>(file: &str, list: &str) -> Vec<T> {
    let path = format!("{}/../tests/vectors/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the recordings are part of the repository");
    let mut json: Value = serde_json::from_str(&text).expect("the recordings are JSON");
    serde_json::from_value(json[list].take()).expect("every recording of a list has the same fields")
}

/// Bytes that are written in hexadecimal.
pub(crate) fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text).expect("the recordings are hexadecimal")
}

/// Checks every vector for which `is_here`: the number checked, and what failed.
pub(crate) fn check_all(
    vectors: &[Vector],
    is_here: fn(&Vector) -> bool,
    check: fn(&Vector) -> Result<(), String>,
) -> (usize, Vec<String>) {
    let here: Vec<_> = vectors.iter().filter(|vector| is_here(vector)).collect();
    let failures =
        here.iter().filter_map(|v| check(v).err().map(|why| format!("{}: {why}", v.name))).collect();
    (here.len(), failures)
}
