//! What takes the place of the timeline for a while: what a search found, and texts to read.

use super::palette::Palette;
use super::put;
use super::wrap::{shorten, wrap};
use crate::cli::chat::app::{App, Panel, Search};
use crate::cli::chat::model::Message;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// How far the rows of a line stand in, after the first.
const HANGING: usize = 4;

/// The messages found, the newest first.
pub(super) fn search(buffer: &mut Buffer, area: Rect, app: &App, search: &Search) {
    let (columns, height) = (usize::from(area.width), usize::from(area.height));
    let mut rows: Vec<_> = search.found.iter().map(|message| found(app, message, columns)).collect();
    if let Some(chosen) = rows.get_mut(search.chosen) {
        *chosen = std::mem::take(chosen).patch_style(Palette::bar());
    }
    let end = match (search.looking, search.more, search.found.is_empty()) {
        (true, ..) => "looking …",
        (false, true, _) => "older ones come by going on",
        (false, false, true) => "nothing was found",
        (false, false, false) => "that is all",
    };
    rows.push(Line::styled(end, app.palette.faint()));
    let above = (search.chosen + 2).saturating_sub(height);
    put(buffer, area, rows.get(above..).unwrap_or_default());
}

/// A text to read, below its title.
pub(super) fn panel(buffer: &mut Buffer, area: Rect, panel: &Panel) {
    let columns = usize::from(area.width).saturating_sub(HANGING).max(1);
    let mut rows = vec![Line::styled(panel.title.clone(), Palette::strong())];
    for line in panel.lines.iter().skip(panel.above) {
        for (number, row) in wrap(line, columns).into_iter().enumerate() {
            let indent = if number == 0 { 0 } else { HANGING };
            rows.push(Line::from(format!("{:indent$}{row}", "")));
        }
    }
    put(buffer, area, &rows);
}

fn found(app: &App, message: &Message, columns: usize) -> Line<'static> {
    let (date, room) = (app.clock.full(message.time), app.rooms.name(&message.room).to_owned());
    let before = format!("{} {room} ", date.get(..16).unwrap_or_default());
    let handle = message.handle();
    let taken = before.chars().count() + handle.chars().count() + 1;
    let text = shorten(&message.text.one_line(), columns.saturating_sub(taken));
    let name = app.palette.author(message.fingerprint.as_ref().map(|label| label.as_str()));
    Line::from(vec![
        Span::styled(before, app.palette.faint()),
        Span::styled(handle, name),
        Span::raw(format!(" {text}")),
    ])
}
