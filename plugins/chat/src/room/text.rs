//! Texts: what may be sent, how a received one is shown, and whom it mentions.

use super::name_key;

/// A character that may not be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the character U+{:04X} is not allowed in {what}", u32::from(*character))]
pub struct NotAllowed {
    /// In what.
    pub what: &'static str,
    /// Which.
    pub character: char,
}

/// Refuses control characters but the line feed and the tabulator.
pub(super) fn check_text(text: &str) -> Result<(), NotAllowed> {
    check(text, "a text", |character| character.is_control() && !matches!(character, '\n' | '\t'))
}

/// Refuses everything that leaves the line or turns its direction.
pub(super) fn check_line(text: &str, what: &'static str) -> Result<(), NotAllowed> {
    check(text, what, breaks_a_line)
}

fn check(text: &str, what: &'static str, refused: impl Fn(char) -> bool) -> Result<(), NotAllowed> {
    text.chars()
        .find(|character| refused(*character))
        .map_or(Ok(()), |character| Err(NotAllowed { what, character }))
}

/// Whether a character has no place in one line of text: control characters, line and paragraph separators, marks and overrides of
/// the direction, and what nobody sees.
pub(super) fn breaks_a_line(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        || matches!(character, '\u{61c}' | '\u{180e}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// A received text as it may be shown: of control characters their pictures (`␛`), so that they are seen and do nothing.
#[must_use]
pub fn shown_text(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let shown = |character| match character {
        '\n' | '\t' => character,
        '\0'..='\u{1f}' => {
            char::from_u32(0x2400 + u32::from(character)).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        '\u{7f}' => '\u{2421}',
        _ if character.is_control() => char::REPLACEMENT_CHARACTER,
        _ => character,
    };
    text.chars().map(shown).collect()
}

/// Whether a text mentions somebody of this name: as a word, with or without `@`, in whatever case.
#[must_use]
pub fn mentions(text: &str, name: &str) -> bool {
    let (text, name) = (name_key(text), name_key(name));
    if name.is_empty() {
        return false;
    }
    let is_part = |character: Option<char>| character.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(&name).any(|(at, _)| {
        let (before, after) =
            (text.get(..at).unwrap_or_default(), text.get(at + name.len()..).unwrap_or_default());
        !is_part(before.chars().next_back()) && !is_part(after.chars().next())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_not_sent_but_line_feeds_and_tabulators() {
        assert_eq!(check_text("a\n\tb 👋 שלום \u{202b}x\u{202c}"), Ok(()));
        for character in ['\0', '\u{1b}', '\r', '\u{7f}', '\u{85}', '\u{9b}'] {
            let refused = check_text(&format!("a{character}"));
            assert_eq!(refused, Err(NotAllowed { what: "a text", character }), "{character:?}");
        }
        assert_eq!(
            check_text("\u{1b}").unwrap_err().to_string(),
            "the character U+001B is not allowed in a text"
        );
    }

    #[test]
    fn a_line_stays_a_line_in_its_direction() {
        assert_eq!(check_line("Ana-Lucía 👩‍🚀 علي", "a name"), Ok(()));
        for character in
            ['\n', '\t', '\u{200b}', '\u{200f}', '\u{2028}', '\u{202e}', '\u{2066}', '\u{feff}', '\u{e0041}']
        {
            assert!(check_line(&format!("a{character}"), "a name").is_err(), "{character:?}");
        }
    }

    #[test]
    fn what_was_received_is_seen_and_does_nothing() {
        for (received, shown) in [
            ("plain\ttext\n", "plain\ttext\n"),
            ("two\r\nlines", "two\nlines"),
            ("\u{1b}[2J\u{7}", "␛[2J␇"),
            ("\u{2}bold\u{2}", "␂bold␂"),
            ("a\rb\u{7f}", "a␍b␡"),
            ("\u{9b}2J", "\u{fffd}2J"),
        ] {
            assert_eq!(shown_text(received), shown);
            assert_eq!(check_text(&shown_text(received)), Ok(()));
        }
    }

    #[test]
    fn a_name_is_mentioned_as_a_word_only() {
        for (text, name, expected) in [
            ("hello ada", "ada", true),
            ("Ada: see", "ada", true),
            ("@ADA?", "Ada", true),
            ("ada_2 and nada", "ada", false),
            ("canada, ada", "ada", true),
            ("über Ümit", "ümit", true),
            ("hello", "", false),
            ("ada lovelace writes", "Ada Lovelace", true),
            ("a", "ada", false),
        ] {
            assert_eq!(mentions(text, name), expected, "{name} in {text}");
        }
    }
}
