//! The encoder.

use super::compound::Counted;
use super::{Error, MAX_DEPTH, varint};
use crate::abi::{Bytes, Part};
use serde::Serialize;
use serde::ser;

/// Appends one value to a buffer.
pub(super) struct Serializer<'o> {
    pub(super) out: &'o mut Vec<u8>,
    /// Where large bytes go that need not be copied, if anywhere, and where the value begins in `out`.
    shared: Option<(&'o mut Vec<Part>, usize)>,
    /// How many more levels of nesting are allowed.
    levels: u8,
}

impl<'o> Serializer<'o> {
    pub(super) fn new(out: &'o mut Vec<u8>) -> Self {
        Self { out, shared: None, levels: MAX_DEPTH }
    }

    pub(super) fn sharing(out: &'o mut Vec<u8>, parts: &'o mut Vec<Part>) -> Self {
        let start = out.len();
        Self { out, shared: Some((parts, start)), levels: MAX_DEPTH }
    }

    #[inline]
    pub(super) fn enter(&mut self) -> Result<(), Error> {
        self.levels = self.levels.checked_sub(1).ok_or(Error::TooDeep)?;
        Ok(())
    }

    #[inline]
    pub(super) fn leave(&mut self) {
        self.levels += 1;
    }

    /// Encodes a value one level further down.
    #[inline]
    fn nested<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.enter()?;
        value.serialize(&mut *self)?;
        self.leave();
        Ok(())
    }

    fn discriminant(&mut self, index: u32) -> Result<(), Error> {
        let index =
            u8::try_from(index).map_err(|_| Error::Unsupported("an enum with more than 256 variants"))?;
        self.out.push(index);
        Ok(())
    }
}

/// Methods that write a number as its little-endian bytes.
macro_rules! little_endian {
    ($($method:ident($type:ty))*) => {$(
        #[inline]
        fn $method(self, value: $type) -> Result<(), Error> {
            self.out.extend_from_slice(&value.to_le_bytes());
            Ok(())
        }
    )*};
}

impl<'s, 'o> ser::Serializer for &'s mut Serializer<'o> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Counted<'s, 'o>;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Counted<'s, 'o>;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    little_endian! {
        serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64) serialize_i128(i128)
        serialize_u8(u8) serialize_u16(u16) serialize_u32(u32) serialize_u64(u64) serialize_u128(u128)
        serialize_f32(f32) serialize_f64(f64)
    }

    #[inline]
    fn serialize_bool(self, value: bool) -> Result<(), Error> {
        self.out.push(value.into());
        Ok(())
    }

    fn serialize_char(self, _: char) -> Result<(), Error> {
        Err(Error::Unsupported("a char"))
    }

    #[inline]
    fn serialize_str(self, value: &str) -> Result<(), Error> {
        self.serialize_bytes(value.as_bytes())
    }

    #[inline]
    fn serialize_bytes(self, value: &[u8]) -> Result<(), Error> {
        varint::put(value.len() as u64, self.out);
        if value.len() >= Bytes::SHARED
            && let Some((parts, start)) = &mut self.shared
            && let Some(bytes) = Bytes::offered(value)
        {
            parts.push(Part { at: self.out.len() - *start, bytes });
            return Ok(());
        }
        self.out.extend_from_slice(value);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Error> {
        self.serialize_bool(false)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        self.serialize_bool(true)?;
        self.nested(value)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Error> {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, index: u32, _: &'static str) -> Result<(), Error> {
        self.discriminant(index)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.nested(value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.discriminant(index)?;
        self.nested(value)
    }

    #[inline]
    fn serialize_seq(self, length: Option<usize>) -> Result<Self::SerializeSeq, Error> {
        Counted::start(self, length)
    }

    #[inline]
    fn serialize_tuple(self, _: usize) -> Result<Self, Error> {
        self.enter()?;
        Ok(self)
    }

    #[inline]
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, Error> {
        self.enter()?;
        Ok(self)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, Error> {
        self.discriminant(index)?;
        self.enter()?;
        Ok(self)
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Self::SerializeMap, Error> {
        Counted::start(self, length)
    }

    #[inline]
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Error> {
        self.enter()?;
        Ok(self)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, Error> {
        self.discriminant(index)?;
        self.enter()?;
        Ok(self)
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}
