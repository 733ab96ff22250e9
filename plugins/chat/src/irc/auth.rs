//! Whether a client has the password.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Compares without telling by its time where two texts of one length differ.
pub(crate) fn is_same(given: &str, wanted: &str) -> bool {
    let differ = given.bytes().zip(wanted.bytes()).fold(0, |differ, (one, other)| differ | (one ^ other));
    given.len() == wanted.len() && std::hint::black_box(differ) == 0
}

/// Whether a secret of SASL's PLAIN has the password; any user may have it.
pub(crate) fn is_plain_login(secret: &str, password: &str) -> bool {
    let Ok(bytes) = STANDARD.decode(secret) else { return false };
    let Ok(text) = String::from_utf8(bytes) else { return false };
    let mut parts = text.split('\0');
    let (Some(_), Some(_), Some(given), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    is_same(given, password)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_is_the_password() {
        assert!(is_same("secret", "secret"));
        for other in ["", "secre", "secret ", "Secret"] {
            assert!(!is_same(other, "secret"), "{other:?}");
        }
    }

    #[test]
    fn any_user_may_have_the_password() {
        for text in ["\0alice\0secret", "alice\0alice\0secret", "\0\0secret"] {
            assert!(is_plain_login(&STANDARD.encode(text), "secret"), "{text:?}");
        }
        for text in ["", "secret", "\0alice\0wrong", "\0alice\0secret\0", "alice\0secret"] {
            assert!(!is_plain_login(&STANDARD.encode(text), "secret"), "{text:?}");
        }
        assert!(!is_plain_login("no base64!", "secret"));
        assert!(!is_plain_login(&STANDARD.encode(b"\0a\0\xff"), "\u{fffd}"));
    }
}
