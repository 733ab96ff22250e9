//! The rows of a timeline that are seen, and how the view moves over them.

use super::message::{Look, rows};
use crate::cli::chat::app::timeline::{Anchor, Timeline};
use ratatui::text::Line;

/// A row of a message: the message's index, and which of its rows.
type Place = (usize, usize);

/// The rows that are seen, from the top, each with the index of its message.
pub(crate) fn window(timeline: &Timeline, look: &Look, height: usize) -> Vec<(usize, Line<'static>)> {
    let Some((mut index, row)) = end(timeline, look) else { return Vec::new() };
    let mut seen = Vec::new();
    let mut wanted = row + 1;
    loop {
        let rows = rows_of(timeline, look, index);
        let skipped = rows.len().saturating_sub(wanted);
        let upwards = rows.into_iter().rev().skip(skipped).map(|row| (index, row));
        seen.extend(upwards.take(height.saturating_sub(seen.len())));
        let Some(above) = index.checked_sub(1).filter(|_| seen.len() < height) else { break };
        (index, wanted) = (above, usize::MAX);
    }
    seen.reverse();
    seen
}

/// Moves the view up by a number of rows, to the first row at most.
pub(crate) fn scroll_up(timeline: &mut Timeline, look: &Look, height: usize, rows: usize) {
    let Some(end) = end(timeline, look) else { return };
    let highest = forth(timeline, look, (0, 0), height.saturating_sub(1));
    let place = back(timeline, look, end, rows).max(highest);
    settle(timeline, look, place);
}

/// Moves the view down by a number of rows, to the last row at most.
pub(crate) fn scroll_down(timeline: &mut Timeline, look: &Look, rows: usize) {
    let Some(end) = end(timeline, look) else { return };
    let place = forth(timeline, look, end, rows);
    settle(timeline, look, place);
}

/// Moves the view no further than it takes to see a whole message, or its beginning.
pub(crate) fn show(timeline: &mut Timeline, look: &Look, height: usize, index: usize) {
    let seen = window(timeline, look, height);
    let whole = count(timeline, look, index);
    let visible = seen.iter().filter(|(of, _)| *of == index).count();
    if visible == whole {
        return;
    }
    let above = seen.first().is_some_and(|(first, _)| index <= *first);
    let place = if above || whole > height {
        forth(timeline, look, (index, 0), height.saturating_sub(1))
    } else {
        (index, whole.saturating_sub(1))
    };
    settle(timeline, look, place);
}

/// The last row that is seen.
fn end(timeline: &Timeline, look: &Look) -> Option<Place> {
    let last = timeline.messages().len().checked_sub(1)?;
    let (index, row) = match &timeline.anchor {
        Anchor::Bottom => (last, usize::MAX),
        Anchor::At { cursor, row } => match timeline.place_of(cursor) {
            Ok(index) => (index, *row),
            // It is gone: what stood above it is the nearest.
            Err(index) => (index.saturating_sub(1).min(last), usize::MAX),
        },
    };
    Some((index, row.min(count(timeline, look, index).saturating_sub(1))))
}

fn settle(timeline: &mut Timeline, look: &Look, (index, row): Place) {
    let last = timeline.messages().len().saturating_sub(1);
    let bottom = index == last && row + 1 >= count(timeline, look, index) && !timeline.has_newer();
    let Some(message) = timeline.messages().get(index) else { return };
    let at = Anchor::At { cursor: message.cursor.clone(), row };
    timeline.anchor = if bottom { Anchor::Bottom } else { at };
}

fn back(timeline: &Timeline, look: &Look, (mut index, mut row): Place, mut rows: usize) -> Place {
    while row < rows {
        let Some(above) = index.checked_sub(1) else { return (0, 0) };
        rows -= row + 1;
        index = above;
        row = count(timeline, look, index).saturating_sub(1);
    }
    (index, row - rows)
}

fn forth(timeline: &Timeline, look: &Look, (mut index, mut row): Place, mut rows: usize) -> Place {
    loop {
        let below = count(timeline, look, index).saturating_sub(row + 1);
        if rows <= below {
            return (index, row + rows);
        }
        if index + 1 >= timeline.messages().len() {
            return (index, row + below);
        }
        rows -= below + 1;
        (index, row) = (index + 1, 0);
    }
}

fn count(timeline: &Timeline, look: &Look, index: usize) -> usize {
    rows_of(timeline, look, index).len()
}

fn rows_of(timeline: &Timeline, look: &Look, index: usize) -> Vec<Line<'static>> {
    let messages = timeline.messages();
    let previous = index.checked_sub(1).and_then(|above| messages.get(above));
    messages.get(index).map(|message| rows(message, previous, look)).unwrap_or_default()
}
