//! The text being typed: a few lines with a cursor between whole characters.

use crate::cli::printable::Plain;
use unicode_segmentation::UnicodeSegmentation;

/// More than a message may have; what is pasted beyond is left out.
const MAX_BYTES: usize = 32 * 1024;

/// A text and a cursor in it, always between two grapheme clusters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Editor {
    text: String,
    /// In bytes.
    cursor: usize,
    /// What was cut last.
    cut: String,
}

impl Editor {
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn before(&self) -> &str {
        self.text.get(..self.cursor).unwrap_or_default()
    }

    pub(crate) fn after(&self) -> &str {
        self.text.get(self.cursor..).unwrap_or_default()
    }

    /// Takes another text, with the cursor at its end.
    pub(super) fn set(&mut self, text: &str) {
        self.text.clear();
        self.cursor = 0;
        self.insert(text);
    }

    /// Inserts text as it can be shown; whether all of it had room.
    pub(super) fn insert(&mut self, text: &str) -> bool {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let text = Plain::new(&text);
        let room = MAX_BYTES.saturating_sub(self.text.len());
        let text = text.as_str();
        let end = (0..=room.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let fits = text.get(..end).unwrap_or_default();
        self.text.insert_str(self.cursor, fits);
        self.cursor += fits.len();
        end == text.len()
    }

    /// Replaces the text between two places before the cursor and the cursor.
    pub(super) fn replace(&mut self, start: usize, text: &str) {
        let start = start.min(self.cursor);
        self.text.replace_range(start..self.cursor, "");
        self.cursor = start;
        self.insert(text);
    }

    pub(super) fn backspace(&mut self) {
        self.remove_to(self.left_of(self.cursor));
    }

    pub(super) fn delete(&mut self) {
        self.remove_to(self.right_of(self.cursor));
    }

    pub(super) fn left(&mut self) {
        self.cursor = self.left_of(self.cursor);
    }

    pub(super) fn right(&mut self) {
        self.cursor = self.right_of(self.cursor);
    }

    pub(super) fn word_left(&mut self) {
        self.cursor = self.word_start();
    }

    pub(super) fn word_right(&mut self) {
        self.cursor = self.word_end();
    }

    pub(super) fn home(&mut self) {
        self.cursor = self.line_start();
    }

    pub(super) fn end(&mut self) {
        self.cursor = self.line_end();
    }

    /// To the line above; whether there is one.
    pub(super) fn up(&mut self) -> bool {
        let start = self.line_start();
        let Some(above) = start.checked_sub(1) else { return false };
        let column = self.column();
        let from = self.text.get(..above).and_then(|text| text.rfind('\n')).map_or(0, |at| at + 1);
        self.cursor = self.at_column(from, above, column);
        true
    }

    /// To the line below; whether there is one.
    pub(super) fn down(&mut self) -> bool {
        let end = self.line_end();
        if end == self.text.len() {
            return false;
        }
        let column = self.column();
        let below = self.text.get(end + 1..).unwrap_or_default();
        let to = below.find('\n').map_or(self.text.len(), |at| end + 1 + at);
        self.cursor = self.at_column(end + 1, to, column);
        true
    }

    pub(super) fn cut_word(&mut self) {
        self.cut_to(self.word_start());
    }

    pub(super) fn cut_to_home(&mut self) {
        self.cut_to(self.line_start());
    }

    pub(super) fn cut_to_end(&mut self) {
        self.cut_to(self.line_end());
    }

    pub(super) fn cut_all(&mut self) {
        self.cursor = self.text.len();
        self.cut_to(0);
    }

    /// Inserts what was cut last.
    pub(super) fn paste_cut(&mut self) {
        let cut = self.cut.clone();
        self.insert(&cut);
    }

    fn cut_to(&mut self, place: usize) {
        let (start, end) = (self.cursor.min(place), self.cursor.max(place));
        self.cut = self.text.get(start..end).unwrap_or_default().to_owned();
        self.remove_to(place);
    }

    fn remove_to(&mut self, place: usize) {
        let (start, end) = (self.cursor.min(place), self.cursor.max(place));
        self.text.replace_range(start..end, "");
        self.cursor = start;
    }

    fn left_of(&self, place: usize) -> usize {
        let before = self.text.get(..place).unwrap_or_default();
        before.grapheme_indices(true).next_back().map_or(0, |(at, _)| at)
    }

    fn right_of(&self, place: usize) -> usize {
        let after = self.text.get(place..).unwrap_or_default();
        place + after.graphemes(true).next().map_or(0, str::len)
    }

    fn line_start(&self) -> usize {
        self.before().rfind('\n').map_or(0, |at| at + 1)
    }

    fn line_end(&self) -> usize {
        self.after().find('\n').map_or(self.text.len(), |at| self.cursor + at)
    }

    fn column(&self) -> usize {
        self.before().rsplit('\n').next().unwrap_or_default().graphemes(true).count()
    }

    fn at_column(&self, start: usize, end: usize, column: usize) -> usize {
        let line = self.text.get(start..end).unwrap_or_default();
        line.grapheme_indices(true).nth(column).map_or(end, |(at, _)| start + at)
    }

    fn word_start(&self) -> usize {
        let before = self.before().trim_end();
        before.rfind(char::is_whitespace).map_or(0, |at| self.right_of(at))
    }

    fn word_end(&self) -> usize {
        let after = self.after();
        let word = after.trim_start();
        let skipped = after.len() - word.len();
        self.cursor + skipped + word.find(char::is_whitespace).unwrap_or(word.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text with `|` where the cursor is.
    fn shown(editor: &Editor) -> String {
        format!("{}|{}", editor.before(), editor.after())
    }

    fn editor(text: &str) -> Editor {
        let mut editor = Editor::default();
        let (before, after) = text.split_once('|').unwrap();
        editor.set(after);
        editor.cursor = 0;
        editor.insert(before);
        editor
    }

    #[test]
    fn each_key_does_what_it_does_in_a_shell() {
        type Key = fn(&mut Editor);
        for (before, key, after) in [
            ("ab|c", Editor::backspace as Key, "a|c"),
            ("👨\u{200d}👩\u{200d}👧|!", Editor::backspace, "|!"),
            ("|", Editor::backspace, "|"),
            ("a|❤\u{fe0f}b", Editor::delete, "a|b"),
            ("ae\u{301}|", Editor::left, "a|e\u{301}"),
            ("a|é", Editor::right, "aé|"),
            ("one two  |", Editor::word_left, "one |two  "),
            ("one| two", Editor::word_right, "one two|"),
            ("a\nbc|d", Editor::home, "a\n|bcd"),
            ("a|b\nc", Editor::end, "ab|\nc"),
            ("one two|", Editor::cut_word, "one |"),
            ("日本\u{3000}語|", Editor::cut_word, "日本\u{3000}|"),
            ("a\nbc|d", Editor::cut_to_home, "a\n|d"),
            ("a|bc\nd", Editor::cut_to_end, "a|\nd"),
        ] {
            let mut editor = editor(before);
            key(&mut editor);
            assert_eq!(shown(&editor), after, "from {before}");
        }
    }

    #[test]
    fn moves_between_lines_and_says_when_there_is_none() {
        let mut text = editor("日本語\nab|");
        assert!(text.up());
        assert_eq!(shown(&text), "日本|語\nab");
        assert!(!text.up());
        assert!(text.down());
        assert_eq!(shown(&text), "日本語\nab|");
        assert!(!text.down());
        let mut short = editor("a\nlong|er\n");
        assert!(short.down());
        assert_eq!(shown(&short), "a\nlonger\n|");
    }

    #[test]
    fn inserts_what_was_cut() {
        let mut editor = editor("one two|");
        editor.cut_word();
        editor.home();
        editor.paste_cut();
        assert_eq!(shown(&editor), "two|one ");
    }

    #[test]
    fn what_is_pasted_has_lines_and_no_escape_sequences_and_an_end() {
        let mut editor = editor("|");
        assert!(editor.insert("a\r\nb\rc\t\x1b[31m"));
        assert_eq!(shown(&editor), "a\nb\nc\t␛[31m|");
        assert!(!editor.insert(&"é".repeat(MAX_BYTES)));
        assert!(editor.text().len() <= MAX_BYTES);
    }
}
