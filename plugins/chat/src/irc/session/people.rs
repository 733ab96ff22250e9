//! `NICK`, `WHO`, `WHOIS`, `ISON` and `USERHOST`: who is who.

use super::Session;
use crate::irc::backend::Backend;
use crate::irc::book::Known;
use crate::irc::line::SERVER;
use crate::irc::nick;
use crate::irc::request::Request;
use crate::service::{ChatError, Person};
use irc_proto::Response;

impl<B: Backend> Session<B> {
    /// Gives this user another name, for all front ends.
    pub(super) fn nick(&mut self, request: &Request) -> Result<(), ChatError> {
        let Some(wanted) = request.param(0) else {
            self.reply(Response::ERR_NONICKNAMEGIVEN, "No nickname given");
            return Ok(());
        };
        if wanted == self.me.nick {
            return Ok(());
        }
        if nick::of_name(wanted) != wanted || !nick::is_free(wanted) {
            self.reply_about(Response::ERR_ERRONEOUSNICKNAME, wanted, "Erroneous nickname");
            return Ok(());
        }
        match self.chat.rename(wanted) {
            Ok(_) => self.renamed(),
            Err(ChatError::NotAllowed(why)) => {
                self.reply_about(Response::ERR_ERRONEOUSNICKNAME, wanted, &why);
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    pub(super) fn who(&mut self, request: &Request) -> Result<(), ChatError> {
        let mask = request.param(0).unwrap_or("*").to_owned();
        if let Some(channel) = self.channels.find(&mask) {
            let name = channel.name.clone();
            let members: Vec<_> = channel.members().iter().rev().cloned().collect();
            let known: Vec<_> = members.iter().filter_map(|author| self.called(author)).collect();
            known.iter().for_each(|known| self.who_line(&name, known));
        } else if let Some(known) = self.find(&mask) {
            self.who_line("*", &known);
        }
        self.reply_about(Response::RPL_ENDOFWHO, &mask, "End of WHO list");
        Ok(())
    }

    fn who_line(&mut self, channel: &str, known: &Known) {
        let here = if self.away && known.author == self.me.author { "G" } else { "H" };
        let words = [channel, "chat", &known.fingerprint, SERVER, &known.nick, here];
        let line =
            words.into_iter().fold(self.numeric(Response::RPL_WHOREPLY), |line, word| line.param(word));
        self.out.push(line.text(format!("0 {}", known.name)));
    }

    pub(super) fn whois(&mut self, request: &Request) -> Result<(), ChatError> {
        // With two parameters the first one is a server, and there is only this one.
        let Some(wanted) = request.param(1).or(request.param(0)).map(ToOwned::to_owned) else {
            self.reply(Response::ERR_NONICKNAMEGIVEN, "No nickname given");
            return Ok(());
        };
        match self.find(&wanted) {
            Some(known) => self.describe(&known),
            None => self.reply_about(Response::ERR_NOSUCHNICK, &wanted, "No such nick"),
        }
        self.reply_about(Response::RPL_ENDOFWHOIS, &wanted, "End of WHOIS list");
        Ok(())
    }

    fn describe(&mut self, known: &Known) {
        let start = |number| self.numeric(number).param(&known.nick);
        let user = start(Response::RPL_WHOISUSER).param("chat").param(&known.fingerprint).param("*");
        let mut lines = vec![user.text(&known.name)];
        let shared = self.channels.all().filter(|channel| channel.has(&known.author));
        let shared: Vec<_> = shared.map(|channel| channel.name.clone()).collect();
        if !shared.is_empty() {
            lines.push(start(Response::RPL_WHOISCHANNELS).text(shared.join(" ")));
        }
        lines.push(start(Response::RPL_WHOISSERVER).param(SERVER).text("A node of Backplane"));
        let fingerprint = format!("has client certificate fingerprint {}", known.fingerprint);
        lines.push(start(Response::RPL_WHOISCERTFP).text(fingerprint));
        // 320: anything else that is worth telling.
        let special =
            |text: String| crate::irc::line::Line::number(320, &self.me.nick).param(&known.nick).text(text);
        lines.push(special(format!("has the key {}", known.author)));
        if let Some(person) = self.described(known) {
            if person.names.len() > 1 {
                lines.push(special(format!("has used the names {}", person.names.join(", "))));
            }
            if person.same_name {
                lines.push(special("shares the name with somebody else: look at the fingerprint".to_owned()));
            }
            if person.muted {
                lines.push(special("is muted".to_owned()));
            }
            let idle = self.now.saturating_sub(person.last) / 1000;
            let idle = start(Response::RPL_WHOISIDLE).param(idle.to_string());
            lines.push(idle.text("seconds since the last message"));
        }
        self.out.extend(lines);
    }

    /// What a room tells of an author.
    fn described(&self, known: &Known) -> Option<Person> {
        let in_channels = self.channels.all().filter(|channel| channel.has(&known.author));
        let mut rooms: Vec<_> = in_channels.map(|channel| channel.room.clone()).collect();
        if rooms.is_empty() {
            rooms.extend(self.chat.rooms().ok()?.into_iter().map(|room| room.room));
        }
        rooms.iter().find_map(|room| {
            let people = self.chat.people(room).ok()?;
            people.into_iter().find(|person| person.author == known.author)
        })
    }

    /// Those of some nicks that are known: there is nobody who could be seen to be away.
    pub(super) fn ison(&mut self, request: &Request) {
        let asked = request.params.iter().flat_map(|param| param.split(' '));
        let found: Vec<_> = asked.filter_map(|nick| self.find(nick)).map(|known| known.nick).collect();
        self.reply(Response::RPL_ISON, &found.join(" "));
    }

    pub(super) fn userhost(&mut self, request: &Request) {
        let away = if self.away { '-' } else { '+' };
        let found = request.params.iter().take(5).filter_map(|nick| self.find(nick));
        let shown = found.map(|known| {
            let sign = if known.author == self.me.author { away } else { '+' };
            format!("{}={sign}chat@{}", known.nick, known.fingerprint)
        });
        let shown = shown.collect::<Vec<_>>().join(" ");
        self.reply(Response::RPL_USERHOST, &shown);
    }

    /// An author as this client calls them.
    pub(super) fn called(&self, author: &str) -> Option<Known> {
        if author == self.me.author {
            return Some(self.me.clone());
        }
        let known = self.book.lock().known(author).cloned()?;
        let nick = self.shown.get(author).cloned().unwrap_or(known.nick);
        Some(Known { nick, ..known })
    }

    fn find(&self, nick: &str) -> Option<Known> {
        if nick::folded(nick) == nick::folded(&self.me.nick) {
            return Some(self.me.clone());
        }
        let author = self.book.lock().find(nick)?.author.clone();
        self.called(&author)
    }
}
