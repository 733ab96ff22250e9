//! The signature beside a file, and whose it is.

use super::refusal::Refusal;
use crate::durable;
use crate::settings::{KeyId, TrustedKey};
use minisign_verify::{Error, Signature};
use std::path::{Path, PathBuf};

/// The longest signature that is read, in bytes: the comments are for people, and short.
const MAX_BYTES: u64 = 16 * 1024;

/// Whoever signed a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// The key.
    pub key: KeyId,
    /// What was signed with the file, on one line: the trusted comment of minisign.
    pub comment: String,
}

/// Where the signature of a file is.
fn minisig(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".minisig");
    name.into()
}

/// Whether there is something beside the file that should be its signature.
pub(super) fn is_there(file: &Path) -> bool {
    minisig(file).exists()
}

/// Reads the signature beside a file, and says whose it is.
pub(super) fn check(file: &Path, bytes: &[u8], keys: &[TrustedKey]) -> Result<Signer, Refusal> {
    let minisig = minisig(file);
    let read = durable::read(&minisig, MAX_BYTES);
    let read = read
        .map_err(|error| Refusal::Unreadable { path: minisig.clone(), reason: error.to_string() })?
        .ok_or_else(|| Refusal::NoSignature { minisig: minisig.clone(), file: file.to_owned() })?;
    verify(bytes, &String::from_utf8_lossy(&read), keys).map_err(|fault| match fault {
        Fault::Damaged => Refusal::BadSignature { minisig },
        Fault::Legacy => Refusal::LegacySignature { minisig },
        Fault::Unknown(found) => {
            Refusal::UnknownKey { minisig, found, trusted: keys.iter().map(TrustedKey::id).collect() }
        }
        Fault::Wrong(key) => Refusal::WrongSignature { minisig, key },
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Damaged,
    Legacy,
    Unknown(KeyId),
    Wrong(KeyId),
}

fn verify(bytes: &[u8], text: &str, keys: &[TrustedKey]) -> Result<Signer, Fault> {
    let signature = Signature::decode(text).map_err(|_| Fault::Damaged)?;
    let id = text.lines().nth(1).and_then(KeyId::in_line).ok_or(Fault::Damaged)?;
    let mut fault = Fault::Unknown(id);
    // An id is no proof: more than one key may have it.
    for key in keys.iter().filter(|key| key.id() == id) {
        match key.key().verify(bytes, &signature, false) {
            Ok(()) => return Ok(Signer { key: id, comment: printable(signature.trusted_comment()) }),
            Err(Error::UnexpectedAlgorithm) => fault = Fault::Legacy,
            Err(_) => fault = Fault::Wrong(id),
        }
    }
    Err(fault)
}

/// A terminal shall not do what a comment says.
fn printable(comment: &str) -> String {
    comment.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use minisign::KeyPair;

    /// A key, as it is configured.
    fn trusted(pair: &KeyPair) -> TrustedKey {
        pair.pk.to_base64().parse().unwrap()
    }

    fn sign(pair: &KeyPair, bytes: &[u8], comment: &str) -> String {
        minisign::sign(None, &pair.sk, bytes, Some(comment), None).unwrap().into_string()
    }

    fn pairs() -> [KeyPair; 2] {
        [(); 2].map(|()| KeyPair::generate_unencrypted_keypair().unwrap())
    }

    #[test]
    fn the_signature_of_a_trusted_key_tells_whose_it_is_and_its_comment() {
        let [one, other] = pairs();
        let text = sign(&one, b"bytes", "chat 1.2.3\u{1b}[2J");
        let signer = verify(b"bytes", &text, &[trusted(&other), trusted(&one)]).unwrap();
        assert_eq!(signer, Signer { key: trusted(&one).id(), comment: "chat 1.2.3 [2J".to_owned() });
    }

    #[test]
    fn a_signature_of_other_bytes_or_by_another_key_or_with_another_comment_is_none() {
        let [one, other] = pairs();
        let (keys, id) = ([trusted(&one)], trusted(&one).id());
        let text = sign(&one, b"bytes", "chat 1.2.3");
        assert_eq!(verify(b"other", &text, &keys), Err(Fault::Wrong(id)));
        assert_eq!(verify(b"bytes", &text.replace("1.2.3", "1.2.4"), &keys), Err(Fault::Wrong(id)));
        let by_other = sign(&other, b"bytes", "chat 1.2.3");
        assert_eq!(verify(b"bytes", &by_other, &keys), Err(Fault::Unknown(trusted(&other).id())));
        assert_eq!(verify(b"bytes", &by_other, &[]), Err(Fault::Unknown(trusted(&other).id())));
        let cut = text.lines().take(3).collect::<Vec<_>>().join("\n");
        for text in ["", "some text", &cut] {
            assert_eq!(verify(b"bytes", text, &keys), Err(Fault::Damaged), "{text}");
        }
    }

    #[test]
    fn a_key_that_took_the_id_of_another_changes_nothing() {
        let [one, other] = pairs();
        let [mut forged, real] = [&other, &one].map(|pair| pair.pk.to_bytes());
        forged[2..10].copy_from_slice(&real[2..10]);
        let forged: TrustedKey =
            minisign::PublicKey::from_bytes(&forged).unwrap().to_base64().parse().unwrap();
        assert_eq!(forged.id(), trusted(&one).id());
        let text = sign(&one, b"bytes", "");
        assert!(verify(b"bytes", &text, &[forged.clone(), trusted(&one)]).is_ok());
        assert_eq!(verify(b"bytes", &text, std::slice::from_ref(&forged)), Err(Fault::Wrong(forged.id())));
    }

    #[test]
    fn the_legacy_format_is_told_from_a_wrong_signature() {
        // Of the bytes "test", by the key that the documentation of minisign has.
        let key: TrustedKey = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3".parse().unwrap();
        let text = "untrusted comment: signature from minisign secret key\n\
                    RWQf6LRCGA9i59SLOFxz6NxvASXDJeRtuZykwQepbDEGt87ig1BNpWaVWuNrm73YiIiJbq71Wi+dP9eKL8OC351vwIasSSbXxwA=\n\
                    trusted comment: timestamp:1555779966\tfile:test\n\
                    QtKMXWyYcwdpZAlPF7tE2ENJkRd1ujvKjlj1m9RtHTBnZPa5WKU5uWRs5GoP5M/VqE81QFuMKI5k/SfNQUaOAA==";
        assert_eq!(verify(b"test", text, &[key]), Err(Fault::Legacy));
    }
}
