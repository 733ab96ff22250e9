//! Cutting text into pieces of so many bytes, between characters and where possible between words.

/// The longest beginning of a text that has at most so many bytes.
pub(crate) fn head(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or(text)
}

/// The pieces of a text, each of at most so many bytes; one empty piece of an empty text.
pub(crate) fn pieces(text: &str, bytes: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while rest.len() > bytes {
        let mut piece = head(rest, bytes);
        // A space in the last quarter ends the piece, and stays with it.
        if let Some(space) = piece.rfind(' ').filter(|at| *at >= bytes - bytes / 4) {
            piece = head(rest, space + 1);
        }
        if piece.is_empty() {
            // A character that is wider than a piece.
            piece = head(rest, rest.chars().next().map_or(1, char::len_utf8));
        }
        pieces.push(piece);
        rest = rest.get(piece.len()..).unwrap_or_default();
    }
    if !rest.is_empty() || pieces.is_empty() {
        pieces.push(rest);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cuts_between_words_when_one_ends_near_and_between_characters_else() {
        assert_eq!(pieces("", 8), [""]);
        assert_eq!(pieces("12345678", 8), ["12345678"]);
        assert_eq!(pieces("123456 89", 8), ["123456 ", "89"]);
        assert_eq!(pieces("1 3456789", 8), ["1 345678", "9"]);
        assert_eq!(pieces("ééééé", 5), ["éé", "éé", "é"]);
        assert_eq!(pieces("🦀🦀", 3), ["🦀", "🦀"]);
    }

    proptest! {
        #[test]
        fn the_pieces_are_the_text(text in "(?s).{0,200}", bytes in 4_usize..50) {
            let pieces = pieces(&text, bytes);
            prop_assert_eq!(pieces.concat(), text.as_str());
            prop_assert!(pieces.iter().all(|piece| piece.len() <= bytes));
        }
    }
}
