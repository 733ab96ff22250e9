//! What a client asks the server itself, and what is only answered to be polite.

use super::channel::{self, Channel};
use super::{Next, Session};
use crate::irc::backend::Backend;
use crate::irc::line::{Line, SERVER};
use crate::irc::request::Request;
use crate::irc::when;
use crate::service::{ChatError, RoomKind};
use irc_proto::Response;

/// What `VERSION` tells.
pub(super) const VERSION: &str = concat!("backplane-chat-", env!("CARGO_PKG_VERSION"));

impl<B: Backend> Session<B> {
    pub(super) fn query(&mut self, request: &Request) {
        match request.verb.as_str() {
            "PING" => {
                let line = Line::server("PONG").param(SERVER);
                self.out.push(line.text(request.param(0).unwrap_or(SERVER)));
            }
            "PONG" => (),
            "QUIT" => {
                self.end("Quit");
                self.next = Next::Close { refused: false };
            }
            "CAP" => self.cap(request),
            "AUTHENTICATE" => self.authenticate(request),
            "PASS" | "USER" => self.reply(Response::ERR_ALREADYREGISTRED, "You may not reregister"),
            "MOTD" => self.motd(),
            "LUSERS" => self.lusers(),
            "VERSION" => {
                let line = self.numeric(Response::RPL_VERSION).param(VERSION).param(SERVER);
                self.out.push(line.text("A node of Backplane"));
            }
            "TIME" => {
                let time = when::iso(self.now);
                self.reply_about(Response::RPL_TIME, SERVER, &time);
            }
            "AWAY" => {
                self.away = request.param(0).is_some();
                let (number, text) = match self.away {
                    true => (Response::RPL_NOWAWAY, "You have been marked as being away"),
                    false => (Response::RPL_UNAWAY, "You are no longer marked as being away"),
                };
                self.reply(number, text);
            }
            "ISON" => self.ison(request),
            "USERHOST" => self.userhost(request),
            "WHOWAS" => {
                let nick = request.param(0).unwrap_or("*");
                self.reply_about(Response::ERR_WASNOSUCHNICK, nick, "There was no such nickname");
                self.reply_about(Response::RPL_ENDOFWHOWAS, nick, "End of WHOWAS");
            }
            "INVITE" | "KICK" => {
                let channel = request.params.iter().find(|param| param.starts_with('#'));
                let channel = channel.map_or("*", String::as_str);
                self.reply_about(Response::ERR_CHANOPRIVSNEEDED, channel, "Rooms have no operators");
            }
            other => self.reply_about(Response::ERR_UNKNOWNCOMMAND, other, "Unknown command"),
        }
    }

    pub(super) fn topic(&mut self, request: &Request) -> Result<(), ChatError> {
        let Some(name) = request.param(0) else {
            self.needs_more(request);
            return Ok(());
        };
        let Some((name, room, kind)) = self.channels.find(name).map(of) else {
            self.reply_about(Response::ERR_NOTONCHANNEL, name, "You're not on that channel");
            return Ok(());
        };
        match request.params.get(1) {
            Some(_) if kind == RoomKind::Dchat => {
                self.reply_about(Response::ERR_CHANOPRIVSNEEDED, &name, "#dchat has no topic");
            }
            Some(text) => {
                let sent = self.chat.topic(&room, text)?;
                self.echoes.expect(&sent.id);
                self.out.push(Line::from(self.me.source(), "TOPIC").param(name).text(text));
            }
            None => match self.chat.room(&room)?.topic {
                topic if topic.is_empty() => {
                    self.reply_about(Response::RPL_NOTOPIC, &name, "No topic is set")
                }
                topic => self.reply_about(Response::RPL_TOPIC, &name, &topic),
            },
        }
        Ok(())
    }

    pub(super) fn list(&mut self, request: &Request) -> Result<(), ChatError> {
        let asked = request.param(0).map(|names| names.split(',').map(str::to_lowercase).collect::<Vec<_>>());
        let rooms = self.chat.rooms()?;
        self.reply_about(Response::RPL_LISTSTART, "Channel", "Users  Name");
        for room in rooms.iter().filter(|room| room.kind != RoomKind::Direct) {
            let on = self.channels.of_room(&room.room).map(|channel| channel.name.clone());
            let name = on.unwrap_or_else(|| channel::name_of(room, &rooms));
            if asked.as_ref().is_none_or(|asked| asked.contains(&name.to_lowercase())) {
                let line = self.numeric(Response::RPL_LIST).param(name).param(room.people.to_string());
                self.out.push(line.text(&room.topic));
            }
        }
        self.reply(Response::RPL_LISTEND, "End of LIST");
        Ok(())
    }

    /// Modes can be asked for and not be changed.
    pub(super) fn mode(&mut self, request: &Request) -> Result<(), ChatError> {
        let Some(name) = request.param(0) else {
            self.needs_more(request);
            return Ok(());
        };
        if !name.starts_with('#') {
            // The client's own, which it may set to anything.
            self.reply(Response::RPL_UMODEIS, "+");
            return Ok(());
        }
        let Some(channel) = self.channels.find(name) else {
            self.reply_about(Response::ERR_NOSUCHCHANNEL, name, "You're not on that channel");
            return Ok(());
        };
        let (name, modes) = (channel.name.clone(), channel.modes());
        match request.param(1).map(|modes| modes.trim_start_matches('+')) {
            None => {
                let line = self.numeric(Response::RPL_CHANNELMODEIS).param(name).param(modes);
                self.out.push(line);
            }
            Some("b") => self.reply_about(Response::RPL_ENDOFBANLIST, &name, "End of channel ban list"),
            Some(_) => self.reply_about(Response::ERR_CHANOPRIVSNEEDED, &name, "Rooms have no operators"),
        }
        Ok(())
    }
}

fn of(channel: &Channel) -> (String, String, RoomKind) {
    (channel.name.clone(), channel.room.clone(), channel.kind)
}
