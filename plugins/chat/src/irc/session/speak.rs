//! `PRIVMSG`, `NOTICE` and `TAGMSG`: what the client says.

use super::Session;
use super::render::Conversation;
use crate::irc::backend::Backend;
use crate::irc::caps::Cap;
use crate::irc::line::Line;
use crate::irc::nick;
use crate::irc::request::Request;
use crate::irc::text::{self, Said};
use crate::service::{ChatError, RoomKind};
use irc_proto::Response;

/// Whom something is said to.
#[derive(Debug)]
enum Target {
    /// The room of a channel or of a private conversation.
    Room { id: String, kind: RoomKind, place: Conversation },
    /// This user.
    Oneself,
}

impl<B: Backend> Session<B> {
    pub(super) fn speak(&mut self, request: &Request) -> Result<(), ChatError> {
        let Some(name) = request.param(0) else {
            self.unless_notice(request, Response::ERR_NORECIPIENT, "No recipient given");
            return Ok(());
        };
        let said = text::said(request.params.get(1).map_or("", String::as_str));
        let text = match said {
            Said::Text(text) => text,
            Said::Question(verb) if request.verb == "PRIVMSG" => {
                let text = format!("Rooms carry no CTCP but ACTION, and {verb} was not sent");
                self.reply_about(Response::ERR_CANNOTSENDTOCHAN, name, &text);
                return Ok(());
            }
            Said::Question(_) => return Ok(()),
            Said::Nothing => {
                self.unless_notice(request, Response::ERR_NOTEXTTOSEND, "No text to send");
                return Ok(());
            }
        };
        match self.target(request, name)? {
            Some(Target::Room { id, kind, place }) => self.say(request, (&id, kind), &place, &text),
            Some(Target::Oneself) => {
                let line = Line::from(self.me.source(), &request.verb).param(&self.me.nick);
                self.out.push(line.text(text));
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn say(
        &mut self,
        request: &Request,
        (room, kind): (&str, RoomKind),
        place: &Conversation,
        text: &str,
    ) -> Result<(), ChatError> {
        // A line of dchat answers nothing.
        let reply = request.tag("+draft/reply").or(request.tag("+reply"));
        let reply = reply.filter(|_| kind != RoomKind::Dchat);
        let sent = self.chat.send(room, text, reply)?;
        self.echoes.expect(&sent.id);
        // Who answers has read; that it was shown somewhere says nothing.
        self.chat.read(room, &sent.id)?;
        let message = self.chat.message(&sent.id)?;
        self.recent.show(&message);
        if self.caps.has(Cap::EchoMessage) {
            let lines = self.news(&message, place, &request.verb);
            self.out.extend(lines);
        }
        Ok(())
    }

    /// The conversation that a name stands for; `None` when the client was told that there is none.
    fn target(&mut self, request: &Request, name: &str) -> Result<Option<Target>, ChatError> {
        if name.starts_with('#') {
            let Some(channel) = self.channels.find(name) else {
                let text = "You are not on that channel";
                self.about_unless_notice(request, Response::ERR_CANNOTSENDTOCHAN, name, text);
                return Ok(None);
            };
            let place = Conversation::Channel(channel.name.clone());
            return Ok(Some(Target::Room { id: channel.room.clone(), kind: channel.kind, place }));
        }
        if nick::folded(name) == nick::folded(&self.me.nick) {
            return Ok(Some(Target::Oneself));
        }
        let author = self.book.lock().find(name).map(|known| known.author.clone());
        // Also somebody who was never heard, by key or fingerprint.
        let is_key = |text: &str| {
            text.len() >= 16 && text.chars().all(|digit| digit.is_ascii_hexdigit() || digit == '-')
        };
        let Some(author) = author.or_else(|| is_key(name).then(|| name.to_owned())) else {
            self.about_unless_notice(request, Response::ERR_NOSUCHNICK, name, "No such nick");
            return Ok(None);
        };
        let room = self.chat.direct(&author)?;
        let place = Conversation::Person(name.to_owned());
        Ok(Some(Target::Room { id: room.room, kind: room.kind, place }))
    }

    /// A reaction, in the tags of a message without a text. Others, such as that somebody types, are not passed on.
    pub(super) fn react(&mut self, request: &Request) -> Result<(), ChatError> {
        let (emoji, on) = match (request.tag("+draft/react"), request.tag("+draft/unreact")) {
            (Some(emoji), _) => (emoji, true),
            (None, Some(emoji)) => (emoji, false),
            (None, None) => return Ok(()),
        };
        let Some(id) = request.tag("+draft/reply").or(request.tag("+reply")) else { return Ok(()) };
        self.chat.react(id, emoji, on)?;
        let message = self.chat.message(id)?;
        // What has changed is no news for this client.
        self.recent.show(&message);
        if self.caps.has(Cap::EchoMessage)
            && let Some(place) = self.place_of(&message)
        {
            let line = self.reacted(&message, &place, &self.me, (emoji, on));
            self.out.extend(line);
        }
        Ok(())
    }

    fn unless_notice(&mut self, request: &Request, number: Response, text: &str) {
        if request.verb != "NOTICE" {
            self.reply(number, text);
        }
    }

    fn about_unless_notice(&mut self, request: &Request, number: Response, about: &str, text: &str) {
        if request.verb != "NOTICE" {
            self.reply_about(number, about, text);
        }
    }
}
