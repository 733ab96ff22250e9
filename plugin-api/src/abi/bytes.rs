//! Shared, reference-counted bytes with a C layout.
#![expect(unsafe_code, reason = "the reference count is reached through C function pointers")]

use abi_stable::StableAbi;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::cell::{Cell, RefCell};
use std::fmt;
use std::ops::{Deref, Range};
use std::ptr;
use std::sync::Arc;

/// Immutable bytes that cross the boundary without being copied.
///
/// Cloning and slicing share the storage. As a field of a message it is encoded like `Vec<u8>`; decoding it from a
/// received payload takes a slice of that payload instead of a copy, however large it is.
///
/// A slice keeps the whole storage alive: copy out (`to_vec`) what is to be kept for long.
#[repr(C)]
#[derive(StableAbi)]
pub struct Bytes {
    data: *const u8,
    len: usize,
    owner: *const (),
    retain: unsafe extern "C" fn(*const ()),
    release: unsafe extern "C" fn(*const ()),
}

// SAFETY: the bytes are immutable, and the owner behind them is `Send + Sync` (see `from_owner`).
unsafe impl Send for Bytes {}
// SAFETY: as above.
unsafe impl Sync for Bytes {}

impl Bytes {
    /// No bytes.
    #[must_use]
    pub const fn new() -> Self {
        Self::from_static(&[])
    }

    /// Bytes that live for ever.
    #[must_use]
    pub const fn from_static(bytes: &'static [u8]) -> Self {
        Self { data: bytes.as_ptr(), len: bytes.len(), owner: ptr::null(), retain: nothing, release: nothing }
    }

    /// The bytes of `owner`, which is freed with the last clone.
    ///
    /// `owner` must give the same slice each time it is asked; the slice is taken once, here.
    pub fn from_owner<T: AsRef<[u8]> + Send + Sync + 'static>(owner: Arc<T>) -> Self {
        let slice = (*owner).as_ref();
        let (data, len) = (slice.as_ptr(), slice.len());
        Self { data, len, owner: Arc::into_raw(owner).cast(), retain: retain::<T>, release: release::<T> }
    }

    /// A part of these bytes that shares their storage, or `None` when the range is not within them.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Option<Self> {
        let part = self.get(range)?;
        let (data, len) = (part.as_ptr(), part.len());
        let whole = self.clone();
        let (owner, retain, release) = (whole.owner, whole.retain, whole.release);
        std::mem::forget(whole);
        Some(Self { data, len, owner, retain, release })
    }

    /// The part that `inner` is, when `inner` lies within these bytes.
    fn slice_of(&self, inner: &[u8]) -> Option<Self> {
        let start = (inner.as_ptr() as usize).checked_sub(self.data as usize)?;
        self.slice(start..start.checked_add(inner.len())?)
    }

    /// From this size on, bytes are sent as they lie in memory.
    pub(crate) const SHARED: usize = 4 * 1024;

    /// The bytes that are being encoded, when they are `inner`.
    pub(crate) fn offered(inner: &[u8]) -> Option<Self> {
        OFFERED.take().filter(|bytes| bytes.as_ptr() == inner.as_ptr() && bytes.len() == inner.len())
    }

    /// Runs `decode` so that every [`Bytes`] decoded in it from a part of `self` shares this storage.
    pub(crate) fn shared_while<R>(&self, decode: impl FnOnce() -> R) -> R {
        let _outer = Outer(STORAGE.replace(self));
        decode()
    }
}

/// Puts back, also when a decoder panics, what this thread was decoding from before.
struct Outer(*const Bytes);

impl Drop for Outer {
    fn drop(&mut self) {
        STORAGE.set(self.0);
    }
}

thread_local! {
    /// The large bytes that this thread is encoding: a serializer may take them instead of copying what they hold.
    static OFFERED: RefCell<Option<Bytes>> = const { RefCell::new(None) };
    /// The storage of the payload that this thread is decoding: borrowed, since a message should not cost a count for it.
    static STORAGE: Cell<*const Bytes> = const { Cell::new(ptr::null()) };
}

unsafe extern "C" fn nothing(_: *const ()) {}

unsafe extern "C" fn retain<T>(owner: *const ()) {
    // SAFETY: `owner` came from `Arc::<T>::into_raw` in `from_owner`, and the caller holds one reference to it.
    unsafe { Arc::increment_strong_count(owner.cast::<T>()) }
}

