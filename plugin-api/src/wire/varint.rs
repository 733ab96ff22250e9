//! The variable-length integer that counts and lengths are written in.

/// The longest encoding, in bytes.
pub const MAX_BYTES: usize = 9;

const TWO: u8 = 0xfd;
const FOUR: u8 = 0xfe;
const EIGHT: u8 = 0xff;

/// The integer is written in more bytes than it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a VarInt is longer than it needs to be")]
pub struct NonMinimal;

/// An encoded integer, held in place.
#[derive(Debug, Clone, Copy)]
pub struct Encoded {
    bytes: [u8; MAX_BYTES],
    length: usize,
}

impl Encoded {
    /// The bytes as they are written.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or(&self.bytes)
    }

    fn new<const N: usize>(marker: u8, value: [u8; N]) -> Self {
        let mut bytes = [0; MAX_BYTES];
        for (to, from) in bytes.iter_mut().zip(std::iter::once(marker).chain(value)) {
            *to = from;
        }
        Self { bytes, length: N + 1 }
    }
}

/// Encodes `value` in the fewest bytes.
#[must_use]
pub fn encode(value: u64) -> Encoded {
    if let Ok(small) = u8::try_from(value)
        && small < TWO
    {
        Encoded::new(small, [])
    } else if let Ok(value) = u16::try_from(value) {
        Encoded::new(TWO, value.to_le_bytes())
    } else if let Ok(value) = u32::try_from(value) {
        Encoded::new(FOUR, value.to_le_bytes())
    } else {
        Encoded::new(EIGHT, value.to_le_bytes())
    }
}

/// Appends `value` in the fewest bytes.
#[inline]
pub fn put(value: u64, out: &mut Vec<u8>) {
    match u8::try_from(value) {
        Ok(small) if small < TWO => out.push(small),
        _ => out.extend_from_slice(encode(value).as_slice()),
    }
}

/// Reads an integer off the front of `input`: its value with the number of bytes it took, or `None` when the
/// input ends before the integer does.
///
/// # Errors
///
/// [`NonMinimal`] when fewer bytes would have done.
#[inline]
pub fn take(input: &[u8]) -> Result<Option<(u64, usize)>, NonMinimal> {
    match input {
        [] => Ok(None),
        [TWO, rest @ ..] => wide(rest, TWO.into(), |bytes| u16::from_le_bytes(bytes).into()),
        [FOUR, rest @ ..] => wide(rest, 0x1_0000, |bytes| u32::from_le_bytes(bytes).into()),
        [EIGHT, rest @ ..] => wide(rest, 0x1_0000_0000, u64::from_le_bytes),
        [small, ..] => Ok(Some((u64::from(*small), 1))),
    }
}

fn wide<const N: usize>(
    rest: &[u8],
    least: u64,
    value_of: impl Fn([u8; N]) -> u64,
) -> Result<Option<(u64, usize)>, NonMinimal> {
    let Some(bytes) = rest.first_chunk() else { return Ok(None) };
    match value_of(*bytes) {
        value if value < least => Err(NonMinimal),
        value => Ok(Some((value, N + 1))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn takes_the_fewest_bytes_at_every_edge() {
        let edges: [(u64, usize); 8] = [
            (0, 1),
            (0xfc, 1),
            (0xfd, 3),
            (0xffff, 3),
            (0x1_0000, 5),
            (0xffff_ffff, 5),
            (0x1_0000_0000, 9),
            (u64::MAX, 9),
        ];
        for (value, length) in edges {
            let encoded = encode(value);
            assert_eq!(encoded.as_slice().len(), length, "{value}");
            assert_eq!(take(encoded.as_slice()), Ok(Some((value, length))), "{value}");
        }
    }

    #[test]
    fn refuses_a_longer_form_than_needed() {
        for bytes in [&[0xfd, 0xfc, 0][..], &[0xfe, 0xff, 0xff, 0, 0], &[0xff, 1, 0, 0, 0, 0, 0, 0, 0]] {
            assert_eq!(take(bytes), Err(NonMinimal), "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn reads_back_what_it_wrote_and_waits_for_every_byte(value: u64, shift in 0..64u32) {
            let value = value >> shift;
            let mut bytes = Vec::new();
            put(value, &mut bytes);
            let encoded = encode(value);
            prop_assert_eq!(encoded.as_slice(), &bytes[..]);
            prop_assert_eq!(take(&bytes), Ok(Some((value, bytes.len()))));
            for cut in 0..bytes.len() {
                prop_assert_eq!(take(&bytes[..cut]), Ok(None));
            }
        }
    }
}
