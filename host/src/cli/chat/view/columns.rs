//! The columns beside the timeline: rooms and people.

use super::palette::Palette;
use super::put;
use super::wrap::{shorten, width};
use crate::cli::chat::app::{App, RoomState};
use crate::cli::chat::model::Person;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

/// The rooms, with what is unread in each.
pub(super) fn rooms(buffer: &mut Buffer, area: Rect, app: &App) {
    if area.width == 0 {
        return;
    }
    let rooms = app.rooms.list();
    let current = app.rooms.current().map(|state| state.room.room.as_str());
    let at = rooms.iter().position(|state| Some(state.room.room.as_str()) == current).unwrap_or(0);
    let above = (at + 1).saturating_sub(area.height.into());
    let rows: Vec<_> = rooms
        .iter()
        .skip(above)
        .map(|state| {
            let line = room(state, area.width.into(), app.palette);
            if Some(state.room.room.as_str()) == current { line.patch_style(Palette::bar()) } else { line }
        })
        .collect();
    put(buffer, area, &rows);
    separate(buffer, area, area.right(), app.palette);
}

/// The people of the current room.
pub(super) fn people(buffer: &mut Buffer, area: Rect, app: &App) {
    if area.width == 0 {
        return;
    }
    let people = app.rooms.current().map(|state| state.people.as_slice()).unwrap_or_default();
    let mut rows: Vec<_> = people
        .iter()
        .filter(|person| !person.blocked)
        .map(|one| person(one, area.width.into(), app.palette))
        .collect();
    let height = usize::from(area.height);
    if rows.len() > height {
        let more = rows.len() + 1 - height;
        rows.truncate(height.saturating_sub(1));
        rows.push(Line::styled(format!("and {more} more"), app.palette.faint()));
    }
    put(buffer, area, &rows);
    separate(buffer, area, area.left().saturating_sub(1), app.palette);
}

fn room(state: &RoomState, columns: usize, palette: Palette) -> Line<'static> {
    let room = &state.room;
    let count = match (room.mentions, room.unread) {
        (0, 0) => String::new(),
        (0, unread) => format!(" {unread}"),
        (mentions, unread) => format!(" {unread} @{mentions}"),
    };
    let style = if room.unread > 0 { Palette::strong() } else { Style::new() };
    let counted = if room.mentions > 0 { palette.accent() } else { style };
    let name = shorten(room.name.as_str(), columns.saturating_sub(width(&count)));
    let between = columns.saturating_sub(width(&name) + width(&count));
    Line::from(vec![Span::styled(name, style), Span::raw(" ".repeat(between)), Span::styled(count, counted)])
}

fn person(person: &Person, columns: usize, palette: Palette) -> Line<'static> {
    let name = shorten(&person.handle(), columns);
    let style = palette.author(Some(person.fingerprint.as_str()));
    Line::styled(
        name,
        match (person.muted, person.own) {
            (true, _) => palette.faint().add_modifier(Modifier::CROSSED_OUT),
            (false, true) => style.add_modifier(Modifier::BOLD),
            (false, false) => style,
        },
    )
}

/// A line from top to bottom.
fn separate(buffer: &mut Buffer, area: Rect, x: u16, palette: Palette) {
    let line = Rect::new(x, area.y, 1, area.height).intersection(buffer.area);
    let rows: Vec<_> = line.rows().map(|_| Line::styled("│", palette.faint())).collect();
    put(buffer, line, &rows);
}
