//! Choosing a message, and what can be done with it.

use super::App;
use super::composer::{Purpose, Target};
use super::mode::{Mode, Question};
use crate::cli::chat::ask::{Ask, Place};
use crate::cli::chat::model::{Message, MessageKind};
use crossterm::event::{KeyCode, KeyEvent};

impl App {
    /// Chooses the lowest message that is seen.
    pub(super) fn begin_selecting(&mut self) {
        let Some((_, last)) = self.seen() else { return };
        let message = self.rooms.current().and_then(|state| state.timeline.messages().get(last));
        if let Some(id) = message.map(|message| message.id.clone()) {
            self.select(id);
        }
    }

    pub(super) fn select(&mut self, id: String) {
        // The lines that tell of the message take room from the timeline.
        self.mode = Mode::Selecting(id.clone());
        self.bring_into_view(&id);
    }

    pub(super) fn press_selecting(&mut self, key: KeyEvent, id: String) {
        let Some(message) = self.message(&id) else { return };
        match key.code {
            KeyCode::Up | KeyCode::Char('k') => self.select_beside(&id, -1),
            KeyCode::Down | KeyCode::Char('j') => self.select_beside(&id, 1),
            KeyCode::PageUp => self.turn_selecting(&id, true),
            KeyCode::PageDown => self.turn_selecting(&id, false),
            KeyCode::Esc | KeyCode::Char('q') => {}
            KeyCode::Char('r') | KeyCode::Enter => self.reply_to(&message),
            KeyCode::Char('e') => self.edit_again(&message),
            KeyCode::Char('d') => self.want_deleted(&message),
            KeyCode::Char('+') => self.react_to(&message),
            KeyCode::Char('g') => self.go_to_quoted(&message),
            _ => self.mode = Mode::Selecting(id),
        }
    }

    /// The message of the current room with this id.
    pub(super) fn message(&self, id: &str) -> Option<Message> {
        self.rooms.current()?.timeline.find(id).cloned()
    }

    /// The newest message that can be meant when none is chosen.
    pub(super) fn newest(&self, own: bool) -> Option<Message> {
        let state = self.rooms.current()?;
        let is =
            |message: &&Message| message.own == own && !message.deleted && message.kind == MessageKind::Text;
        state.timeline.messages().iter().rev().find(is).cloned()
    }

    /// Makes the text being typed an answer to a message.
    pub(super) fn reply_to(&mut self, message: &Message) {
        if message.kind == MessageKind::Dchat {
            return self.warn("lines of #dchat cannot be answered: they have no ids that others know");
        }
        self.composer_mut().target = Some(Target::new(Purpose::Reply, message));
    }

    /// Makes the text being typed a reaction to a message.
    fn react_to(&mut self, message: &Message) {
        if message.kind == MessageKind::Dchat {
            return self.warn("nobody can react to lines of #dchat: they have no ids that others know");
        }
        let composer = self.composer_mut();
        composer.target = Some(Target::new(Purpose::React, message));
        composer.editor.set(":");
    }

    /// Makes the text being typed a change of a message.
    pub(super) fn edit_again(&mut self, message: &Message) {
        if self.is_ours(message) {
            let composer = self.composer_mut();
            composer.target = Some(Target::new(Purpose::Edit, message));
            composer.editor.set(message.text.as_str());
        }
    }

    /// Asks whether a message is to be taken back.
    pub(super) fn want_deleted(&mut self, message: &Message) {
        if self.is_ours(message) {
            let text = format!(
                "Delete \"{}\"? Who has read it keeps what they know, and other programs may keep it. y/n",
                message.text.one_line()
            );
            self.mode = Mode::Asking(Question { text, yes: Ask::Delete { id: message.id.clone() } });
        }
    }

    fn is_ours(&mut self, message: &Message) -> bool {
        let ours = message.own && message.kind == MessageKind::Text && !message.deleted;
        if !ours {
            self.warn("only what you wrote yourself can be changed or deleted");
        }
        ours
    }

    fn select_beside(&mut self, id: &str, by: isize) {
        let Some(state) = self.rooms.current() else { return };
        let messages = state.timeline.messages();
        let at = messages.iter().position(|message| message.id == id).unwrap_or(0);
        let beside = at.saturating_add_signed(by).min(messages.len().saturating_sub(1));
        if let Some(message) = messages.get(beside) {
            let id = message.id.clone();
            self.select(id);
        }
    }

    fn turn_selecting(&mut self, id: &str, up: bool) {
        self.turn(up, false);
        let at = self.seen().map(|(first, last)| if up { first } else { last });
        let messages = self.rooms.current().map(|state| state.timeline.messages()).unwrap_or_default();
        let chosen = at.and_then(|at| messages.get(at)).map_or(id, |message| message.id.as_str()).to_owned();
        self.select(chosen);
    }

    fn go_to_quoted(&mut self, message: &Message) {
        match &message.reply {
            Some(quote) if quote.known => self.go_to(&message.room, &quote.id),
            Some(_) => self.warn("the message that it answers is not here"),
            None => self.warn("it answers no other message"),
        }
    }

    /// Opens a room at a message, and chooses it as soon as it is there.
    pub(super) fn go_to(&mut self, room: &str, id: &str) {
        self.mode = Mode::Typing;
        if !self.rooms.open(room) {
            return self.warn("the room of that message was left");
        }
        if self.message(id).is_some() {
            return self.select(id.to_owned());
        }
        let place = Place::Around(id.to_owned());
        match self.ask(Ask::History { room: room.to_owned(), place: place.clone() }) {
            Err(problem) => self.warn(problem),
            Ok(()) => {
                self.sought = Some(id.to_owned());
                if let Some(state) = self.rooms.current_mut() {
                    state.timeline.await_part(place);
                }
            }
        }
    }
}
