//! Text between IRC's bytes and a room's characters.

use std::str;

/// What stands for the bytes 0x80 to 0x9f in Windows-1252, the other encoding that IRC clients use.
const WINDOWS: [char; 32] = [
    '€', '\u{fffd}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{fffd}', 'Ž', '\u{fffd}',
    '\u{fffd}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{fffd}', 'ž', 'Ÿ',
];

/// What a line of bytes says. What is no UTF-8 is read as Windows-1252, unless there are characters of UTF-8 in it: then
/// only the bytes at fault are replaced.
pub(crate) fn decode(bytes: &[u8]) -> String {
    let is_wide = |text: &str| !text.is_ascii();
    match str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) if bytes.utf8_chunks().any(|chunk| is_wide(chunk.valid())) => {
            String::from_utf8_lossy(bytes).into_owned()
        }
        Err(_) => bytes.iter().map(|byte| windows(*byte)).collect(),
    }
}

fn windows(byte: u8) -> char {
    let special = byte.checked_sub(0x80).and_then(|at| WINDOWS.get(usize::from(at)));
    special.copied().unwrap_or(char::from(byte))
}

/// What a `PRIVMSG` or `NOTICE` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    /// A text for a room.
    Text(String),
    /// A question to another client, such as `VERSION`, which rooms do not carry.
    Question(String),
    /// Nothing that could be shown.
    Nothing,
}

/// Reads what a client says. `/me` comes as a text with these letters in front, emphasis as the marks that people type;
/// colours and all other control characters are left out.
pub(crate) fn said(text: &str) -> Said {
    let Some(ctcp) = text.strip_prefix('\u{1}') else { return text_of(plain(text)) };
    let ctcp = ctcp.split('\u{1}').next().unwrap_or_default();
    let (verb, rest) = ctcp.split_once(' ').unwrap_or((ctcp, ""));
    match verb.to_ascii_uppercase().as_str() {
        "ACTION" => text_of(format!("{ACTION}{}", plain(rest))),
        other => Said::Question(plain(other)),
    }
}

fn text_of(text: String) -> Said {
    if text.trim().is_empty() { Said::Nothing } else { Said::Text(text) }
}

/// How a room's text that tells what its author does begins.
pub(crate) const ACTION: &str = "/me ";

/// The mark that stands for a toggle of IRC's formatting.
const fn mark(character: char) -> Option<char> {
    match character {
        '\u{2}' => Some('*'),
        '\u{11}' => Some('`'),
        '\u{1d}' | '\u{1f}' => Some('_'),
        '\u{1e}' => Some('~'),
        _ => None,
    }
}

fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // The toggles that are on, the last one at the end.
    let mut open: Vec<char> = Vec::new();
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        match (character, mark(character)) {
            (_, Some(mark)) => {
                match open.iter().rposition(|toggle| *toggle == character) {
                    Some(at) => drop(open.remove(at)),
                    None => open.push(character),
                }
                out.push(mark);
            }
            ('\u{f}', _) => close(&mut open, &mut out),
            ('\u{3}', _) => rest = after_colour(rest.as_str(), 2, |digit| digit.is_ascii_digit()).chars(),
            ('\u{4}', _) => rest = after_colour(rest.as_str(), 6, |digit| digit.is_ascii_hexdigit()).chars(),
            ('\t', _) => out.push('\t'),
            (other, _) if other.is_control() => (),
            (other, _) => out.push(other),
        }
    }
    close(&mut open, &mut out);
    out
}

fn close(open: &mut Vec<char>, out: &mut String) {
    out.extend(open.drain(..).rev().filter_map(mark));
}

/// What follows the numbers of a colour, `4` or `04,12`.
fn after_colour(text: &str, digits: usize, is_digit: impl Fn(&char) -> bool) -> &str {
    let number = |text: &str| text.chars().take(digits).take_while(&is_digit).count();
    let first = number(text);
    let rest = text.get(first..).unwrap_or_default();
    match rest.strip_prefix(',') {
        Some(second) if first > 0 && number(second) > 0 => second.get(number(second)..).unwrap_or_default(),
        _ => rest,
    }
}

