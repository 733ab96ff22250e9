//! What the node answers.

use super::mode::Mode;
use super::timeline::Freshness;
use super::{App, Effect, Problem};
use crate::cli::chat::ask::{Ask, Place};
use crate::cli::chat::model::{History, Person, Room};
use crate::cli::printable::Label;
use crate::rpc::MethodError;
use serde::de::DeserializeOwned;
use serde_json::Value;

impl App {
    pub(super) fn answered(&mut self, ask: Ask, outcome: Result<Value, Problem>) {
        let result = match outcome {
            Ok(answer) => self.take(&ask, answer),
            Err(Problem::Refused(error)) => Err(refusal(&error)),
            Err(Problem::Lost) => return self.lost(ask),
        };
        if let Err(problem) = result {
            self.refused(ask, &problem);
        }
    }

    /// Takes an answer.
    fn take(&mut self, ask: &Ask, answer: Value) -> Result<(), String> {
        match ask {
            Ask::Status => self.status = read(answer)?,
            Ask::Rooms => {
                self.rooms.replace(read(answer)?);
                self.open_wanted();
                if let Some(wanted) = self.wanted.take() {
                    self.warn(format!("no room {wanted} is joined: /join {wanted}"));
                }
            }
            Ask::People { room } => {
                let people: Vec<Person> = read(answer)?;
                if let Some(state) = self.rooms.get(room) {
                    state.people = people;
                    state.people_freshness = Freshness::Fresh;
                }
            }
            Ask::History { room, place } => self.take_history(room, place, read(answer)?),
            Ask::Search { query, .. } => self.found(query, read(answer)?),
            Ask::Join { .. } => {
                self.take_room(read(answer)?);
            }
            Ask::Direct { text, .. } => {
                let room = self.take_room(read(answer)?);
                if let Some(text) = text.clone() {
                    self.effects.push(Effect::Ask(Ask::Send { room, text, reply: None }));
                }
            }
            Ask::Leave { room } => self.rooms.remove(room),
            Ask::Send { .. } if answer == Value::Bool(false) => {
                self.warn("there is no peer: nobody has heard it");
            }
            Ask::Keep { .. } => {
                let room: Room = read(answer)?;
                self.say(format!("{} is kept for {} on this node", room.name, room.keep));
                self.rooms.update(room);
                // Some of the history may be gone.
                self.rooms.distrust();
            }
            Ask::Rename { .. } => {
                self.status.name = read::<Label>(answer)?;
                self.say(format!("you are {} now", self.status.name));
            }
            Ask::Mute { author, on } => self.minded(author, *on, "muted"),
            Ask::Block { author, on } => self.blocked(author, *on),
            Ask::Read { .. }
            | Ask::Send { .. }
            | Ask::Edit { .. }
            | Ask::Delete { .. }
            | Ask::React { .. }
            | Ask::Topic { .. } => {}
        }
        Ok(())
    }

    fn take_room(&mut self, room: Room) -> String {
        let id = room.room.clone();
        self.rooms.update(room);
        self.rooms.open(&id);
        id
    }

    fn take_history(&mut self, room: &str, place: &Place, history: History) {
        let Some(state) = self.rooms.get(room) else { return };
        if !state.timeline.take(place, history) {
            return;
        }
        if *place == Place::Latest && state.timeline.first_unread.is_none() {
            state.timeline.mark_unread(state.room.read.as_deref(), state.room.unread);
        }
        if let Some(id) = self.sought.take_if(|_| self.rooms.is_current(room)) {
            match self.message(&id) {
                Some(_) => self.select(id),
                None => self.warn("that message is not here any more"),
            }
        }
    }

    /// Whether it was done is not known.
    fn lost(&mut self, ask: Ask) {
        match ask {
            Ask::Send { room, text, .. } => {
                self.give_back(&room, &text);
                self.warn(
                    "the connection was lost: look whether your message is there before you say it again",
                );
            }
            Ask::Search { .. } => self.found_nothing(),
            // What is shown is read again with the next connection.
            _ => {}
        }
    }

    fn give_back(&mut self, room: &str, text: &str) {
        if let Some(state) = self.rooms.get(room)
            && state.composer.editor.text().is_empty()
        {
            state.composer.editor.set(text);
        }
    }

    fn minded(&mut self, author: &str, on: bool, how: &str) {
        let who = self.who(author);
        self.say(format!("{who} is {}{how}", if on { "" } else { "no longer " }));
        self.rooms.distrust();
    }

    fn blocked(&mut self, author: &str, on: bool) {
        self.minded(author, on, "blocked");
        if on {
            self.rooms.leave_out(author);
        }
    }

    fn who(&self, author: &str) -> String {
        let people = self.rooms.current().map(|state| state.people.as_slice()).unwrap_or_default();
        people.iter().find(|person| person.author == author).map_or_else(|| author.to_owned(), Person::handle)
    }

    /// Tells why something was not done, and gives back what was typed for it.
    fn refused(&mut self, ask: Ask, problem: &str) {
        match ask {
            Ask::History { room, .. } => {
                self.sought = None;
                if let Some(state) = self.rooms.get(&room) {
                    state.timeline.give_up();
                }
            }
            Ask::People { room } => {
                if let Some(state) = self.rooms.get(&room) {
                    state.people_freshness = Freshness::Fresh;
                }
            }
            Ask::Search { .. } => self.found_nothing(),
            Ask::Send { room, text, .. } => self.give_back(&room, &text),
            _ => {}
        }
        if matches!(self.mode, Mode::Reading(_)) {
            self.mode = Mode::Typing;
        }
        self.warn(problem);
    }
}

fn read<T: DeserializeOwned>(answer: Value) -> Result<T, String> {
    serde_json::from_value(answer).map_err(|error| format!("the node answers in another form: {error}"))
}

/// The node's words for the user. They may have words of peers in them.
fn refusal(error: &MethodError) -> String {
    let data = error.data.as_ref().and_then(Value::as_str).map(|data| format!(": {data}"));
    Label::new(&format!("{}{}", error.message, data.unwrap_or_default())).to_string()
}
