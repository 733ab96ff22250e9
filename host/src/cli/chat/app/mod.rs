//! The terminal's model: a state, to which an input is given, and which answers with effects. No I/O, no clock.
//!
//! `keys` and `events` and `answers` take the inputs, `settle` asks for whatever is missing after each of them.

mod act;
mod answers;
mod command;
mod completion;
mod composer;
mod editor;
mod emoji;
mod events;
mod help;
mod keys;
mod mode;
mod people;
mod recall;
mod rooms;
mod scroll;
mod searching;
mod selecting;
mod settle;
#[cfg(test)]
mod tests;
pub(crate) mod timeline;

pub(crate) use command::secret_from;
pub(crate) use composer::{Composer, Purpose};
pub(crate) use editor::Editor;
pub(crate) use mode::{Mode, Panel, Search};
pub(crate) use rooms::{RoomState, Rooms};

use super::ask::Ask;
use super::model::Status;
use super::stamp::Clock;
use super::told::Told;
use super::view::palette::Palette;
use crate::rpc::MethodError;
use completion::Completion;
use crossterm::event::KeyEvent;
use ratatui::layout::Size;
use recall::Recall;
use serde_json::Value;

/// Something that has happened.
#[derive(Debug)]
pub(crate) enum Input {
    Key(KeyEvent),
    Pasted(String),
    Resized(Size),
    /// Whether the terminal's window is looked at.
    Focused(bool),
    /// There is a connection, and from here on everything is told.
    Connected,
    /// There is none, and why.
    Disconnected(String),
    Told(Told),
    /// The node's answer.
    Answered(Ask, Result<Value, Problem>),
}

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Problem {
    /// The node says why.
    Refused(MethodError),
    /// The connection was lost: what was asked for may have been done, or not.
    Lost,
}

/// Something to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Effect {
    Ask(Ask),
    Quit,
    /// The screen may show something else than what was drawn.
    Redraw,
    /// The process is to be stopped until the user wants it back.
    Suspend,
    /// Something wants attention that the window does not have.
    Bell,
}

/// Whether the node can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Connection {
    Connecting,
    Live,
    /// Why there is none.
    Lost(String),
}

/// A line for the user, until the next key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) text: String,
    /// Whether something went wrong.
    pub(crate) alert: bool,
}

/// The whole state.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) connection: Connection,
    pub(crate) status: Status,
    pub(crate) rooms: Rooms,
    pub(crate) mode: Mode,
    pub(crate) notice: Option<Notice>,
    pub(crate) palette: Palette,
    pub(crate) clock: Clock,
    pub(crate) size: Size,
    focused: bool,
    /// What is typed while there is no room.
    nowhere: Composer,
    recall: Recall,
    completion: Option<Completion>,
    /// The room that is opened as soon as it is there, by name or id.
    wanted: Option<String>,
    /// The message that is chosen as soon as it is there.
    sought: Option<String>,
    effects: Vec<Effect>,
}

impl App {
    /// Nothing is known yet; `room` is to be opened.
    pub(crate) fn new(palette: Palette, clock: Clock, size: Size, room: Option<String>) -> Self {
        Self {
            connection: Connection::Connecting,
            status: Status::default(),
            rooms: Rooms::default(),
            mode: Mode::Typing,
            notice: None,
            palette,
            clock,
            size,
            focused: true,
            nowhere: Composer::default(),
            recall: Recall::default(),
            completion: None,
            wanted: room,
            sought: None,
            effects: Vec::new(),
        }
    }

    /// Takes what has happened: what is to be done.
    pub(crate) fn handle(&mut self, input: Input) -> Vec<Effect> {
        match input {
            Input::Key(key) => self.press(key),
            Input::Pasted(text) => self.paste(&text),
            Input::Resized(size) => self.size = size,
            Input::Focused(focused) => self.focused = focused,
            Input::Connected => self.connected(),
            Input::Disconnected(reason) => self.disconnected(reason),
            Input::Told(told) => self.told(told),
            Input::Answered(ask, outcome) => self.answered(ask, outcome),
        }
        self.settle();
        std::mem::take(&mut self.effects)
    }

    /// The text being typed.
    pub(crate) fn editor(&self) -> &Editor {
        &self.composer().editor
    }

    /// The text being typed, with what it is for.
    pub(crate) fn composer(&self) -> &Composer {
        self.rooms.current().map_or(&self.nowhere, |state| &state.composer)
    }

    fn composer_mut(&mut self) -> &mut Composer {
        match self.rooms.current_mut() {
            Some(state) => &mut state.composer,
            None => &mut self.nowhere,
        }
    }

    fn connected(&mut self) {
        self.connection = Connection::Live;
        self.rooms.distrust();
        self.effects.extend([Effect::Ask(Ask::Status), Effect::Ask(Ask::Rooms)]);
    }

    fn disconnected(&mut self, reason: String) {
        self.connection = Connection::Lost(reason);
        self.rooms.distrust();
    }

    /// Asks the node.
    ///
    /// # Errors
    /// When there is none to ask, for the user.
    fn ask(&mut self, ask: Ask) -> Result<(), String> {
        if self.connection != Connection::Live {
            return Err("not connected: nothing was done".to_owned());
        }
        self.effects.push(Effect::Ask(ask));
        Ok(())
    }

    fn say(&mut self, text: impl Into<String>) {
        self.notice = Some(Notice { text: text.into(), alert: false });
    }

    fn warn(&mut self, text: impl Into<String>) {
        self.notice = Some(Notice { text: text.into(), alert: true });
    }
}
