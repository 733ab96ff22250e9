//! Frames in the order in which they are written, and payloads on their way there.

use crate::frame::Prefix;
use backplane_plugin::abi::{Bytes, Part};
use std::io::IoSlice;

/// A buffer keeps this much while there is nothing to write: a short message now and then. An idle channel has not the
/// memory of its handshake.
const KEPT_BYTES: usize = 256;
/// And this much while there is: what senders fill, and some more.
const KEPT_BUSY_BYTES: usize = 1024 * 1024;

/// A payload as a protocol hands it over.
#[derive(Debug, Clone, Copy)]
pub struct Payload<'a> {
    /// Its bytes, but for those of `parts`.
    pub bytes: &'a [u8],
    /// Large parts that need not be copied, in the order of their places between the bytes.
    pub parts: &'a [Part],
}

impl<'a> From<&'a [u8]> for Payload<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self { bytes, parts: &[] }
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Payload<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        Self { bytes, parts: &[] }
    }
}

impl Payload<'_> {
    /// The size of the whole.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len() + self.parts.iter().map(|part| part.bytes.len()).sum::<usize>()
    }

    /// Whether it is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Frames in the order in which they were queued: encoded ones back to back, large payloads as they are between them.
#[derive(Debug, Default)]
pub(super) struct Segments {
    encoded: Vec<u8>,
    /// Payloads, and how many encoded bytes precede each.
    shared: Vec<(usize, Bytes)>,
    len: usize,
    messages: usize,
}

impl Segments {
    /// Appends a frame.
    #[inline]
    pub(super) fn add(&mut self, prefix: &Prefix, payload: Payload<'_>) {
        let before = self.encoded.len();
        if payload.parts.is_empty() {
            prefix.put(&mut self.encoded, payload.bytes);
        } else {
            self.add_parts(prefix, payload);
        }
        self.len += self.encoded.len() - before;
        self.messages += 1;
    }

    /// Appends frames whose payloads lie one behind the other, while there are less than `most` bytes: how many.
    pub(super) fn add_many(
        &mut self,
        prefix: &Prefix,
        payloads: &[u8],
        lengths: &[u32],
        most: usize,
    ) -> usize {
        self.encoded.reserve(payloads.len() + lengths.len() * prefix.frame_bytes());
        let shared = self.len - self.encoded.len();
        let (mut rest, mut taken) = (payloads, 0);
        for length in lengths {
            let length = *length as usize;
            let Some(others) = rest.get(length..) else { break };
            if shared + self.encoded.len() >= most {
                break;
            }
            prefix.put_first(&mut self.encoded, rest, length);
            (rest, taken) = (others, taken + 1);
        }
        self.len = shared + self.encoded.len();
        self.messages += taken;
        taken
    }

    fn add_parts(&mut self, prefix: &Prefix, payload: Payload<'_>) {
        prefix.put_header(&mut self.encoded, payload.len());
        let mut rest = payload.bytes;
        let mut placed = 0;
        for part in payload.parts {
            let (before, after) =
                rest.split_at_checked(part.at.saturating_sub(placed)).unwrap_or((rest, &[]));
            self.encoded.extend_from_slice(before);
            self.shared.push((self.encoded.len(), part.bytes.clone()));
            self.len += part.bytes.len();
            (rest, placed) = (after, placed + before.len());
        }
        self.encoded.extend_from_slice(rest);
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    pub(super) const fn messages(&self) -> usize {
        self.messages
    }

    /// Forgets everything; a very large buffer is given back.
    pub(super) fn clear(&mut self) {
        self.encoded.clear();
        self.shared.clear();
        (self.len, self.messages) = (0, 0);
        self.keep(KEPT_BUSY_BYTES);
    }

    /// Gives the memory of both back while nothing is in them, but for one buffer that is not large: enough for a
    /// message now and then.
    pub(super) fn rest(&mut self, other: &mut Self) {
        if self.encoded.capacity() == 0 {
            std::mem::swap(&mut self.encoded, &mut other.encoded);
        }
        *other = Self::default();
        self.keep(KEPT_BYTES);
    }

    fn keep(&mut self, most: usize) {
        if self.encoded.capacity() > most {
            self.encoded = Vec::new();
        }
    }

    /// For how many encoded bytes there is memory.
    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.encoded.capacity()
    }

    /// What is left to write after the first `written` bytes, as far as it fits into `slices`; how many were filled.
    pub(super) fn slices<'a>(&'a self, written: usize, slices: &mut [IoSlice<'a>]) -> usize {
        let mut skip = written;
        let mut filled = 0;
        for part in self.parts() {
            let Some(slot) = slices.get_mut(filled) else { break };
            let used = skip.min(part.len());
            skip -= used;
            if let Some(rest) = part.get(used..).filter(|rest| !rest.is_empty()) {
                *slot = IoSlice::new(rest);
                filled += 1;
            }
        }
        filled
    }

    fn parts(&self) -> impl Iterator<Item = &[u8]> {
        let ends = self.shared.iter().map(|(end, _)| *end).chain([self.encoded.len()]);
        let starts = [0].into_iter().chain(self.shared.iter().map(|(end, _)| *end));
        let encoded = starts.zip(ends).map(|(start, end)| self.encoded.get(start..end).unwrap_or_default());
        let shared = self.shared.iter().map(|(_, payload)| &**payload).chain([&[][..]]);
        encoded.zip(shared).flat_map(|(encoded, shared)| [encoded, shared])
    }
}
