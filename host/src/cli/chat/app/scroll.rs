//! Moving the view over the timeline.

use super::App;
use super::timeline::Anchor;
use crate::cli::chat::view::areas::{Areas, areas};
use crate::cli::chat::view::message::Look;
use crate::cli::chat::view::{input, notes, window};

/// How many rows stay when a page is turned.
const OVERLAP: usize = 2;

impl App {
    /// The parts of the screen.
    pub(crate) fn areas(&self) -> Areas {
        let rows = |count: usize| u16::try_from(count).unwrap_or(u16::MAX);
        let columns = usize::from(self.size.width);
        areas(self.size, rows(notes::notes(self).len()), rows(input::height(self.editor(), columns)))
    }

    /// Turns a page, or a half of one.
    pub(super) fn turn(&mut self, up: bool, half: bool) {
        let page = usize::from(self.areas().timeline.height).saturating_sub(OVERLAP);
        let rows = if half { page / 2 } else { page }.max(1);
        self.moved(|timeline, look, height| match up {
            true => window::scroll_up(timeline, look, height, rows),
            false => window::scroll_down(timeline, look, rows),
        });
    }

    /// To the oldest message at hand.
    pub(super) fn go_to_top(&mut self) {
        self.moved(|timeline, look, height| window::scroll_up(timeline, look, height, usize::MAX / 2));
    }

    /// To the newest message there is.
    pub(super) fn go_to_bottom(&mut self) {
        if let Some(state) = self.rooms.current_mut() {
            state.timeline.anchor = Anchor::Bottom;
            if state.timeline.has_newer() {
                state.timeline.distrust();
            }
        }
    }

    /// Makes a message seen.
    pub(super) fn bring_into_view(&mut self, id: &str) {
        self.moved(|timeline, look, height| {
            if let Some(index) = timeline.messages().iter().position(|message| message.id == id) {
                window::show(timeline, look, height, index);
            }
        });
    }

    /// Whether the newest message is seen as soon as it comes.
    pub(crate) fn at_bottom(&self) -> bool {
        let timeline = self.rooms.current().map(|state| &state.timeline);
        timeline.is_none_or(|timeline| timeline.anchor == Anchor::Bottom && !timeline.has_newer())
    }

    /// The indices of the first and the last message that are seen.
    pub(super) fn seen(&self) -> Option<(usize, usize)> {
        let state = self.rooms.current()?;
        let area = self.areas().timeline;
        let look = self.look(usize::from(area.width), state.timeline.first_unread.as_deref());
        let rows = window::window(&state.timeline, &look, area.height.into());
        Some((rows.first()?.0, rows.last()?.0))
    }

    /// How messages are shown.
    pub(crate) fn look<'a>(&'a self, columns: usize, first_unread: Option<&'a str>) -> Look<'a> {
        Look { columns, palette: self.palette, clock: &self.clock, first_unread }
    }

    fn moved(&mut self, change: impl FnOnce(&mut super::timeline::Timeline, &Look, usize)) {
        let area = self.areas().timeline;
        let (palette, clock) = (self.palette, self.clock.clone());
        let Some(state) = self.rooms.current_mut() else { return };
        let first_unread = state.timeline.first_unread.clone();
        let look = Look {
            columns: area.width.into(),
            palette,
            clock: &clock,
            first_unread: first_unread.as_deref(),
        };
        change(&mut state.timeline, &look, area.height.into());
    }
}
