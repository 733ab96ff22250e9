//! The decoder.

use super::access::{Elements, Variant};
use super::{Error, MAX_DEPTH, varint};
use serde::de::{self, Visitor};

/// Reads values off the front of a buffer.
pub(super) struct Deserializer<'de> {
    input: &'de [u8],
    /// How many more levels of nesting are allowed.
    levels: u8,
}

impl<'de> Deserializer<'de> {
    pub(super) fn new(input: &'de [u8]) -> Self {
        Self { input, levels: MAX_DEPTH }
    }

    /// Ends the decoding: nothing may be left.
    pub(super) fn finish(self) -> Result<(), Error> {
        match self.input.len() {
            0 => Ok(()),
            count => Err(Error::TrailingBytes { count }),
        }
    }

    /// How many bytes are left.
    pub(super) fn left(&self) -> usize {
        self.input.len()
    }

    #[inline]
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (head, tail) = self.input.split_first_chunk().ok_or(Error::UnexpectedEnd)?;
        self.input = tail;
        Ok(*head)
    }

    #[inline]
    pub(super) fn byte(&mut self) -> Result<u8, Error> {
        self.array().map(|[byte]| byte)
    }

    /// Reads a number of bytes or elements. An element takes at least one byte, so more than the bytes that are left
    /// cannot be meant.
    #[inline]
    fn count(&mut self) -> Result<usize, Error> {
        let taken = varint::take(self.input).map_err(|_| Error::NonMinimalVarInt)?;
        let (count, used) = taken.ok_or(Error::UnexpectedEnd)?;
        self.input = self.input.get(used..).unwrap_or_default();
        match usize::try_from(count) {
            Ok(count) if count <= self.left() => Ok(count),
            _ => Err(Error::CountTooLarge { count, left: self.left() }),
        }
    }

    #[inline]
    fn bytes(&mut self) -> Result<&'de [u8], Error> {
        let count = self.count()?;
        let (head, tail) = self.input.split_at_checked(count).ok_or(Error::UnexpectedEnd)?;
        self.input = tail;
        Ok(head)
    }

    #[inline]
    fn text(&mut self) -> Result<&'de str, Error> {
        str::from_utf8(self.bytes()?).map_err(|_| Error::InvalidUtf8)
    }

    /// Reads something one level further down.
    #[inline]
    pub(super) fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        self.levels = self.levels.checked_sub(1).ok_or(Error::TooDeep)?;
        let value = read(self)?;
        self.levels += 1;
        Ok(value)
    }

    /// Reads exactly `count` members.
    #[inline]
    pub(super) fn members<V: Visitor<'de>>(&mut self, count: usize, visitor: V) -> Result<V::Value, Error> {
        self.nested(|this| {
            let mut elements = Elements::new(this, count);
            let value = visitor.visit_seq(&mut elements)?;
            elements.finish()?;
            Ok(value)
        })
    }
}

/// Methods that read a number from its little-endian bytes.
macro_rules! little_endian {
    ($($method:ident, $visit:ident($type:ty);)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            visitor.$visit(<$type>::from_le_bytes(self.array()?))
        }
    )*};
}

/// Methods for what needs a format that says what it holds.
macro_rules! not_self_describing {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
            Err(Error::Unsupported("a type that asks what the bytes are: the format is not self-describing"))
        }
    )*};
}

impl<'de> de::Deserializer<'de> for &mut Deserializer<'de> {
    type Error = Error;

    little_endian! {
        deserialize_i8, visit_i8(i8);
        deserialize_i16, visit_i16(i16);
        deserialize_i32, visit_i32(i32);
        deserialize_i64, visit_i64(i64);
        deserialize_i128, visit_i128(i128);
        deserialize_u8, visit_u8(u8);
        deserialize_u16, visit_u16(u16);
        deserialize_u32, visit_u32(u32);
        deserialize_u64, visit_u64(u64);
        deserialize_u128, visit_u128(u128);
        deserialize_f32, visit_f32(f32);
        deserialize_f64, visit_f64(f64);
    }

    not_self_describing! { deserialize_any deserialize_identifier deserialize_ignored_any }

    #[inline]
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bool(self.byte()? != 0)
    }

    fn deserialize_char<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::Unsupported("a char"))
    }

    #[inline]
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_borrowed_str(self.text()?)
    }

    #[inline]
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_borrowed_str(self.text()?)
    }

    #[inline]
    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_borrowed_bytes(self.bytes()?)
    }

    #[inline]
    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_borrowed_bytes(self.bytes()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.byte()? {
            0 => visitor.visit_none(),
            _ => self.nested(|this| visitor.visit_some(this)),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.nested(|this| visitor.visit_newtype_struct(this))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let count = self.count()?;
        self.members(count, visitor)
    }

    #[inline]
    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Error> {
        self.members(length, visitor)
    }

    #[inline]
    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.members(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let count = self.count()?;
        self.nested(|this| {
            let mut elements = Elements::new(this, count);
            let value = visitor.visit_map(&mut elements)?;
            elements.finish()?;
            Ok(value)
        })
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.members(fields.len(), visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum(Variant::new(self))
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}
