//! The text being typed, as rows with a cursor.

use super::put;
use super::wrap::width;
use crate::cli::chat::app::{App, Editor, secret_from};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use unicode_segmentation::UnicodeSegmentation;

/// What stands before the text.
const PROMPT: &str = "> ";
const PROMPT_COLUMNS: usize = 2;

/// How many rows the text takes.
pub(crate) fn height(editor: &Editor, columns: usize) -> usize {
    lay_out(editor, columns).rows.len()
}

/// Draws the text so that the cursor is seen: where that is.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, app: &App) -> Option<Position> {
    let laid_out = lay_out(app.editor(), area.width.into());
    let above = (laid_out.row + 1).saturating_sub(area.height.into());
    let rows: Vec<_> = laid_out.rows.into_iter().map(Line::from).skip(above).collect();
    put(buffer, area, &rows);
    let x = area.x.checked_add(u16::try_from(laid_out.column).ok()?)?;
    let y = area.y.checked_add(u16::try_from(laid_out.row - above).ok()?)?;
    Some(Position { x: x.min(area.right().saturating_sub(1)), y })
}

struct LaidOut {
    rows: Vec<String>,
    /// Where the cursor is.
    row: usize,
    column: usize,
}

fn lay_out(editor: &Editor, columns: usize) -> LaidOut {
    let columns = columns.max(PROMPT_COLUMNS + 2);
    let cursor = editor.before().len();
    let secret = secret_from(editor.text()).unwrap_or(usize::MAX);
    let mut laid_out = LaidOut { rows: vec![PROMPT.to_owned()], row: 0, column: PROMPT_COLUMNS };
    let mut column = PROMPT_COLUMNS;
    let mut placed = false;
    for (at, grapheme) in editor.text().grapheme_indices(true) {
        let shown = match grapheme {
            "\n" => "",
            "\t" => "    ",
            _ if at >= secret => "•",
            grapheme => grapheme,
        };
        // The cursor needs a column of its own behind the last one.
        if column + width(shown) >= columns {
            laid_out.begin_row();
            column = PROMPT_COLUMNS;
        }
        if at >= cursor && !placed {
            placed = true;
            laid_out.put_cursor(column);
        }
        if grapheme == "\n" {
            laid_out.begin_row();
            column = PROMPT_COLUMNS;
        } else if let Some(row) = laid_out.rows.last_mut() {
            row.push_str(shown);
            column += width(shown);
        }
    }
    if !placed {
        laid_out.put_cursor(column);
    }
    laid_out
}

impl LaidOut {
    fn begin_row(&mut self) {
        self.rows.push(" ".repeat(PROMPT_COLUMNS));
    }

    fn put_cursor(&mut self, column: usize) {
        self.row = self.rows.len() - 1;
        self.column = column;
    }
}
