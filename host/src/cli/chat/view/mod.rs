//! What the terminal shows: the state as cells of the screen, and nothing that is not in the state.

pub(crate) mod areas;
mod columns;
pub(crate) mod input;
pub(crate) mod message;
pub(crate) mod notes;
mod pages;
pub(crate) mod palette;
mod status;
#[cfg(test)]
mod tests;
pub(crate) mod window;
pub(crate) mod wrap;

use super::app::{App, Mode};
use palette::Palette;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

/// Draws everything.
pub(crate) fn draw(frame: &mut Frame<'_>, app: &App) {
    let areas = app.areas();
    let buffer = frame.buffer_mut();
    put(buffer, areas.title, &[status::title(app, areas.title.width.into())]);
    match &app.mode {
        Mode::Searching(search) => pages::search(buffer, areas.middle, app, search),
        Mode::Reading(panel) => pages::panel(buffer, areas.middle, panel),
        Mode::Typing | Mode::Selecting(_) | Mode::Asking(_) => {
            timeline(buffer, areas.timeline, app);
            columns::rooms(buffer, areas.rooms, app);
            columns::people(buffer, areas.people, app);
        }
    }
    put(buffer, areas.status, &[status::bar(app, areas.status.width.into())]);
    buffer.set_style(areas.status, Palette::bar());
    put(buffer, areas.notes, &notes::notes(app));
    let cursor = input::draw(buffer, areas.input, app);
    if let (Mode::Typing | Mode::Reading(_), Some(cursor)) = (&app.mode, cursor) {
        frame.set_cursor_position(cursor);
    }
}

/// The messages, the last row at the bottom.
fn timeline(buffer: &mut Buffer, area: Rect, app: &App) {
    let Some(state) = app.rooms.current() else {
        return put(buffer, area, &[Line::styled("No room yet: /join #lobby", app.palette.faint())]);
    };
    let look = app.look(area.width.into(), state.timeline.first_unread.as_deref());
    let seen = window::window(&state.timeline, &look, area.height.into());
    if seen.is_empty() {
        return put(buffer, area, &[Line::styled(status::emptiness(app), app.palette.faint())]);
    }
    let selected = match &app.mode {
        Mode::Selecting(id) => state.timeline.messages().iter().position(|message| message.id == *id),
        _ => None,
    };
    let free = usize::from(area.height).saturating_sub(seen.len());
    let rows: Vec<_> = std::iter::repeat_n(Line::default(), free)
        .chain(seen.into_iter().map(|(index, row)| match Some(index) == selected {
            true => row.patch_style(Palette::bar()),
            false => row,
        }))
        .collect();
    put(buffer, area, &rows);
}

/// Puts rows into an area, from its top; what has no room is left out.
fn put(buffer: &mut Buffer, area: Rect, rows: &[Line<'_>]) {
    let area = area.intersection(buffer.area);
    for (row, y) in rows.iter().zip(area.rows()) {
        buffer.set_line(y.x, y.y, row, y.width);
    }
}
