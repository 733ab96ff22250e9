//! Reads a configuration that the macro defined: unknown keys and values out of range are refused with their key.

use super::{ConfigKey, ConfigValue};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// What [`config!`](crate::config!) says of a type to the functions here; authors need not know of it.
pub trait ConfigTable: Default {
    /// The keys, in the order of the fields.
    const KEYS: &'static [ConfigKey];

    /// Reads the value of the key, which is next, into its field.
    ///
    /// # Errors
    ///
    /// When the value is not one that the key takes.
    fn set<'de, A: MapAccess<'de>>(&mut self, key: &'static str, map: &mut A) -> Result<(), A::Error>;
}

/// Reads a table; keys that are not given have their defaults.
///
/// # Errors
///
/// What the deserializer fails with, an unknown key, a value that the key does not take.
pub fn deserialize<'de, T: ConfigTable, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_map(Table(PhantomData))
}

/// Reads the next value into its field, unless `refuses` says what was expected instead.
///
/// # Errors
///
/// When the value is of another type, or refused.
pub fn next<'de, T: ConfigValue, A: MapAccess<'de>>(
    map: &mut A,
    field: &mut T,
    refuses: fn(&T) -> Option<String>,
) -> Result<(), A::Error> {
    *field = map.next_value_seed(Checked { refuses })?;
    Ok(())
}

struct Table<T>(PhantomData<T>);

impl<'de, T: ConfigTable> Visitor<'de> for Table<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let mut table = T::default();
        while let Some(key) = map.next_key_seed(Key(T::KEYS))? {
            table.set(key, &mut map)?;
        }
        Ok(table)
    }
}

/// A key. It is refused while it is read, so that the error's path ends with it.
struct Key(&'static [ConfigKey]);

impl<'de> DeserializeSeed<'de> for Key {
    type Value = &'static str;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<&'static str, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Key {
    type Value = &'static str;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<&'static str, E> {
        if let Some(key) = self.0.iter().find(|key| key.name == name) {
            return Ok(key.name);
        }
        let known: Vec<_> = self.0.iter().map(|key| format!("`{}`", key.name)).collect();
        // In the words of serde, as of a type with a `Deserialize` of its own.
        let expected = match &known[..] {
            [] => "there are no fields".to_owned(),
            [one] => format!("expected {one}"),
            [one, other] => format!("expected {one} or {other}"),
            all => format!("expected one of {}", all.join(", ")),
        };
        Err(E::custom(format_args!("unknown field `{name}`, {expected}")))
    }
}

/// A value, which is refused while it is read for the same reason.
struct Checked<T> {
    refuses: fn(&T) -> Option<String>,
}

impl<'de, T: ConfigValue> DeserializeSeed<'de> for Checked<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        let value = T::deserialize(deserializer)?;
        match (self.refuses)(&value) {
            None => Ok(value),
            Some(expected) => Err(D::Error::custom(expected)),
        }
    }
}
