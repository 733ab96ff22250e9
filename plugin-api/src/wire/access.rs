//! The decoders of values with several members.

use super::Error;
use super::de::Deserializer;
use serde::de::value::U32Deserializer;
use serde::de::{
    DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor,
};

/// A known number of elements, one after the other.
pub(super) struct Elements<'d, 'de> {
    deserializer: &'d mut Deserializer<'de>,
    left: usize,
}

impl<'d, 'de> Elements<'d, 'de> {
    pub(super) fn new(deserializer: &'d mut Deserializer<'de>, count: usize) -> Self {
        Self { deserializer, left: count }
    }

    /// Elements that the type did not read would be taken for what comes behind them.
    #[inline]
    pub(super) fn finish(self) -> Result<(), Error> {
        match self.left {
            0 => Ok(()),
            _ => Err(Error::Unsupported("a type that leaves elements unread")),
        }
    }

    /// The number of elements, for a reader that takes memory by it.
    fn hint(&self) -> usize {
        self.left.min(self.deserializer.left())
    }
}

impl<'de> SeqAccess<'de> for &mut Elements<'_, 'de> {
    type Error = Error;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        seed.deserialize(&mut *self.deserializer).map(Some)
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        Some(self.hint())
    }
}

impl<'de> MapAccess<'de> for &mut Elements<'_, 'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        self.next_element_seed(seed)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(&mut *self.deserializer)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.hint())
    }
}

/// An enum: its discriminant, then the fields of the variant.
pub(super) struct Variant<'d, 'de> {
    deserializer: &'d mut Deserializer<'de>,
}

impl<'d, 'de> Variant<'d, 'de> {
    pub(super) fn new(deserializer: &'d mut Deserializer<'de>) -> Self {
        Self { deserializer }
    }
}

impl<'de> EnumAccess<'de> for Variant<'_, 'de> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        let index: U32Deserializer<Error> = u32::from(self.deserializer.byte()?).into_deserializer();
        Ok((seed.deserialize(index)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        self.deserializer.nested(|this| seed.deserialize(this))
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserializer.members(length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserializer.members(fields.len(), visitor)
    }
}
