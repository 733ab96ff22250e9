//! The encoders of values with several members.

use super::ser::Serializer;
use super::{Error, varint};
use serde::{Serialize, ser};

/// A sequence or a map, whose number of elements is written in front of them.
pub(super) struct Counted<'s, 'o> {
    serializer: &'s mut Serializer<'o>,
    /// Where the first element starts.
    start: usize,
    count: usize,
    /// How many elements are still to come.
    left: usize,
}

impl<'s, 'o> Counted<'s, 'o> {
    #[inline]
    pub(super) fn start(serializer: &'s mut Serializer<'o>, length: Option<usize>) -> Result<Self, Error> {
        let count = length.ok_or(Error::Unsupported("a sequence that does not know its length"))?;
        serializer.enter()?;
        varint::put(count as u64, serializer.out);
        let start = serializer.out.len();
        Ok(Self { serializer, start, count, left: count })
    }

    #[inline]
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.left = self.left.checked_sub(1).ok_or(WRONG_LENGTH)?;
        value.serialize(&mut *self.serializer)
    }

    /// Both checks keep a count off the wire that the reader would refuse.
    #[inline]
    fn finish(self) -> Result<(), Error> {
        if self.left > 0 {
            return Err(WRONG_LENGTH);
        }
        if self.serializer.out.len() - self.start < self.count {
            return Err(Error::Unsupported("a sequence of elements that take no bytes"));
        }
        self.serializer.leave();
        Ok(())
    }
}

const WRONG_LENGTH: Error = Error::Unsupported("a sequence that states a wrong length");

impl ser::SerializeSeq for Counted<'_, '_> {
    type Ok = ();
    type Error = Error;

    #[inline]
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.element(value)
    }

    #[inline]
    fn end(self) -> Result<(), Error> {
        self.finish()
    }
}

impl ser::SerializeMap for Counted<'_, '_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.element(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        value.serialize(&mut *self.serializer)
    }

    fn end(self) -> Result<(), Error> {
        self.finish()
    }
}

/// Members one after the other, without names and without a count.
macro_rules! members {
    ($($trait:ident, $method:ident;)*) => {$(
        impl ser::$trait for &mut Serializer<'_> {
            type Ok = ();
            type Error = Error;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
                value.serialize(&mut **self)
            }

            #[inline]
            fn end(self) -> Result<(), Error> {
                self.leave();
                Ok(())
            }
        }
    )*};
}

members! {
    SerializeTuple, serialize_element;
    SerializeTupleStruct, serialize_field;
    SerializeTupleVariant, serialize_field;
}

/// Fields one after the other. The reader cannot know that one was left out, so none may be.
macro_rules! fields {
    ($($trait:ident)*) => {$(
        impl ser::$trait for &mut Serializer<'_> {
            type Ok = ();
            type Error = Error;

            #[inline]
            fn serialize_field<T: Serialize + ?Sized>(&mut self, _: &'static str, value: &T) -> Result<(), Error> {
                value.serialize(&mut **self)
            }

            fn skip_field(&mut self, _: &'static str) -> Result<(), Error> {
                Err(Error::Unsupported("a field that is skipped only sometimes"))
            }

            #[inline]
            fn end(self) -> Result<(), Error> {
                self.leave();
                Ok(())
            }
        }
    )*};
}

fields! { SerializeStruct SerializeStructVariant }
