//! Text of peers, made so that a terminal can only show it.
//!
//! What the node tells of peers becomes [`Plain`] or [`Label`] when it is read, so that no other text can get to a view.

use serde::{Deserialize, Deserializer};
use std::fmt;
use unicode_width::UnicodeWidthChar;

/// How many marks without a width may stand on one character.
const MAX_MARKS: usize = 4;

/// Text of any number of lines: beside what can be shown only `\n` and `\t`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Plain(String);

/// One line, such as a name or a topic, that cannot look like another one by characters that nobody sees.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Label(String);

impl Plain {
    pub(crate) fn new(text: &str) -> Self {
        Self(shown(text, |character| matches!(character, '\n' | '\t' | JOINER | NON_JOINER)))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The text in one line, with a sign for each end of a line.
    pub(crate) fn one_line(&self) -> String {
        self.0.replace('\n', " ↵ ").replace('\t', " ")
    }
}

impl Label {
    pub(crate) fn new(text: &str) -> Self {
        let mut before = ' ';
        Self(shown(text.trim(), |character| {
            // Joiners belong between the parts of an emoji, and nowhere in what looks like letters.
            let joins = character == JOINER && u32::from(before) >= 0x2000;
            before = character;
            joins
        }))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::new(&text))
    }
}

impl<'de> Deserialize<'de> for Label {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::new(&text))
    }
}

const JOINER: char = '\u{200d}';
const NON_JOINER: char = '\u{200c}';

fn shown(text: &str, mut keeps: impl FnMut(char) -> bool) -> String {
    let mut marks = 0;
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if keeps(character) {
            shown.push(character);
        } else if let Some(sign) = sign(character) {
            shown.push(sign);
            marks = 0;
        } else if character.width() == Some(0) {
            marks += 1;
            if marks <= MAX_MARKS {
                shown.push(character);
            }
        } else {
            shown.push(character);
            marks = 0;
        }
    }
    shown
}

/// What is shown for a character that a terminal would obey, that changes the direction of others, or that nobody sees.
fn sign(character: char) -> Option<char> {
    let code = u32::from(character);
    match code {
        0..0x20 => char::from_u32(0x2400 + code),
        0x7f => Some('\u{2421}'),
        0x80..0xa0
        | 0xad
        | 0x034f
        | 0x061c
        | 0x115f..=0x1160
        | 0x17b4..=0x17b5
        | 0x180b..=0x180f
        | 0x200b..=0x200f
        | 0x2028..=0x202e
        | 0x2060..=0x206f
        | 0x3164
        | 0xfeff
        | 0xffa0
        | 0xfff0..=0xfffb
        | 0xe0000..=0xe0fff => Some(char::REPLACEMENT_CHARACTER),
        _ => None,
    }
}

/// Whether letters that look alike in different scripts are mixed, as in a name that pretends to be another.
pub(crate) fn mixes_scripts(name: &Label) -> bool {
    let foreign = |character: char| matches!(u32::from(character), 0x370..=0x58f | 0x13a0..=0x13ff | 0x1d400..=0x1d7ff | 0xff21..=0xff5a);
    name.0.chars().any(|character| character.is_ascii_alphabetic()) && name.0.chars().any(foreign)
}

/// JSON in which no character is left that a terminal would obey; it says the same.
pub(crate) fn json(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        // Outside of strings JSON has none of these but the ends of lines.
        if character != '\n' && sign(character).is_some() {
            for unit in character.encode_utf16(&mut [0; 2]) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            safe.push(character);
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_what_a_terminal_would_obey_as_signs() {
        for (text, expected) in [
            ("\x1b[31mred\x1b]0;title\x07", "␛[31mred␛]0;title␇"),
            ("a\u{9b}2Jb\u{7f}\r", "a\u{fffd}2Jb␡␍"),
            ("ab\u{202e}cd\u{2066}", "ab\u{fffd}cd\u{fffd}"),
            ("two\n\tlines", "two\n\tlines"),
            (
                "👨\u{200d}👩\u{200d}👧 ❤\u{fe0f} می\u{200c}خواهم",
                "👨\u{200d}👩\u{200d}👧 ❤\u{fe0f} می\u{200c}خواهم",
            ),
        ] {
            assert_eq!(Plain::new(text).as_str(), expected);
        }
    }

    #[test]
    fn a_label_has_one_line_and_nothing_that_nobody_sees() {
        for (text, expected) in [
            (" alice\n", "alice"),
            ("al\nice\t", "al␊ice"),
            ("ali\u{200b}ce", "ali\u{fffd}ce"),
            ("ali\u{200d}ce", "ali\u{fffd}ce"),
            ("👩\u{200d}🔬", "👩\u{200d}🔬"),
            ("x\u{e0041}", "x\u{fffd}"),
        ] {
            assert_eq!(Label::new(text).as_str(), expected);
        }
    }

    #[test]
    fn few_marks_stand_on_one_character() {
        let tower = format!("a{}b\u{301}", "\u{301}".repeat(500));
        assert_eq!(Plain::new(&tower).as_str(), format!("a{}b\u{301}", "\u{301}".repeat(MAX_MARKS)));
    }

    #[test]
    fn names_of_mixed_letters_are_noticed() {
        for (name, mixed) in
            [("alice", false), ("аlice", true), ("алиса", false), ("zoë", false), ("bοb", true)]
        {
            assert_eq!(mixes_scripts(&Label::new(name)), mixed, "{name}");
        }
    }

    #[test]
    fn json_says_the_same_without_characters_that_a_terminal_obeys() {
        let value = serde_json::json!({"text": "a\x1b\u{9b}\u{7f}\u{202e}\u{e0041}ü\n"});
        let safe = json(&format!("{value:#}"));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
        assert!(safe.chars().all(|character| character == '\n' || sign(character).is_none()), "{safe}");
    }
}
