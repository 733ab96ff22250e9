//! Rows with characters about whose width terminals disagree: flags, families, what has marks.
//!
//! Where a terminal gives such a character another width than this program, cells beside it keep what was there before. So
//! a row that has one, or had one, is drawn as a whole whenever it changes.

use ratatui::buffer::{Buffer, Cell, CellDiffOption};
use std::collections::BTreeMap;

/// The rows that were drawn last and have such characters.
#[derive(Debug, Default)]
pub(super) struct Disputed {
    rows: BTreeMap<u16, Vec<Cell>>,
}

impl Disputed {
    /// Marks the rows that are to be drawn as a whole: which those are. They are to be emptied before.
    pub(super) fn mark(&mut self, buffer: &mut Buffer) -> Vec<u16> {
        let width = usize::from(buffer.area.width).max(1);
        let mut whole = Vec::new();
        for (y, row) in (0..).zip(buffer.content.chunks_mut(width)) {
            let disputed = row.iter().any(|cell| cell.symbol().chars().nth(1).is_some());
            let before = self.rows.get(&y);
            let same = before.map_or(!disputed, |before| before.as_slice() == row);
            if same {
                continue;
            }
            self.rows.remove(&y);
            if disputed {
                self.rows.insert(y, row.to_vec());
            }
            whole.push(y);
            for cell in row {
                cell.set_diff_option(CellDiffOption::AlwaysUpdate);
            }
        }
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_drawn_as_a_whole_when_it_gets_changes_or_loses_such_a_character() {
        let mut disputed = Disputed::default();
        for (rows, whole) in [
            (["plain", "plain", "漢字 "], vec![]),
            (["plain", "🇩🇪 x ", "漢字 "], vec![1]),
            (["other", "🇩🇪 x ", "漢字 "], vec![]),
            (["other", "🇩🇪 y ", "e\u{301}    "], vec![1, 2]),
            (["other", "empty", "e\u{301}    "], vec![1]),
            (["🇩🇪 x ", "empty", "e\u{301}    "], vec![0]),
        ] {
            let mut buffer = Buffer::with_lines(rows);
            assert_eq!(disputed.mark(&mut buffer), whole, "{rows:?}");
        }
    }
}
