//! Text cut into rows of a width, by what characters take on a screen.

use ratatui::buffer::CellWidth;
use unicode_segmentation::UnicodeSegmentation;

/// What a tab is shown as.
const TAB: &str = "    ";

/// How many columns a text takes.
pub(crate) fn width(text: &str) -> usize {
    text.graphemes(true).map(columns_of).sum()
}

fn columns_of(grapheme: &str) -> usize {
    if grapheme.contains(char::is_control) { 1 } else { grapheme.cell_width().into() }
}

/// The beginning of a text that fits, with a sign where something is left out.
pub(crate) fn shorten(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let (fits, _) = split(text, columns.saturating_sub(1));
    if columns == 0 { String::new() } else { format!("{fits}…") }
}

/// The rows of a text: words stay whole where a row has room for them. There is at least one row.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut rows = Vec::new();
    for line in text.split('\n') {
        wrap_line(&line.replace('\t', TAB), columns, &mut rows);
    }
    rows
}

fn wrap_line(line: &str, columns: usize, rows: &mut Vec<String>) {
    let mut row = String::new();
    let mut taken = 0;
    let before = rows.len();
    for word in words(line) {
        let needs = width(word);
        if taken + needs <= columns {
            row.push_str(word);
            taken += needs;
            continue;
        }
        if !row.trim().is_empty() {
            rows.push(std::mem::take(&mut row));
            taken = 0;
            // The spaces at which a row ends are not the beginning of the next.
            if word.trim().is_empty() {
                continue;
            }
        }
        let mut rest = word;
        while taken + width(rest) > columns {
            let (fits, after) = split(rest, columns - taken);
            rows.push(std::mem::take(&mut row) + fits);
            (rest, taken) = (after, 0);
        }
        row.push_str(rest);
        taken += width(rest);
    }
    if !row.is_empty() || rows.len() == before {
        rows.push(row);
    }
}

/// The parts between which a row may end: words, spaces, and each wide character.
fn words(line: &str) -> impl Iterator<Item = &str> {
    let kind = |grapheme: &str| match grapheme.chars().next() {
        Some(character) if character.is_whitespace() => 0,
        _ if columns_of(grapheme) > 1 => 1,
        _ => 2,
    };
    let mut rest = line;
    std::iter::from_fn(move || {
        let mut graphemes = rest.grapheme_indices(true);
        let first = kind(graphemes.next()?.1);
        let end = graphemes.find(|(_, grapheme)| first == 1 || kind(grapheme) != first);
        let (word, after) = rest.split_at(end.map_or(rest.len(), |(at, _)| at));
        rest = after;
        Some(word)
    })
}

/// What fits into a number of columns, and the rest. What is wider than all of them is the one exception.
fn split(text: &str, columns: usize) -> (&str, &str) {
    let mut taken = 0;
    let mut end = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        taken += columns_of(grapheme);
        if taken > columns && (at > 0 || columns < 2) {
            // Nothing has less room than a wide character, or the row would never end.
            return text.split_at(if at == 0 && columns > 0 { grapheme.len() } else { at });
        }
        end = at + grapheme.len();
    }
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_whole_where_there_is_room() {
        for (text, columns, rows) in [
            ("one two three", 7, vec!["one two", "three"]),
            ("one two three", 100, vec!["one two three"]),
            ("", 5, vec![""]),
            ("a\n\nb", 5, vec!["a", "", "b"]),
            ("abcdefghij", 4, vec!["abcd", "efgh", "ij"]),
            ("a history: of words", 10, vec!["a history:", "of words"]),
            ("a abcdefg", 4, vec!["a ", "abcd", "efg"]),
            ("    indented", 20, vec!["    indented"]),
            ("\tx", 20, vec!["    x"]),
            ("日本語漢字", 5, vec!["日本", "語漢", "字"]),
            ("日本", 1, vec!["日", "本"]),
            (
                "👩\u{200d}👩\u{200d}👧👩\u{200d}👩\u{200d}👧",
                2,
                vec!["👩\u{200d}👩\u{200d}👧", "👩\u{200d}👩\u{200d}👧"],
            ),
        ] {
            let trimmed: Vec<_> = wrap(text, columns).iter().map(|row| row.trim_end().to_owned()).collect();
            let expected: Vec<_> = rows.iter().map(|row| row.trim_end().to_owned()).collect();
            assert_eq!(trimmed, expected, "{text:?} in {columns}");
        }
    }

    #[test]
    fn shortens_by_columns() {
        for (text, columns, expected) in [
            ("alice", 5, "alice"),
            ("alice", 4, "ali…"),
            ("日本語", 4, "日…"),
            ("日本語", 6, "日本語"),
            ("a", 0, ""),
            ("ab", 1, "…"),
        ] {
            assert_eq!(shorten(text, columns), expected);
        }
    }

    #[test]
    fn ends_for_any_text_and_width() {
        let text = "a\u{301}\u{200b} 日本\t👩\u{200d}👧 \u{fffd}".repeat(20);
        for columns in 0..12 {
            assert!(wrap(&text, columns).len() < 1000);
            assert!(width(&shorten(&text, columns)) <= columns);
        }
    }
}