unsafe extern "C" fn release<T>(owner: *const ()) {
    // SAFETY: `owner` came from `Arc::<T>::into_raw` in `from_owner`, and the caller gives its reference up.
    unsafe { Arc::decrement_strong_count(owner.cast::<T>()) }
}

impl Clone for Bytes {
    fn clone(&self) -> Self {
        // SAFETY: `self` holds a reference to `owner`, as `retain` demands.
        unsafe { (self.retain)(self.owner) };
        Self { ..*self }
    }
}

impl Drop for Bytes {
    fn drop(&mut self) {
        // SAFETY: `self` holds a reference to `owner` and gives it up here, once.
        unsafe { (self.release)(self.owner) }
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: `from_owner` took pointer and length from a slice of the owner, which lives while `self` does.
        unsafe { std::slice::from_raw_parts(self.data, self.len) }
    }
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl Default for Bytes {
    fn default() -> Self {
        Self::new()
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self::from_owner(Arc::new(bytes))
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bytes({} bytes)", self.len)
    }
}

impl PartialEq for Bytes {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Bytes {}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.len() < Self::SHARED {
            return serializer.serialize_bytes(self);
        }
        OFFERED.set(Some(self.clone()));
        let result = serializer.serialize_bytes(self);
        OFFERED.take();
        result
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(BytesVisitor)
    }
}

struct BytesVisitor;

impl<'de> de::Visitor<'de> for BytesVisitor {
    type Value = Bytes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_borrowed_bytes<E: de::Error>(self, bytes: &'de [u8]) -> Result<Bytes, E> {
        // SAFETY: `shared_while` has borrowed it for as long as it is there, and takes it away before it returns.
        let storage = unsafe { STORAGE.get().as_ref() };
        let shared = storage.and_then(|storage| storage.slice_of(bytes));
        Ok(shared.unwrap_or_else(|| bytes.to_vec().into()))
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
        Ok(bytes.to_vec().into())
    }

    fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<Bytes, E> {
        Ok(bytes.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::de::Visitor as _;

    #[test]
    fn the_last_clone_frees_the_owner() {
        let owner = Arc::new(vec![1_u8, 2, 3]);
        let bytes = Bytes::from_owner(Arc::clone(&owner));
        let part = bytes.slice(1..3).unwrap();
        drop(bytes);
        assert_eq!(*part, [2, 3]);
        assert_eq!(Arc::strong_count(&owner), 2);
        drop(part);
        assert_eq!(Arc::strong_count(&owner), 1);
    }

    #[test]
    fn a_range_outside_is_refused() {
        let bytes = Bytes::from(vec![1, 2, 3]);
        assert_eq!(bytes.slice(2..4), None);
        assert_eq!(bytes.slice(3..3), Some(Bytes::new()));
    }

    #[test]
    fn decoding_shares_the_payload_it_is_part_of() {
        let payload = Bytes::from(vec![3, 7, 8, 9]);
        let inner = payload
            .shared_while(|| BytesVisitor.visit_borrowed_bytes::<de::value::Error>(&payload[1..]))
            .unwrap();
        assert_eq!(inner.as_ptr(), payload[1..].as_ptr());
        let other = [7, 8, 9];
        let copied =
            payload.shared_while(|| BytesVisitor.visit_borrowed_bytes::<de::value::Error>(&other)).unwrap();
        assert_eq!(copied, inner);
        assert_ne!(copied.as_ptr(), other.as_ptr());
    }

    #[test]
    fn decoding_within_decoding_goes_on_with_the_outer_payload_even_after_a_panic() {
        let (outer, inner) = (Bytes::from(vec![1, 2, 3]), Bytes::from(vec![4, 5, 6]));
        let part =
            |bytes: &Bytes| BytesVisitor.visit_borrowed_bytes::<de::value::Error>(&bytes[1..]).unwrap();
        outer.shared_while(|| {
            assert_eq!(inner.shared_while(|| part(&inner)).as_ptr(), inner[1..].as_ptr());
            assert_eq!(part(&outer).as_ptr(), outer[1..].as_ptr());
            let panicking =
                std::panic::AssertUnwindSafe(|| inner.shared_while(|| panic!("a decoder's mistake")));
            std::panic::catch_unwind(panicking).unwrap_err();
            assert_eq!(part(&outer).as_ptr(), outer[1..].as_ptr());
        });
        assert_ne!(part(&outer).as_ptr(), outer[1..].as_ptr(), "nothing is decoded any more");
    }
}
