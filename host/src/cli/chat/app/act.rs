//! Does what was typed.

use super::command::{Command, parse, secret_from};
use super::composer::{Composer, Purpose, Target};
use super::mode::{Mode, Question};
use super::{App, Effect, emoji, people};
use crate::cli::chat::ask::Ask;
use crate::cli::chat::model::{Message, Person, Room, RoomKind};

impl App {
    /// Does what was typed. The text stays there when it cannot be done.
    pub(super) fn submit(&mut self) {
        let text = self.editor().text().to_owned();
        if text.trim().is_empty() {
            return;
        }
        let target = self.composer().target.clone();
        let room = self.rooms.current().map(|state| state.room.room.clone());
        let done = match target {
            Some(target) if target.purpose == Purpose::React => self.react(&target.id, &text),
            target => match parse(&text) {
                Ok(Command::Say(text)) => self.speak(&text, target),
                Ok(command) => self.perform(command),
                Err(problem) => Err(problem),
            },
        };
        match done {
            Ok(()) => self.done(&text, room.as_deref()),
            Err(problem) => self.warn(problem),
        }
    }

    /// Makes room for the next text where this one was typed.
    fn done(&mut self, text: &str, room: Option<&str>) {
        // What has a passphrase in it is not brought back to the screen.
        if secret_from(text).is_none() {
            self.recall.push(text);
        }
        let state = room.and_then(|id| self.rooms.get(id));
        *state.map_or(&mut self.nowhere, |state| &mut state.composer) = Composer::default();
    }

    /// Says a text in the current room, or changes the message that it is for.
    fn speak(&mut self, text: &str, target: Option<Target>) -> Result<(), String> {
        let Some(state) = self.rooms.current() else {
            return Err("there is no room to say it in: /join #lobby".to_owned());
        };
        let (room, text) = (state.room.room.clone(), text.to_owned());
        let ask = match target {
            Some(Target { purpose: Purpose::Edit, id, .. }) => Ask::Edit { id, text },
            target => Ask::Send { room, text, reply: target.map(|target| target.id) },
        };
        self.ask(ask)?;
        self.go_to_bottom();
        // Who answers has read.
        if let Some(state) = self.rooms.current_mut() {
            state.timeline.first_unread = None;
        }
        Ok(())
    }

    fn perform(&mut self, command: Command) -> Result<(), String> {
        match command {
            Command::Say(text) => self.speak(&text, None),
            Command::Join { name, passphrase } => self.join(name, passphrase),
            Command::Leave(name) => self.leave(name.as_deref()),
            Command::Message(rest) => self.message_to(&rest),
            Command::Topic(text) => self.topic(text),
            Command::Keep(days) => self.keep(days),
            Command::Nick(name) => self.ask(Ask::Rename { name }),
            Command::Search(query) => self.search(&query),
            Command::Reply(text) => {
                let id = self.one(false)?.id;
                let room = self.room_id()?;
                self.ask(Ask::Send { room, text, reply: Some(id) })
            }
            Command::Edit(text) => {
                let id = self.one(true)?.id;
                self.ask(Ask::Edit { id, text })
            }
            Command::Delete => {
                let message = self.one(true)?;
                self.want_deleted(&message);
                Ok(())
            }
            Command::React(typed) => {
                let id = self.one(false)?.id;
                self.react(&id, &typed)
            }
            Command::Mute { who, on } => {
                let author = self.person(&who)?;
                self.ask(Ask::Mute { author, on })
            }
            Command::Block { who, on } => {
                let author = self.person(&who)?;
                self.ask(Ask::Block { author, on })
            }
            Command::People | Command::Identity | Command::Help | Command::Quit => {
                self.do_here(&command);
                Ok(())
            }
        }
    }

    /// What needs no node.
    fn do_here(&mut self, command: &Command) {
        match command {
            Command::People => self.show_people(),
            Command::Identity => self.show_identity(),
            Command::Help => self.show_help(),
            _ => self.effects.push(Effect::Quit),
        }
    }

    /// A room that is there is only opened: asking for it would change nothing.
    fn join(&mut self, name: String, passphrase: Option<String>) -> Result<(), String> {
        let there =
            self.rooms.find(&name).filter(|_| passphrase.is_none()).map(|state| state.room.room.clone());
        match there {
            Some(id) => {
                self.rooms.open(&id);
                Ok(())
            }
            None if name.starts_with('@') => self.message_to(&name),
            None => self.ask(Ask::Join { name, passphrase }),
        }
    }

