//! Seals and opens the records of one direction with one key (RFC 8446, sections 5.2 and 5.3).

use super::Fault;
use bytes::BytesMut;
use ring::aead::{
    AES_128_GCM, AES_256_GCM, Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey,
};
use rustls::ConnectionTrafficSecrets;
use std::io::IoSlice;

/// The length of what stands in front of a record.
pub(crate) const HEADER: usize = 5;
/// The length of what proves that a record is whole; with each of the suites the same.
const TAG: usize = 16;
/// How many bytes a record carries, at most.
pub(super) const MOST_CONTENT: usize = 1 << 14;
/// How long a record is behind its header, at most.
const MOST_SEALED: usize = MOST_CONTENT + 256;
/// By how much a record is longer than what it carries, where this node makes it.
pub(super) const OVERHEAD: usize = HEADER + 1 + TAG;

/// What every record that is sealed says that it is.
const APPLICATION_DATA: u8 = 23;
/// What each says that TLS 1.3 is.
const VERSION: [u8; 2] = [3, 3];

/// What a record carries, by the names of the RFC.
pub(super) mod content {
    /// A warning or an end.
    pub(crate) const ALERT: u8 = 21;
    /// Messages between the two ends.
    pub(crate) const HANDSHAKE: u8 = 22;
    /// The bytes of the application.
    pub(crate) const APPLICATION: u8 = super::APPLICATION_DATA;
}

/// One key, and the number of the next record under it.
pub(super) struct Cipher {
    key: LessSafeKey,
    iv: [u8; NONCE_LEN],
    number: u64,
}

/// A record that was opened, and now lies at the front of where it was opened.
pub(super) struct Opened {
    /// What it carries.
    pub(super) kind: u8,
    /// How many bytes of that.
    pub(super) content: usize,
    /// How long it was, with its header.
    pub(super) whole: usize,
}

impl Cipher {
    /// What a handshake, or an update of keys, has agreed on.
    pub(super) fn new((number, secrets): (u64, ConnectionTrafficSecrets)) -> Result<Self, Fault> {
        let (algorithm, key, iv) = match &secrets {
            ConnectionTrafficSecrets::Aes128Gcm { key, iv } => (&AES_128_GCM, key, iv),
            ConnectionTrafficSecrets::Aes256Gcm { key, iv } => (&AES_256_GCM, key, iv),
            ConnectionTrafficSecrets::Chacha20Poly1305 { key, iv } => (&CHACHA20_POLY1305, key, iv),
            _ => return Err(Fault::Spent),
        };
        let key = UnboundKey::new(algorithm, key.as_ref()).map_err(|_| Fault::Spent)?;
        let iv = iv.as_ref().try_into().map_err(|_| Fault::Spent)?;
        Ok(Self { key: LessSafeKey::new(key), iv, number })
    }

    /// How many records there have been under this key.
    pub(super) const fn records(&self) -> u64 {
        self.number
    }

    /// A nonce for one record: no two have the same one.
    fn nonce(&mut self) -> Result<Nonce, Fault> {
        let mut nonce = self.iv;
        let number = self.number.to_be_bytes();
        self.number = self.number.checked_add(1).ok_or(Fault::Spent)?;
        nonce.iter_mut().rev().zip(number.iter().rev()).for_each(|(byte, with)| *byte ^= with);
        Ok(Nonce::assume_unique_for_key(nonce))
    }

    /// Appends a record with so many of these bytes, at most [`MOST_CONTENT`], beginning at `from` of them.
    pub(super) fn seal(
        &mut self,
        kind: u8,
        slices: &[IoSlice<'_>],
        (from, length): (usize, usize),
        out: &mut BytesMut,
    ) -> Result<(), Fault> {
        let sealed = u16::try_from(length + 1 + TAG).map_err(|_| Fault::TooLong)?;
        let header = header(sealed);
        out.extend_from_slice(&header);
        let start = out.len();
        let (mut skip, mut left) = (from, length);
        for slice in slices {
            let skipped = skip.min(slice.len());
            skip -= skipped;
            let rest = slice.get(skipped..).unwrap_or_default();
            let part = rest.get(..left).unwrap_or(rest);
            out.extend_from_slice(part);
            left -= part.len();
        }
        out.extend_from_slice(&[kind]);
        let nonce = self.nonce()?;
        let text = out.get_mut(start..).unwrap_or_default();
        let tag = self.key.seal_in_place_separate_tag(nonce, Aad::from(header), text);
        out.extend_from_slice(tag.map_err(|_| Fault::Spent)?.as_ref());
        Ok(())
    }

    /// Opens the record at `at`, if it is whole, and moves what it carries to `to`, which is not behind it.
    pub(super) fn open(&mut self, bytes: &mut [u8], to: usize, at: usize) -> Result<Option<Opened>, Fault> {
        let Some(header) = bytes.get(at..).and_then(|rest| rest.first_chunk::<HEADER>()).copied() else {
            return Ok(None);
        };
        let [outer, _, _, high, low] = header;
        let length = usize::from(u16::from_be_bytes([high, low]));
        if outer != APPLICATION_DATA {
            return Err(Fault::Unexpected);
        }
        if length > MOST_SEALED {
            return Err(Fault::TooLong);
        }
        let text = at + HEADER;
        let Some(space) = bytes.get_mut(to..text + length) else { return Ok(None) };
        let nonce = self.nonce()?;
        let opened = self.key.open_within(nonce, Aad::from(header), space, text - to..);
        let opened = opened.map_err(|_| Fault::BadRecord)?;
        if opened.len() > MOST_CONTENT + 1 {
            return Err(Fault::TooLong);
        }
        // The last byte that is not padding says what it is.
        let content = opened.iter().rposition(|byte| *byte != 0).ok_or(Fault::Unexpected)?;
        let kind = opened.get(content).copied().ok_or(Fault::Unexpected)?;
        Ok(Some(Opened { kind, content, whole: HEADER + length }))
    }
}

const fn header(sealed: u16) -> [u8; HEADER] {
    let [high, low] = sealed.to_be_bytes();
    let [major, minor] = VERSION;
    [APPLICATION_DATA, major, minor, high, low]
}
