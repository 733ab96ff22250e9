//! A key that nobody gets to see.

use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The key of a room: 32 secret bytes, wiped when it is dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Key([u8; 32]);

impl Key {
    /// The key with these bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes: for a cipher, or to be kept.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(secret)")
    }
}

/// Bytes out of a source of random numbers.
pub fn draw<const N: usize>(random: &mut dyn FnMut() -> u64) -> [u8; N] {
    let mut bytes = [0; N];
    for chunk in bytes.chunks_mut(8) {
        chunk.iter_mut().zip(random().to_le_bytes()).for_each(|(byte, drawn)| *byte = drawn);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_does_not_show() {
        let shown = format!("{:?} {:#?}", Key::new([7; 32]), Some(Key::new([7; 32])));
        assert!(shown.contains("secret") && !shown.contains('7'), "{shown}");
    }

    #[test]
    fn bytes_are_the_numbers_in_their_order() {
        let mut next = 0;
        let bytes: [u8; 20] = draw(&mut || {
            next += 1;
            next
        });
        assert_eq!(bytes, [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0]);
    }
}
