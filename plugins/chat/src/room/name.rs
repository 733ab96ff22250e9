//! Names of rooms and of people.

use super::limits;
use super::text::{NotAllowed, breaks_a_line, check_line};
use std::fmt;

/// The name of a room: `#lobby`. It has its `#`, is lower-case, and has neither spaces nor commas.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RoomName(String);

/// Why a text is no name of a room.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotARoomName {
    /// There is nothing behind the `#`.
    #[error("the name of a room has at least one character behind the #")]
    Empty,
    /// It is too long.
    #[error("the name of a room has at most {most} bytes, and this one {0}", most = limits::ROOM_NAME_BYTES)]
    TooLong(usize),
    /// It has a character that no name has.
    #[error(transparent)]
    Character(#[from] NotAllowed),
}

impl RoomName {
    /// The name that was typed: trimmed, in lower case, with a `#` in front if there was none.
    ///
    /// # Errors
    ///
    /// When nothing was typed, too much, or a character that no name has.
    pub fn parse(typed: &str) -> Result<Self, NotARoomName> {
        let typed = typed.trim().to_lowercase();
        let name = if typed.starts_with('#') { typed } else { format!("#{typed}") };
        if name.len() < 2 {
            return Err(NotARoomName::Empty);
        }
        if name.len() > limits::ROOM_NAME_BYTES {
            return Err(NotARoomName::TooLong(name.len()));
        }
        let what = "the name of a room";
        check_line(&name, what)?;
        match name.chars().find(|character| character.is_whitespace() || *character == ',') {
            Some(character) => Err(NotAllowed { what, character }.into()),
            None => Ok(Self(name)),
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RoomName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether somebody may call himself so: one line that shows, of at most 64 bytes.
///
/// # Errors
///
/// With the character that no name has.
pub fn check_name(name: &str) -> Result<(), NotAllowed> {
    check_line(name, "a name")
}

/// A received name as it may be shown: without what breaks its line or turns its direction.
#[must_use]
pub fn shown_name(name: &str) -> String {
    let name: String = name.chars().filter(|character| !breaks_a_line(*character)).collect();
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What two names have in common that a hurried reader takes for the same: case, spaces and unseen characters do not count. Letters
/// of other alphabets that look alike are still told apart: the fingerprint is who somebody is.
#[must_use]
pub fn name_key(name: &str) -> String {
    let seen = shown_name(name).to_lowercase();
    seen.chars()
        .filter(|character| {
            !matches!(character, '\u{200c}' | '\u{200d}' | '\u{ad}' | '\u{fe00}'..='\u{fe0f}')
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_becomes_the_name_of_a_room() {
        for (typed, name) in
            [("#lobby", "#lobby"), (" Lobby ", "#lobby"), ("##x", "##x"), ("#ÜBER", "#über"), ("a", "#a")]
        {
            assert_eq!(RoomName::parse(typed).unwrap().as_str(), name);
        }
        let longest = "x".repeat(63);
        assert_eq!(RoomName::parse(&longest).unwrap().as_str().len(), 64);
    }

    #[test]
    fn a_name_that_no_room_has_is_refused_with_the_reason() {
        for (typed, reason) in [
            ("", "at least one character"),
            ("#", "at least one character"),
            ("  ", "at least one character"),
            (&*"x".repeat(64), "at most 64 bytes, and this one 65"),
            ("#a b", "U+0020"),
            ("#a,b", "U+002C"),
            ("#a\u{7}", "U+0007"),
            ("#a\u{202e}b", "U+202E"),
            ("#a\u{a0}b", "U+00A0"),
        ] {
            let error = RoomName::parse(typed).unwrap_err().to_string();
            assert!(error.contains(reason), "{typed:?}: {error}");
        }
    }

    #[test]
    fn a_received_name_is_one_line_in_its_direction() {
        for (received, shown) in [
            ("ada", "ada"),
            ("a\nb\u{202e}c", "abc"),
            ("  a   b ", "a b"),
            ("\u{200b}", ""),
            ("\u{1b}[1m", "[1m"),
        ] {
            assert_eq!(shown_name(received), shown, "{received:?}");
            assert_eq!(check_name(&shown_name(received)), Ok(()));
        }
    }

    #[test]
    fn names_that_read_alike_have_one_key() {
        for (name, other) in [("Ada", "ada"), ("a b", "a  b "), ("ada", "a\u{200b}da"), ("ada", "ad\u{ad}a")]
        {
            assert_eq!(name_key(name), name_key(other), "{name:?} {other:?}");
        }
        assert_ne!(name_key("ada"), name_key("adа"), "the last letter is Cyrillic");
    }
}