    fn leave(&mut self, name: Option<&str>) -> Result<(), String> {
        let state = match name {
            Some(name) => self.rooms.find(name).ok_or_else(|| format!("no room {name} is joined"))?,
            None => self.rooms.current().ok_or("there is no room to leave")?,
        };
        if state.room.kind == RoomKind::Dchat {
            return Err("#dchat cannot be left: it is what the direct neighbours say".to_owned());
        }
        let text = format!("Leave {} and forget its history on this node? y/n", state.room.name);
        self.mode = Mode::Asking(Question { text, yes: Ask::Leave { room: state.room.room.clone() } });
        Ok(())
    }

    fn message_to(&mut self, rest: &str) -> Result<(), String> {
        let (author, text) = match people::find(self.people(), rest) {
            Ok((person, _)) if person.own => return Err("that is you".to_owned()),
            Ok((person, text)) => (person.author.clone(), text),
            // Somebody who has said nothing here yet, known by the key.
            Err(_) if is_key(rest) => {
                (first_word(rest).to_owned(), rest.trim_start_matches(first_word(rest)).trim())
            }
            Err(problem) => return Err(problem),
        };
        let text = Some(text.to_owned()).filter(|text| !text.is_empty());
        self.ask(Ask::Direct { author, text })
    }

    fn topic(&mut self, text: Option<String>) -> Result<(), String> {
        let Some(state) = self.rooms.current() else { return Err("there is no room".to_owned()) };
        match text {
            Some(text) => self.ask(Ask::Topic { room: state.room.room.clone(), text }),
            None => {
                self.say(match state.room.topic.as_str() {
                    "" => format!("{} has no topic", state.room.name),
                    topic => format!("the topic of {}: {topic}", state.room.name),
                });
                Ok(())
            }
        }
    }

    /// What goes cannot be brought back, so less than now is asked for.
    fn keep(&mut self, days: Option<u32>) -> Result<(), String> {
        let Some(Room { room, name, keep, .. }) = self.rooms.current().map(|state| &state.room) else {
            return Err("there is no room".to_owned());
        };
        let Some(days) = days else {
            self.say(format!("{name} is kept for {keep} on this node"));
            return Ok(());
        };
        let ask = Ask::Keep { room: room.clone(), days };
        if days >= keep.days {
            return self.ask(ask);
        }
        let how = if days == 0 { "as configured".to_owned() } else { format!("for {days} days only") };
        let text = format!("Keep {name} {how} on this node, and forget what is older? y/n");
        self.mode = Mode::Asking(Question { text, yes: ask });
        Ok(())
    }

    /// Reacts to a message; no longer, if the same emoji is there of this user.
    fn react(&mut self, id: &str, typed: &str) -> Result<(), String> {
        let emoji = emoji::read(typed)?;
        let mine =
            |message: &Message| message.reactions.iter().any(|old| old.own && old.emoji.as_str() == emoji);
        let on = !self.message(id).as_ref().is_some_and(mine);
        self.ask(Ask::React { id: id.to_owned(), emoji, on })
    }

    fn room_id(&self) -> Result<String, String> {
        self.rooms.current().map(|state| state.room.room.clone()).ok_or_else(|| "there is no room".to_owned())
    }

    /// The newest message that can be meant.
    fn one(&self, own: bool) -> Result<Message, String> {
        let whose = if own { "of your own" } else { "of others" };
        self.newest(own).ok_or_else(|| format!("there is no message {whose} here"))
    }

    fn people(&self) -> &[Person] {
        self.rooms.current().map(|state| state.people.as_slice()).unwrap_or_default()
    }

    /// The key of who is meant, with nothing after the name.
    fn person(&self, who: &str) -> Result<String, String> {
        match people::find(self.people(), who)? {
            (person, _) if person.own => Err("that is you".to_owned()),
            (person, "") => Ok(person.author.clone()),
            (person, rest) => Err(format!("{rest} is too much behind {}", person.handle())),
        }
    }
}

fn first_word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or_default()
}

fn is_key(text: &str) -> bool {
    let key = first_word(text);
    key.len() == 64 && key.bytes().all(|digit| digit.is_ascii_hexdigit())
}
