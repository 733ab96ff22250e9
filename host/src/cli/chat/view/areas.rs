//! Which part of the screen is for what.

use ratatui::layout::{Rect, Size};

/// From this width on there is a column with the rooms.
const WITH_ROOMS: u16 = 64;
/// From this width on there is a column with the people, too.
const WITH_PEOPLE: u16 = 100;

/// The parts of the screen. A part that has no room is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Areas {
    pub(crate) title: Rect,
    /// Rooms, timeline and people together.
    pub(crate) middle: Rect,
    pub(crate) rooms: Rect,
    pub(crate) timeline: Rect,
    pub(crate) people: Rect,
    pub(crate) status: Rect,
    /// What has just happened, and what the text being typed is for.
    pub(crate) notes: Rect,
    pub(crate) input: Rect,
}

/// Divides the screen; `notes` and `input` are rows.
pub(crate) fn areas(size: Size, notes: u16, input: u16) -> Areas {
    // On a low screen what is typed matters more than anything else.
    let input = input.clamp(1, (size.height / 3).max(1)).min(size.height);
    let notes = notes.min(size.height.saturating_sub(input + 4));
    let title = size.height.saturating_sub(input + notes).min(1);
    let status = size.height.saturating_sub(input + notes + title).min(1);
    let middle = size.height - input - notes - title - status;
    let mut y = 0;
    let mut rows = |height: u16| {
        y += height;
        Rect::new(0, y - height, size.width, height)
    };
    let [title, middle, status, notes, input] = [title, middle, status, notes, input].map(&mut rows);

    let rooms = if size.width < WITH_ROOMS { 0 } else { (size.width / 5).min(24) };
    let people = if size.width < WITH_PEOPLE { 0 } else { (size.width / 6).min(24) };
    // A line stands between two columns.
    let left = rooms + u16::from(rooms > 0);
    let right = people + u16::from(people > 0);
    let columns = |x: u16, width: u16| Rect::new(x, middle.y, width, middle.height);
    Areas {
        title,
        middle,
        rooms: columns(0, rooms),
        timeline: columns(left, size.width - left - right),
        people: columns(size.width - people, people),
        status,
        notes,
        input,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_timeline_has_what_the_others_leave() {
        let wide = areas(Size::new(120, 40), 1, 2);
        assert_eq!((wide.rooms.width, wide.people.width, wide.timeline.width), (24, 20, 74));
        assert_eq!((wide.timeline.height, wide.input.height, wide.notes.height), (35, 2, 1));
        let narrow = areas(Size::new(40, 12), 0, 1);
        assert_eq!((narrow.rooms.width, narrow.people.width, narrow.timeline.width), (0, 0, 40));
    }

    #[test]
    fn no_screen_is_too_small() {
        for (width, height) in [(0, 0), (1, 1), (5, 3), (200, 2), (3, 100), (65535, 65535)] {
            let areas = areas(Size::new(width, height), 9, 99);
            assert!(areas.input.height <= height && areas.timeline.width <= width);
        }
    }
}
