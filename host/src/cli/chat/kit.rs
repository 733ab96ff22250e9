//! For tests: a model that is given keys and answers, and its screen as text.

use super::app::{App, Effect, Input};
use super::ask::{Ask, Place};
use super::stamp::Clock;
use super::told;
use super::view::{draw, palette::Palette};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;
use serde_json::{Value, json};

/// Noon of the 6th of May 2026.
pub(crate) const NOON: u64 = 1_778_068_800_000;

/// The people of the scene: name and fingerprint.
pub(crate) const BOB: (&str, &str) = ("bob", "b0b0-0000-0000-0001");
pub(crate) const IMPOSTOR: (&str, &str) = ("bob", "bad0-0000-0000-0002");
pub(crate) const ME: (&str, &str) = ("alice", "a11c-0000-0000-0003");

pub(crate) fn room(name: &str) -> Value {
    json!({"room": name.trim_start_matches('#'), "name": name, "kind": "public", "peers": 1, "people": 2})
}

/// A message of the room `lobby`; its number is its minute and its place.
pub(crate) fn message(number: u64, (name, fingerprint): (&str, &str), text: &str) -> Value {
    json!({
        "id": format!("id{number}"), "room": "lobby", "author": fingerprint, "name": name, "fingerprint": fingerprint,
        "self": name == ME.0, "same_name": name == "bob", "time": NOON + number * 60_000, "received": NOON + number * 60_000,
        "kind": "text", "text": text, "state": if name == ME.0 { "pending" } else { "received" },
        "cursor": format!("{number}.0.ff"),
    })
}

/// A conversation of so many messages.
pub(crate) fn conversation(numbers: std::ops::Range<u64>) -> Vec<Value> {
    numbers.map(|number| message(number, BOB, &format!("line {number}"))).collect()
}

pub(crate) struct Scene {
    pub(crate) app: App,
    /// What the model has asked and nobody has answered.
    pub(crate) asked: Vec<Ask>,
    /// What else it wanted.
    pub(crate) wanted: Vec<Effect>,
}

impl Scene {
    /// A model without a connection.
    pub(crate) fn new(width: u16, height: u16) -> Self {
        let app = App::new(Palette::Many, Clock::utc(), Size::new(width, height), None);
        Self { app, asked: Vec::new(), wanted: Vec::new() }
    }

    /// A model in the room `#lobby`, with these messages.
    pub(crate) fn talking(messages: &[Value]) -> Self {
        let mut scene = Self::new(80, 16);
        scene.connect(messages, false);
        scene
    }

    /// Connects and answers all that is asked at the beginning.
    pub(crate) fn connect(&mut self, messages: &[Value], older: bool) {
        self.give(Input::Connected);
        let status = json!({"name": ME.0, "author": ME.1, "fingerprint": ME.1, "peers": 3});
        self.answer(|ask| *ask == Ask::Status, status);
        self.answer(|ask| *ask == Ask::Rooms, json!([room("#lobby"), room("#ops")]));
        self.answer(|ask| matches!(ask, Ask::People { .. }), people());
        self.answer_history(messages, older, false);
    }

    pub(crate) fn answer_history(&mut self, messages: &[Value], older: bool, newer: bool) {
        let history = json!({"messages": messages, "older": older, "newer": newer});
        self.answer(|ask| matches!(ask, Ask::History { .. }), history);
    }

    pub(crate) fn give(&mut self, input: Input) {
        for effect in self.app.handle(input) {
            match effect {
                Effect::Ask(ask) => self.asked.push(ask),
                other => self.wanted.push(other),
            }
        }
    }

    /// Answers the first such question.
    pub(crate) fn answer(&mut self, which: impl Fn(&Ask) -> bool, answer: Value) {
        let at = self.asked.iter().position(which);
        let ask = at.map(|at| self.asked.remove(at));
        let ask = ask.unwrap_or_else(|| panic!("it was not asked: {:?}", self.asked));
        self.give(Input::Answered(ask, Ok(answer)));
    }

    pub(crate) fn tell(&mut self, event: &str, data: Value) {
        let told = told::read(json!({"event": event, "data": data})).unwrap();
        self.give(Input::Told(told));
    }

    pub(crate) fn press(&mut self, code: KeyCode) {
        self.give(Input::Key(KeyEvent::new(code, KeyModifiers::NONE)));
    }

    pub(crate) fn press_with(&mut self, modifiers: KeyModifiers, code: KeyCode) {
        self.give(Input::Key(KeyEvent::new(code, modifiers)));
    }

    pub(crate) fn write(&mut self, text: &str) {
        text.chars().for_each(|character| self.press(KeyCode::Char(character)));
    }

    /// Writes a line and sends it.
    pub(crate) fn enter(&mut self, text: &str) {
        self.write(text);
        self.press(KeyCode::Enter);
    }

    pub(crate) fn typed(&self) -> &str {
        self.app.editor().text()
    }

    pub(crate) fn notice(&self) -> &str {
        self.app.notice.as_ref().map_or("", |notice| notice.text.as_str())
    }

    /// The questions about a history.
    pub(crate) fn histories(&self) -> Vec<Place> {
        let place = |ask: &Ask| match ask {
            Ask::History { place, .. } => Some(place.clone()),
            _ => None,
        };
        self.asked.iter().filter_map(place).collect()
    }

    /// The screen, a row a line, without spaces at the ends.
    pub(crate) fn screen(&self) -> Vec<String> {
        let Size { width, height } = self.app.size;
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| draw(frame, &self.app)).unwrap();
        let buffer = terminal.backend().buffer().clone();
        let rows = buffer.content.chunks(usize::from(width));
        rows.map(|row| row.iter().map(|cell| cell.symbol()).collect::<String>().trim_end().to_owned())
            .collect()
    }
}

fn people() -> Value {
    let person = |(name, fingerprint): (&str, &str)| {
        json!({"author": fingerprint, "fingerprint": fingerprint, "name": name, "names": [name], "last": NOON,
               "self": name == ME.0, "same_name": name == "bob"})
    };
    json!([person(BOB), person(IMPOSTOR), person(ME)])
}
