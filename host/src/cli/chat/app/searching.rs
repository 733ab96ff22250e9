//! Searching all rooms, and going to what was found.

use super::App;
use super::mode::{Mode, Search};
use crate::cli::chat::ask::Ask;
use crate::cli::chat::model::Found;
use crossterm::event::{KeyCode, KeyEvent};

/// How many results a page key passes.
const PAGE: usize = 10;

impl App {
    /// Begins to look for words.
    pub(super) fn search(&mut self, query: &str) -> Result<(), String> {
        self.ask(Ask::Search { query: query.to_owned(), before: None })?;
        self.mode = Mode::Searching(Search { query: query.to_owned(), looking: true, ..Search::default() });
        Ok(())
    }

    /// Takes what was found, if it is still what is looked for.
    pub(super) fn found(&mut self, query: &str, found: Found) {
        if let Mode::Searching(search) = &mut self.mode
            && search.query == query
        {
            search.looking = false;
            search.more = found.more && !found.messages.is_empty();
            search.found.extend(found.messages);
        }
    }

    /// The search has failed.
    pub(super) fn found_nothing(&mut self) {
        if let Mode::Searching(search) = &mut self.mode {
            (search.looking, search.more) = (false, false);
        }
    }

    pub(super) fn press_searching(&mut self, key: KeyEvent, mut search: Search) {
        let last = search.found.len().saturating_sub(1);
        search.chosen = match key.code {
            KeyCode::Up | KeyCode::Char('k') => search.chosen.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => search.chosen + 1,
            KeyCode::PageUp => search.chosen.saturating_sub(PAGE),
            KeyCode::PageDown => search.chosen + PAGE,
            KeyCode::Home => 0,
            KeyCode::End => last,
            KeyCode::Enter => {
                let chosen = search.found.get(search.chosen);
                if let Some((room, id)) = chosen.map(|message| (message.room.clone(), message.id.clone())) {
                    self.go_to(&room, &id);
                }
                return;
            }
            KeyCode::Esc | KeyCode::Char('q') => return,
            _ => search.chosen,
        }
        .min(last);
        let oldest = search.found.last().map(|message| message.cursor.clone());
        if search.chosen == last && search.more && !search.looking && oldest.is_some() {
            search.looking = self.ask(Ask::Search { query: search.query.clone(), before: oldest }).is_ok();
        }
        self.mode = Mode::Searching(search);
    }
}
