//! Bodies that only those who have the key of the room can read.

use super::Key;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

/// How many bytes a nonce has.
pub const NONCE_BYTES: usize = 24;
/// How much longer a body becomes: the nonce in front and the tag behind.
pub const SEALING_BYTES: usize = NONCE_BYTES + 16;

/// The sealed body: nonce, ciphertext, tag. `header` is not hidden, but it cannot be another's.
///
/// The nonce has to be random: of 192 bits that is enough for as many messages as a room will see.
#[must_use]
pub fn seal(key: &Key, nonce: [u8; NONCE_BYTES], header: &[u8], body: &[u8]) -> Vec<u8> {
    let sealed = cipher(key)
        .encrypt(&XNonce::from(nonce), Payload { msg: body, aad: header })
        .expect("a body is shorter than the 256 GiB that the cipher takes");
    [&nonce[..], &sealed].concat()
}

/// The body, when it was sealed with this key for this header.
#[must_use]
pub fn open(key: &Key, header: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
    cipher(key).decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: header }).ok()
}

fn cipher(key: &Key) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_read_with_its_key_and_header_only() {
        let key = Key::new([1; 32]);
        let sealed = seal(&key, [2; 24], b"header", b"body");
        assert_eq!(sealed.len(), 4 + SEALING_BYTES);
        assert_eq!(open(&key, b"header", &sealed).as_deref(), Some(&b"body"[..]));
        assert_eq!(open(&Key::new([2; 32]), b"header", &sealed), None);
        assert_eq!(open(&key, b"headers", &sealed), None);
    }

    #[test]
    fn a_sealed_body_that_was_changed_anywhere_is_refused() {
        let key = Key::new([1; 32]);
        let sealed = seal(&key, [2; 24], b"header", b"body");
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert_eq!(open(&key, b"header", &changed), None, "byte {place}");
            assert_eq!(open(&key, b"header", &sealed[..place]), None, "cut to {place}");
        }
    }
}
