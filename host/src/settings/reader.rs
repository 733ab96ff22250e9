//! Reads typed values out of merged ones, without guessing: a text is never taken for a number.

use super::fault::{Fault, listed};
use config::{Value, ValueKind};
use serde::de::{
    DeserializeOwned, Deserializer, IntoDeserializer, Visitor,
    value::{MapDeserializer, SeqDeserializer},
};
use serde::forward_to_deserialize_any;

/// Reads a whole tree; a fault comes with the key at which it was found.
pub(super) fn read<T: DeserializeOwned>(value: &Value) -> Result<T, (String, Fault)> {
    serde_path_to_error::deserialize(Reader(value)).map_err(|error| {
        let key = error.path().to_string();
        (key, error.into_inner())
    })
}

/// A merged value as a source for serde.
///
/// *Rationale.* The `config` crate's own reader takes `"8"` for 8 and 1 for true, which hides mistakes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a>(pub(super) &'a Value);

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.0.kind {
            ValueKind::Nil => visitor.visit_unit(),
            ValueKind::Boolean(value) => visitor.visit_bool(*value),
            ValueKind::I64(value) => visitor.visit_i64(*value),
            ValueKind::I128(value) => visitor.visit_i128(*value),
            ValueKind::U64(value) => visitor.visit_u64(*value),
            ValueKind::U128(value) => visitor.visit_u128(*value),
            ValueKind::Float(value) => visitor.visit_f64(*value),
            ValueKind::String(text) => visitor.visit_str(text),
            ValueKind::Array(values) => visitor.visit_seq(SeqDeserializer::new(values.iter().map(Reader))),
            ValueKind::Table(table) => {
                // Sorted, so that of several faults it is always the same one that is reported.
                let mut entries: Vec<_> =
                    table.iter().map(|(key, value)| (key.as_str(), Reader(value))).collect();
                entries.sort_unstable_by_key(|(key, _)| *key);
                visitor.visit_map(MapDeserializer::new(entries.into_iter()))
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match &self.0.kind {
            ValueKind::String(text) => visitor.visit_enum(text.as_str().into_deserializer()),
            _ => Err(Fault::Unfit(format!("expected the text {}", listed(variants)))),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, Fault> for Reader<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}
