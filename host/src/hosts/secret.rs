//! The secret of an address book: which bucket an address is in, nobody else can work out.

use super::HostsError;
use crate::durable;
use rand::Rng;
use siphasher::sip::SipHasher24;
use std::{fmt, hash::Hasher, path::Path};

/// The most that is read of a file: many times a secret.
const MAX_BYTES: u64 = 4096;

/// The secret of an address book. It is kept beside the file of the book: with another one every address would have
/// another place.
#[derive(Clone, Copy)]
pub struct Secret([u8; 16]);

impl Secret {
    /// A new secret.
    #[must_use]
    pub fn new(rng: &mut impl Rng) -> Self {
        Self(rng.random())
    }

    /// Reads the secret of a node: none when there is no file, or a damaged one. Blocks on the disk.
    ///
    /// # Errors
    ///
    /// When the file is there and cannot be read.
    pub fn load(path: &Path) -> Result<Option<Self>, HostsError> {
        let read = durable::read(path, MAX_BYTES);
        let bytes = read.map_err(|source| HostsError::Read { path: path.to_owned(), source })?;
        Ok(bytes.and_then(|bytes| parse(str::from_utf8(&bytes).ok()?)))
    }

    /// Reads the secret of a node, or makes the file, which only the node's user may read. One that is damaged is made
    /// anew: then some addresses lose their place, and nothing else. Blocks on the disk.
    ///
    /// # Errors
    ///
    /// When the file can neither be read nor made.
    pub fn load_or_make(path: &Path, rng: &mut impl Rng) -> Result<Self, HostsError> {
        if let Some(secret) = Self::load(path)? {
            return Ok(secret);
        }
        let secret = Self::new(rng);
        let text = format!("{:032x}\n", u128::from_be_bytes(secret.0));
        durable::replace(path, |file| file.write_all(text.as_bytes()))
            .map_err(|source| HostsError::Write { path: path.to_owned(), source })?;
        Ok(secret)
    }

    /// A number below `limit` that stands for some texts. The same in every version of the program: the standard
    /// library promises that for none of its hashers.
    #[must_use]
    pub fn pick(&self, texts: &[&str], limit: u16) -> u16 {
        let mut hasher = SipHasher24::new_with_key(&self.0);
        for text in texts {
            // With its length, so that no two lists of texts are one.
            hasher.write(&(text.len() as u64).to_le_bytes());
            hasher.write(text.as_bytes());
        }
        let number = hasher.finish() % u64::from(limit.max(1));
        u16::try_from(number).expect("it is below the limit")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret").finish_non_exhaustive()
    }
}

fn parse(text: &str) -> Option<Secret> {
    let text = text.trim();
    let is_whole = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = u128::from_str_radix(text, 16).ok().filter(|_| is_whole)?;
    Some(Secret(number.to_be_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng, rngs::StdRng};
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn numbers_are_the_same_in_every_version_of_the_program() {
        let secret = parse("000102030405060708090a0b0c0d0e0f").unwrap();
        let numbers = [["a", "b"], ["ab", ""], ["", "ab"]].map(|texts| secret.pick(&texts, 1000));
        assert_eq!(numbers, [900, 441, 484]);
    }

    #[test]
    fn a_secret_survives_a_restart_and_is_nobody_elses() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hosts.key");
        let mut rng = StdRng::seed_from_u64(1);
        let first = Secret::load_or_make(&path, &mut rng).unwrap();
        let second = Secret::load_or_make(&path, &mut rng).unwrap();
        assert_eq!(first.0, second.0);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!format!("{first:?}").contains(fs::read_to_string(&path).unwrap().trim()));
    }

    #[test]
    fn a_damaged_secret_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hosts.key");
        for damage in [&b""[..], b"+00102030405060708090a0b0c0d0e0f", b"00", b"\xff\xfe"] {
            fs::write(&path, damage).unwrap();
            let made = Secret::load_or_make(&path, &mut StdRng::seed_from_u64(2)).unwrap();
            assert_eq!(parse(&fs::read_to_string(&path).unwrap()).unwrap().0, made.0);
        }
    }

    #[test]
    fn says_which_file_cannot_be_used() {
        let folder = tempfile::tempdir().unwrap();
        let mut rng = StdRng::seed_from_u64(2);
        assert!(matches!(Secret::load_or_make(folder.path(), &mut rng), Err(HostsError::Read { .. })));
        let absent = folder.path().join("absent/hosts.key");
        assert!(matches!(Secret::load_or_make(&absent, &mut rng), Err(HostsError::Write { .. })));
    }
}
