//! How a client becomes known: capabilities, password, nick.

use super::{Next, Session};
use crate::irc::auth;
use crate::irc::backend::Backend;
use crate::irc::caps::{Cap, Caps};
use crate::irc::line::{Line, SERVER};
use crate::irc::request::Request;
use crate::service::ChatError;
use irc_proto::Response;

/// How many wrong passwords a client may give.
const TRIES: u8 = 3;
/// How much `AUTHENTICATE` may send in all, in bytes.
const LONGEST_SECRET: usize = 4096;
/// What `AUTHENTICATE` sends at once when there is more to come.
const CHUNK: usize = 400;

/// What a client has given so far.
#[derive(Debug, Default)]
pub(super) struct Registration {
    nick: Option<String>,
    has_user: bool,
    /// `CAP LS` was said, and `CAP END` was not.
    is_negotiating: bool,
    has_password: bool,
    failures: u8,
    /// What `AUTHENTICATE` has sent of a secret.
    secret: Option<String>,
}

impl<B: Backend> Session<B> {
    pub(super) fn register(&mut self, request: &Request) -> Result<(), ChatError> {
        match request.verb.as_str() {
            "CAP" => self.cap(request),
            "PASS" => self.pass(request),
            "NICK" => match request.param(0) {
                Some(nick) => self.registering().nick = Some(nick.to_owned()),
                None => self.reply(Response::ERR_NONICKNAMEGIVEN, "No nickname given"),
            },
            "USER" if request.params.len() < 4 => self.needs_more(request),
            "USER" => self.registering().has_user = true,
            "AUTHENTICATE" => self.authenticate(request),
            "PING" | "PONG" | "QUIT" => self.query(request),
            _ => self.reply(Response::ERR_NOTREGISTERED, "You have not registered"),
        }
        let Some(registration) = &self.registration else { return Ok(()) };
        let Registration { nick: Some(nick), has_user: true, is_negotiating: false, .. } = registration
        else {
            return Ok(());
        };
        let nick = nick.clone();
        if !self.password.is_empty() && !registration.has_password {
            self.reply(Response::ERR_PASSWDMISMATCH, "Password incorrect");
            self.end("Password incorrect");
            self.next = Next::Close { refused: true };
            return Ok(());
        }
        self.welcome(&nick)?;
        self.registration = None;
        Ok(())
    }

    pub(super) fn cap(&mut self, request: &Request) {
        let offered = Caps::offered(!self.password.is_empty());
        let verb = request.param(0).unwrap_or_default().to_ascii_uppercase();
        let reply = |verb: &str, nick: &str| Line::server("CAP").param(nick).param(verb);
        let nick = self.me.nick.clone();
        match verb.as_str() {
            "LS" => {
                let is_new = request
                    .param(1)
                    .and_then(|version| version.parse().ok())
                    .is_some_and(|version: u32| version >= 302);
                self.out.push(reply("LS", &nick).text(offered.names(is_new)));
                if is_new {
                    self.caps.set(Cap::Notify, true);
                }
                self.negotiating(true);
            }
            "LIST" => self.out.push(reply("LIST", &nick).text(self.caps.names(false))),
            "REQ" => {
                let wanted = request.params.get(1).cloned().unwrap_or_default();
                self.negotiating(true);
                let granted = self.caps.after(&wanted, offered);
                self.caps = granted.unwrap_or(self.caps);
                let verb = if granted.is_some() { "ACK" } else { "NAK" };
                self.out.push(reply(verb, &nick).text(wanted));
            }
            "END" => self.negotiating(false),
            other => {
                let line = Line::number(410, &nick).param(other).text("Invalid CAP command");
                self.out.push(line);
            }
        }
    }

    pub(super) fn authenticate(&mut self, request: &Request) {
        let Some(given) = request.param(0) else { return self.needs_more(request) };
        if self.registration.is_none() || self.registering().has_password {
            return self.reply(Response::ERR_SASLALREADY, "You have already authenticated using SASL");
        }
        if !self.caps.has(Cap::Sasl) {
            return self.reply(Response::ERR_SASLFAIL, "SASL authentication failed");
        }
        if given == "*" {
            self.registering().secret = None;
            return self.reply(Response::ERR_SASLABORT, "SASL authentication aborted");
        }
        let Some(mut secret) = self.registering().secret.take() else { return self.begin(given) };
        if given.len() > CHUNK || secret.len() + given.len() > LONGEST_SECRET {
            return self.reply(Response::ERR_SASLTOOLONG, "SASL message too long");
        }
        if given != "+" {
            secret.push_str(given);
        }
        if given.len() == CHUNK {
            self.registering().secret = Some(secret);
            return;
        }
        if auth::is_plain_login(&secret, &self.password) {
            self.registering().has_password = true;
            let account = SERVER;
            let line = self.numeric(Response::RPL_LOGGEDIN).param(format!("*!*@{SERVER}")).param(account);
            self.out.push(line.text("You are now logged in"));
            self.reply(Response::RPL_SASLSUCCESS, "SASL authentication successful");
        } else {
            self.reply(Response::ERR_SASLFAIL, "SASL authentication failed");
            self.has_failed();
        }
    }

    /// The first word of `AUTHENTICATE`: how the secret will be given.
    fn begin(&mut self, mechanism: &str) {
        if mechanism.eq_ignore_ascii_case("PLAIN") {
            self.registering().secret = Some(String::new());
            self.out.push(Line::server("AUTHENTICATE").param("+"));
        } else {
            self.reply_about(Response::RPL_SASLMECHS, "PLAIN", "are available SASL mechanisms");
            self.reply(Response::ERR_SASLFAIL, "SASL authentication failed");
        }
    }

    fn pass(&mut self, request: &Request) {
        let Some(given) = request.param(0) else { return self.needs_more(request) };
        if self.password.is_empty() || auth::is_same(given, &self.password) {
            self.registering().has_password = true;
        } else {
            self.has_failed();
        }
    }

    fn has_failed(&mut self) {
        self.registering().failures += 1;
        if self.registering().failures >= TRIES {
            self.end("Too many wrong passwords");
            self.next = Next::Close { refused: true };
        }
    }

    fn negotiating(&mut self, on: bool) {
        if let Some(registration) = &mut self.registration {
            registration.is_negotiating = on;
        }
    }

    fn registering(&mut self) -> &mut Registration {
        self.registration.get_or_insert_default()
    }
}
