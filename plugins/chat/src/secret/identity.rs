//! The own key pair: made at the first start, and kept in a file that only its owner may read.

use super::{Fingerprint, draw};
use crate::hash::Hash;
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use std::fmt;
use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use tempfile::NamedTempFile;
use zeroize::Zeroizing;

const FILE: &str = "identity.key";
const PREFIX: &str = "backplane-identity-1:";
const OWNER_ONLY: u32 = 0o600;
const OTHERS: u32 = 0o077;

/// An ed25519 key pair. The public key is who one is; names are labels.
#[derive(Clone)]
pub struct Identity {
    key: SigningKey,
}

/// An identity as text, to be carried elsewhere: whoever has it is that person. Wiped when dropped.
pub type IdentityText = Zeroizing<String>;

/// The text is no exported identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an identity is the text backplane-identity-1: and 64 hexadecimal digits behind it")]
pub struct NotAnIdentity;

/// Why the identity could not be had.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The file cannot be read or written.
    #[error("the identity in {} cannot be read or written", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file holds something else.
    #[error("{} holds no identity", path.display())]
    Content {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: NotAnIdentity,
    },
    /// Others may read the file.
    #[error("{} may be read by others than its owner (mode {mode:04o}): chmod 600 it, and make a new identity if someone has read it", path.display())]
    Exposed {
        /// Which file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
}

impl Identity {
    /// A new one.
    pub fn generate(random: &mut dyn FnMut() -> u64) -> Self {
        let secret: Zeroizing<[u8; 32]> = Zeroizing::new(draw(random));
        Self { key: SigningKey::from_bytes(&secret) }
    }

    /// The one with this secret key.
    #[must_use]
    pub fn from_secret(secret: [u8; 32]) -> Self {
        Self { key: SigningKey::from_bytes(&Zeroizing::new(secret)) }
    }

    /// The one in the folder, or a new one, which is in the folder when this returns.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or written, holds something else, or may be read by others.
    pub fn load(folder: &Path, random: &mut dyn FnMut() -> u64) -> Result<Self, IdentityError> {
        let path = folder.join(FILE);
        let failed = |source| IdentityError::File { path: path.clone(), source };
        match File::open(&path) {
            Ok(file) => {
                let mode = file.metadata().map_err(failed)?.mode() & 0o7777;
                if mode & OTHERS != 0 {
                    return Err(IdentityError::Exposed { path, mode });
                }
                let text = Zeroizing::new(io::read_to_string(file).map_err(failed)?);
                text.parse().map_err(|source| IdentityError::Content { path, source })
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let identity = Self::generate(random);
                identity.write(folder).and_then(|file| Ok(file.persist_noclobber(&path)?)).map_err(failed)?;
                sync(folder).map_err(failed)?;
                Ok(identity)
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// Puts it into the folder in the place of the one there, which stays beside it; the name under which it does.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn replace(&self, folder: &Path, unix_seconds: u64) -> Result<Option<PathBuf>, IdentityError> {
        let path = folder.join(FILE);
        let failed = |source| IdentityError::File { path: path.clone(), source };
        let file = self.write(folder).map_err(failed)?;
        let old = keep(&path, unix_seconds).map_err(failed)?;
        file.persist(&path).map_err(|error| failed(error.error))?;
        sync(folder).map_err(failed)?;
        Ok(old)
    }

    /// The public key.
    #[must_use]
    pub fn author(&self) -> Hash {
        self.key.verifying_key().to_bytes()
    }

    /// The short form of the public key.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.author())
    }

    /// The whole of it as text: `backplane-identity-1:` and the secret key in hexadecimal digits.
    #[must_use]
    pub fn export(&self) -> IdentityText {
        let secret = Zeroizing::new(hex::encode(self.key.as_bytes()));
        Zeroizing::new([PREFIX, &secret].concat())
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }

    /// The secret that only the two have in common: X25519 with the keys' Montgomery forms.
    pub(super) fn exchange(&self, other: &VerifyingKey) -> [u8; 32] {
        other.to_montgomery().mul_clamped(*Zeroizing::new(self.key.to_scalar_bytes())).to_bytes()
    }

    /// Written aside, and on the disk.
    fn write(&self, folder: &Path) -> io::Result<NamedTempFile> {
        let mut file = NamedTempFile::new_in(folder)?;
        file.as_file().set_permissions(Permissions::from_mode(OWNER_ONLY))?;
        writeln!(file, "{}", *self.export())?;
        file.as_file().sync_all()?;
        Ok(file)
    }
}

/// Gives the file a second name that nothing has yet; `None` when there is no file.
fn keep(path: &Path, unix_seconds: u64) -> io::Result<Option<PathBuf>> {
    for number in 0..100 {
        let more = if number == 0 { String::new() } else { format!(".{number}") };
        let name = path.with_extension(format!("key.replaced-{unix_seconds}{more}"));
        match fs::hard_link(path, &name) {
            Ok(()) => return Ok(Some(name)),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::new(ErrorKind::AlreadyExists, "there is no free name for the identity that was there"))
}

/// A new name lasts only once its folder is on the disk too.
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("fingerprint", &self.fingerprint()).finish_non_exhaustive()
    }
}

