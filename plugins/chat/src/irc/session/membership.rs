//! `JOIN` and `PART`: which rooms a client shows.

use super::Session;
use super::channel::{self, MEMBERS};
use crate::irc::backend::Backend;
use crate::irc::book;
use crate::irc::caps::Cap;
use crate::irc::line::{LINE, Line, SERVER};
use crate::irc::nick;
use crate::irc::request::Request;
use crate::service::{ChatError, Person, Room, RoomKind};
use irc_proto::Response;

impl<B: Backend> Session<B> {
    /// A key is the passphrase of a private room.
    pub(super) fn join(&mut self, request: &Request) -> Result<(), ChatError> {
        let Some(names) = request.param(0) else {
            self.needs_more(request);
            return Ok(());
        };
        if names == "0" {
            let names: Vec<_> = self.channels.all().map(|channel| channel.name.clone()).collect();
            names.iter().for_each(|name| self.leave(name, "Left all channels"));
            return Ok(());
        }
        let mut keys = request.param(1).unwrap_or_default().split(',');
        for name in names.split(',') {
            let key = keys.next().filter(|key| !key.is_empty());
            if let Err(error) = self.join_one(name, key) {
                self.reply_about(Response::ERR_NOSUCHCHANNEL, name, &error.to_string());
            }
        }
        Ok(())
    }

    fn join_one(&mut self, name: &str, key: Option<&str>) -> Result<(), ChatError> {
        if !name.starts_with('#') {
            self.reply_about(Response::ERR_NOSUCHCHANNEL, name, "Rooms begin with #");
            return Ok(());
        }
        if key.is_none() && self.channels.find(name).is_some() {
            return Ok(());
        }
        if self.channels.is_full() {
            self.reply_about(Response::ERR_TOOMANYCHANNELS, name, "You have joined too many channels");
            return Ok(());
        }
        let joined = match key {
            Some(key) => self.chat.join(name, Some(key))?,
            None => match channel::room_named(name, &self.chat.rooms()?) {
                Some(room) => room.clone(),
                None => self.chat.join(name, None)?,
            },
        };
        if self.channels.of_room(&joined.room).is_none() {
            self.enter(name, &joined)?;
        }
        Ok(())
    }

    /// Puts the client on a room's channel, and shows it what there is.
    fn enter(&mut self, wanted: &str, room: &Room) -> Result<(), ChatError> {
        let people = self.chat.people(&room.room)?;
        let mut shown: Vec<_> =
            people.iter().filter(|person| !person.blocked && !person.own).take(MEMBERS).collect();
        shown.reverse();
        let mut members: Vec<_> = shown.into_iter().map(|person| self.know(person)).collect();
        members.push(self.me.author.clone());
        let rooms = self.chat.rooms()?;
        let name = self.channels.add(room, &rooms, members).name.clone();
        if nick::folded(&name) != nick::folded(wanted) {
            let line = Line::number(470, &self.me.nick).param(wanted).param(&name);
            self.out.push(line.text("Forwarding to another channel: there are several rooms with this name"));
        }
        self.out.push(Line::from(self.me.source(), "JOIN").param(&name));
        if !room.topic.is_empty() {
            self.reply_about(Response::RPL_TOPIC, &name, &room.topic);
        }
        self.names_of(&name);
        if !self.caps.has(Cap::ChatHistory) {
            self.play_back(&room.room)?;
        }
        Ok(())
    }

    /// Takes a person down; what this client calls them is their nick from now on.
    fn know(&mut self, person: &Person) -> String {
        let known = self.book.lock().introduce(&person.author, &person.fingerprint, &person.name);
        self.shown.entry(known.author.clone()).or_insert(known.nick);
        known.author
    }

    /// The room stays joined, and its history is kept.
    pub(super) fn part(&mut self, request: &Request) -> Result<(), ChatError> {
        let Some(names) = request.param(0) else {
            self.needs_more(request);
            return Ok(());
        };
        for name in names.split(',') {
            if self.channels.find(name).is_some() {
                self.leave(name, request.param(1).unwrap_or_default());
            } else {
                self.reply_about(Response::ERR_NOTONCHANNEL, name, "You're not on that channel");
            }
        }
        Ok(())
    }

    pub(super) fn leave(&mut self, name: &str, why: &str) {
        if let Some(channel) = self.channels.remove(name) {
            let line = Line::from(self.me.source(), "PART").param(channel.name);
            self.out.push(if why.is_empty() { line } else { line.text(why) });
        }
    }

    pub(super) fn names(&mut self, request: &Request) -> Result<(), ChatError> {
        let Some(names) = request.param(0) else {
            self.reply_about(Response::RPL_ENDOFNAMES, "*", "End of NAMES list");
            return Ok(());
        };
        names.split(',').for_each(|name| self.names_of(name));
        Ok(())
    }

    fn names_of(&mut self, name: &str) {
        let mut lines = Vec::new();
        if let Some(channel) = self.channels.find(name) {
            let start = self.numeric(Response::RPL_NAMREPLY).param(channel.mark()).param(&channel.name);
            // `:server 353 nick = #channel :`
            let room = LINE - (SERVER.len() + self.me.nick.len() + channel.name.len() + 14);
            let mut text = String::new();
            for nick in self.nicks_in(channel.members(), channel.kind) {
                if !text.is_empty() && text.len() + 1 + nick.len() > room {
                    lines.push(start.clone().text(std::mem::take(&mut text)));
                }
                text.push_str(if text.is_empty() { "" } else { " " });
                text.push_str(&nick);
            }
            lines.push(start.text(text));
        }
        self.out.extend(lines);
        self.reply_about(Response::RPL_ENDOFNAMES, name, "End of NAMES list");
    }

    /// The nicks of a channel's members as this client knows them.
    pub(super) fn nicks_in(&self, members: &[String], kind: RoomKind) -> Vec<String> {
        let nick = |author: &String| {
            if *author == self.me.author { Some(&self.me.nick) } else { self.shown.get(author) }.cloned()
        };
        let dchat = (kind == RoomKind::Dchat).then(|| nick::DCHAT.to_owned());
        members.iter().rev().filter_map(nick).chain(dchat).collect()
    }

    /// What stands before the lines of those who have not signed them.
    pub(super) fn dchat_source() -> String {
        book::source(nick::DCHAT, nick::DCHAT)
    }
}
