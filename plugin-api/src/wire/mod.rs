//! The wire codec: values as the bytes of a payload, and back.
//!
//! The format is that of `docs/wire.md`, section 2, offered as a [serde](https://serde.rs) data format. Integers and
//! floats are little-endian; text, bytes, sequences and maps carry their length in front as a [VarInt](varint);
//! tuples, arrays and structs are their members in order, with nothing between; an option is a tag byte and the
//! value; an enum is a discriminant byte and the fields of the variant.
//!
//! The bytes do not say what they are, so a type that asks the format (`serde_json::Value`, `#[serde(untagged)]`,
//! `#[serde(flatten)]`) is refused. So are `char`, fields that are skipped only sometimes, and sequences of elements
//! that take no bytes at all.
//!
//! Decoding trusts nothing: a count that the rest of the input cannot fill is refused before memory is taken, nesting
//! stops at [`MAX_DEPTH`], and not one byte may be left over. `&str` and `&[u8]` borrow from the input.
//!
//! ```
//! use backplane_plugin::wire;
//!
//! let bytes = wire::to_bytes(&("hello", 7_u16))?;
//! assert_eq!(bytes, b"\x05hello\x07\x00");
//! assert_eq!(wire::from_bytes::<(&str, u16)>(&bytes)?, ("hello", 7));
//! # Ok::<(), wire::Error>(())
//! ```

pub mod varint;

mod access;
mod compound;
mod de;
mod error;
mod ser;
#[cfg(test)]
mod tests;

pub use error::Error;

use crate::abi::Part;
use serde::{Deserialize, Serialize};

/// How deep values may be nested in one another: structs, tuples, sequences, maps, options and enums each count.
pub const MAX_DEPTH: u8 = 64;

/// Encodes `value`.
///
/// # Errors
///
/// When the type has no encoding in this format, or is nested too deep.
pub fn to_bytes<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    encode_into(value, &mut out)?;
    Ok(out)
}

/// Encodes `value` behind what `out` holds. After an error `out` is as long as before.
///
/// # Errors
///
/// As [`to_bytes`].
#[inline]
pub fn encode_into<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> Result<(), Error> {
    let before = out.len();
    let result = value.serialize(&mut ser::Serializer::new(out));
    if result.is_err() {
        out.truncate(before);
    }
    result
}

/// Like [`encode_into`], but leaves large [`Bytes`](crate::Bytes) out and names them, and where they belong, in `parts`.
#[inline]
pub(crate) fn encode_sharing<T: Serialize + ?Sized>(
    value: &T,
    out: &mut Vec<u8>,
    parts: &mut Vec<Part>,
) -> Result<(), Error> {
    let before = out.len();
    let result = value.serialize(&mut ser::Serializer::sharing(out, parts));
    if result.is_err() {
        out.truncate(before);
        parts.clear();
    }
    result
}

/// Decodes a value that takes up the whole of `input`.
///
/// # Errors
///
/// When the input is not the encoding of a `T`, or is longer than it.
#[inline]
pub fn from_bytes<'de, T: Deserialize<'de>>(input: &'de [u8]) -> Result<T, Error> {
    let mut deserializer = de::Deserializer::new(input);
    let value = T::deserialize(&mut deserializer)?;
    deserializer.finish()?;
    Ok(value)
}