impl FromStr for Identity {
    type Err = NotAnIdentity;

    fn from_str(text: &str) -> Result<Self, NotAnIdentity> {
        let mut secret = Zeroizing::new([0; 32]);
        let digits = text.trim().strip_prefix(PREFIX).ok_or(NotAnIdentity)?;
        hex::decode_to_slice(digits, secret.as_mut()).map_err(|_| NotAnIdentity)?;
        Ok(Self::from_secret(*secret))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seven() -> u64 {
        7
    }

    #[test]
    fn it_is_made_at_the_first_start_and_the_same_at_the_next() {
        let dir = tempfile::tempdir().unwrap();
        let first = Identity::load(dir.path(), &mut seven).unwrap();
        let next = Identity::load(dir.path(), &mut || panic!("there is one already")).unwrap();
        assert_eq!(first.author(), next.author());
        assert_eq!(fs::metadata(dir.path().join(FILE)).unwrap().mode() & 0o7777, 0o600);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn as_text_it_goes_elsewhere() {
        let identity = Identity::from_secret([9; 32]);
        let text = identity.export();
        assert_eq!(*text, format!("backplane-identity-1:{}", "09".repeat(32)));
        assert_eq!(format!(" {}\n", *text).parse::<Identity>().unwrap().author(), identity.author());
        for wrong in [
            "",
            "backplane-identity-1:",
            "backplane-identity-2:",
            &text[1..],
            &text[..84],
            &text.replace('9', "g"),
        ] {
            assert_eq!(wrong.parse::<Identity>().unwrap_err(), NotAnIdentity, "{wrong}");
        }
    }

    #[test]
    fn the_one_that_is_replaced_stays_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let new = Identity::from_secret([9; 32]);
        assert_eq!(new.replace(dir.path(), 5).unwrap(), None);
        let mut kept = Vec::new();
        for seed in [1, 2, 3] {
            let next = Identity::from_secret([seed; 32]);
            kept.push(next.replace(dir.path(), 5).unwrap().unwrap());
            assert_eq!(Identity::load(dir.path(), &mut seven).unwrap().author(), next.author());
        }
        let authors =
            kept.iter().map(|path| fs::read_to_string(path).unwrap().parse::<Identity>().unwrap().author());
        let expected = [9, 1, 2].map(|seed| Identity::from_secret([seed; 32]).author());
        assert_eq!(authors.collect::<Vec<_>>(), expected);
        assert!(kept.iter().all(|path| fs::metadata(path).unwrap().mode() & OTHERS == 0));
    }

    #[test]
    fn a_file_with_something_else_is_named_and_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE);
        fs::write(&path, "something else").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        let error = Identity::load(dir.path(), &mut seven).unwrap_err();
        assert!(error.to_string().contains("identity.key holds no identity"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"something else");
    }

    #[test]
    fn a_file_that_others_may_read_is_refused_with_its_mode() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE);
        Identity::load(dir.path(), &mut seven).unwrap();
        for mode in [0o644, 0o640, 0o602] {
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            let error = Identity::load(dir.path(), &mut seven).unwrap_err();
            assert!(
                error.to_string().contains(&format!(
                    "identity.key may be read by others than its owner (mode {mode:04o})"
                )),
                "{error}"
            );
        }
    }

    #[test]
    fn nothing_secret_shows() {
        let shown = format!("{:?}", Identity::from_secret([0xab; 32]));
        assert!(!shown.contains("abab"), "{shown}");
        assert!(shown.contains("fingerprint"), "{shown}");
    }
}
