//! One client's conversation with this server: a line or an event comes in, lines go out. No socket, no clock.
//!
//! All clients of a node are the node's one user. Rooms are channels; a room of two is a private conversation.
//!
//! ```text
//! bytes of a line -> Request -> a handler, which asks the Backend -> Lines -> labelled -> bytes
//! Told (an event) -> `told`                                       -> Lines           -> bytes
//! ```

mod channel;
mod echoes;
mod events;
mod history;
mod labels;
mod membership;
mod people;
mod queries;
mod recent;
mod redact;
mod registration;
mod render;
mod speak;
mod welcome;

#[cfg(test)]
mod tests;

use super::backend::Backend;
use super::book::{Book, Known};
use super::caps::Caps;
use super::line::Line;
use super::request::Request;
use super::text;
use crate::service::ChatError;
use channel::Channels;
use echoes::Echoes;
use irc_proto::Response;
use parking_lot::Mutex;
use recent::Recent;
use registration::Registration;
use std::collections::HashMap;
use std::sync::Arc;

/// What becomes of a line or an event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// What the client is sent.
    pub(crate) bytes: Vec<u8>,
    /// What happens then.
    pub(crate) next: Next,
}

/// What happens after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// It goes on.
    Go,
    /// The connection ends; after a moment, when a password was wrong.
    Close {
        /// Whether a password was wrong.
        refused: bool,
    },
    /// The same line is to be given again after so many seconds: others are not to be flooded.
    Wait(u64),
}

/// One client.
#[derive(Debug)]
pub(crate) struct Session<B> {
    chat: B,
    /// The nicks, which all clients share.
    book: Arc<Mutex<Book>>,
    /// What a client has to give; empty when nothing.
    password: String,
    /// Gone once the client is registered.
    registration: Option<Registration>,
    caps: Caps,
    /// This user.
    me: Known,
    away: bool,
    channels: Channels,
    /// The nick that this client knows of an author.
    shown: HashMap<String, String>,
    /// By room, the other author of one of two.
    others: HashMap<String, Option<String>>,
    recent: Recent,
    echoes: Echoes,
    /// How many batches there were.
    batches: u64,
    now: u64,
    out: Vec<Line>,
    next: Next,
}

impl<B: Backend> Session<B> {
    pub(crate) fn new(chat: B, book: Arc<Mutex<Book>>, password: &str) -> Self {
        let nobody = Known {
            author: String::new(),
            fingerprint: String::new(),
            name: String::new(),
            nick: "*".to_owned(),
        };
        Self {
            chat,
            book,
            password: password.to_owned(),
            registration: Some(Registration::default()),
            caps: Caps::default(),
            me: nobody,
            away: false,
            channels: Channels::default(),
            shown: HashMap::new(),
            others: HashMap::new(),
            recent: Recent::default(),
            echoes: Echoes::default(),
            batches: 0,
            now: 0,
            out: Vec::new(),
            next: Next::Go,
        }
    }

    pub(crate) const fn is_registered(&self) -> bool {
        self.registration.is_none()
    }

    /// What a line without its end leads to, at a time in milliseconds since 1970.
    pub(crate) fn line(&mut self, bytes: &[u8], now: u64) -> Answer {
        self.now = now;
        let Some(request) = Request::parse(&text::decode(bytes)) else { return self.answer() };
        let outcome = match self.registration {
            Some(_) => self.register(&request),
            None => self.handle(&request),
        };
        match outcome {
            Ok(()) => (),
            Err(ChatError::SlowDown { seconds }) => {
                self.out.clear();
                self.next = Next::Wait(seconds.max(1));
            }
            Err(error) => self.refuse(&request, &error),
        }
        self.label(&request);
        self.answer()
    }

    /// A line that was too long to be taken in.
    pub(crate) fn too_long(&mut self) -> Answer {
        self.out.push(Line::number(417, &self.me.nick).text("Input line was too long"));
        self.answer()
    }

    /// Asks the client whether it is still there.
    pub(crate) fn ping(&mut self) -> Answer {
        self.out.push(Line::server("PING").text(super::line::SERVER));
        self.answer()
    }

    /// The last words.
    pub(crate) fn close(&mut self, why: &str) -> Answer {
        self.end(why);
        self.answer()
    }

    fn handle(&mut self, request: &Request) -> Result<(), ChatError> {
        match request.verb.as_str() {
            "JOIN" => self.join(request),
            "PART" => self.part(request),
            "TOPIC" => self.topic(request),
            "NAMES" => self.names(request),
            "LIST" => self.list(request),
            "MODE" => self.mode(request),
            "PRIVMSG" | "NOTICE" => self.speak(request),
            "TAGMSG" => self.react(request),
            "REDACT" => self.redact(request),
            "CHATHISTORY" => self.chathistory(request),
            "NICK" => self.nick(request),
            "WHO" => self.who(request),
            "WHOIS" => self.whois(request),
            _ => {
                self.query(request);
                Ok(())
            }
        }
    }

    /// Tells the client that something was not done, and why.
    fn refuse(&mut self, request: &Request, error: &ChatError) {
        // A notice is never answered.
        if request.verb == "NOTICE" {
            return;
        }
        let target = request.param(0).unwrap_or("*");
        let line = match error {
            ChatError::NoSuchRoom(_) => self.numeric(Response::ERR_NOSUCHCHANNEL).param(target),
            _ if request.verb == "PRIVMSG" => self.numeric(Response::ERR_CANNOTSENDTOCHAN).param(target),
            _ => self.numeric(Response::ERR_UNKNOWNERROR).param(&request.verb),
        };
        self.out.push(line.text(error.to_string()));
    }

    fn numeric(&self, number: Response) -> Line {
        Line::numeric(number, &self.me.nick)
    }

    /// Pushes a reply whose text says it all.
    fn reply(&mut self, number: Response, text: &str) {
        let line = self.numeric(number).text(text);
        self.out.push(line);
    }

    /// Pushes a reply about something.
    fn reply_about(&mut self, number: Response, about: &str, text: &str) {
        let line = self.numeric(number).param(about).text(text);
        self.out.push(line);
    }

    fn needs_more(&mut self, request: &Request) {
        self.reply_about(Response::ERR_NEEDMOREPARAMS, &request.verb, "Not enough parameters");
    }

    fn end(&mut self, why: &str) {
        self.out.push(Line::server("ERROR").text(format!("Closing link: {why}")));
        self.next = Next::Close { refused: false };
    }

    fn answer(&mut self) -> Answer {
        let mut bytes = Vec::new();
        self.out.drain(..).for_each(|line| line.encode(self.caps, &mut bytes));
        Answer { bytes, next: std::mem::replace(&mut self.next, Next::Go) }
    }
}