/// The lines of a room's text, without anything that a client could take for something else; and whether they tell what
/// their author does.
pub(crate) fn lines(text: &str) -> (Vec<String>, bool) {
    let (text, is_action) = match text.strip_prefix(ACTION) {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let is_end = |character| matches!(character, '\n' | '\r' | '\u{2028}' | '\u{2029}');
    let shown = |line: &str| line.chars().filter(|other| *other == '\t' || !other.is_control()).collect();
    let lines = text.split(is_end).map(shown).filter(|line: &String| !line.trim().is_empty());
    (lines.collect(), is_action)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bytes_that_are_no_utf8_are_read_as_what_they_most_likely_are() {
        for (bytes, text) in [
            (&b"gr\xc3\xbc\xc3\x9fe"[..], "grüße"),
            (b"gr\xfc\xdfe", "grüße"),
            (b"\x93so\x94 \x80", "“so” €"),
            (b"\x81", "\u{fffd}"),
            // Cut in the middle of a character by a client that counts bytes.
            (b"gr\xc3\xbc\xc3", "grü\u{fffd}"),
            (b"", ""),
        ] {
            assert_eq!(decode(bytes), text, "{bytes:?}");
        }
    }

    #[test]
    fn emphasis_becomes_the_marks_that_people_type_and_colours_go() {
        for (text, shown) in [
            ("\u{2}bold\u{2} and \u{1d}slanted", "*bold* and _slanted_"),
            ("\u{1f}a\u{2}b\u{f}c", "_a*b*_c"),
            ("\u{11}code\u{11} \u{1e}no\u{1e}", "`code` ~no~"),
            ("\u{3}04,12red\u{3} \u{3}4x \u{3},5", "red x ,5"),
            ("\u{3}0412", "12"),
            ("\u{4}ff0000,00ff00x\u{4}", "x"),
            ("\u{16}a\u{16}\u{7}b\tc\u{9b}", "ab\tc"),
            ("plain", "plain"),
        ] {
            assert_eq!(said(text), Said::Text(shown.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn what_somebody_does_is_told_and_a_question_to_a_client_is_none() {
        assert_eq!(said("\u{1}ACTION waves \u{2}a lot\u{1}"), Said::Text("/me waves *a lot*".to_owned()));
        assert_eq!(said("\u{1}action waves"), Said::Text("/me waves".to_owned()));
        assert_eq!(said("\u{1}VERSION\u{1}"), Said::Question("VERSION".to_owned()));
        assert_eq!(said("\u{1}dcc SEND x 1 2\u{1}"), Said::Question("DCC".to_owned()));
        for nothing in ["", "  ", "\u{3}4", "\u{7}"] {
            assert_eq!(said(nothing), Said::Nothing, "{nothing:?}");
        }
    }

    #[test]
    fn a_text_of_a_room_becomes_lines_that_are_only_text() {
        let shown = |text: &str| lines(text);
        assert_eq!(shown("one\n\ntwo\r\nthree"), (vec!["one".into(), "two".into(), "three".into()], false));
        assert_eq!(shown("/me waves\nand goes"), (vec!["waves".into(), "and goes".into()], true));
        assert_eq!(shown("\u{1}DCC SEND\u{1}\u{2}\ta"), (vec!["DCC SEND\ta".into()], false));
        assert_eq!(shown(" \n"), (vec![], false));
        assert_eq!(shown("/men"), (vec!["/men".into()], false));
    }

    proptest! {
        #[test]
        fn nothing_of_a_text_is_a_control_character(text in "(?s).{0,80}") {
            let (lines, _) = lines(&text);
            let controls = |text: &str| text.chars().any(|other| other != '\t' && other.is_control());
            prop_assert!(!lines.iter().any(|line| controls(line)));
            if let Said::Text(said) = said(&text) {
                prop_assert!(!controls(&said));
            }
        }

        #[test]
        fn any_bytes_are_some_text(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            prop_assert_eq!(decode(&bytes).is_empty(), bytes.is_empty());
        }
    }
}
