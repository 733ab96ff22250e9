//! Messages of rooms as lines of IRC.

use super::Session;
use crate::irc::backend::Backend;
use crate::irc::book::{self, Known};
use crate::irc::caps::Cap;
use crate::irc::line::{LINE, Line};
use crate::irc::{nick, split, text, when};
use crate::service::{Message, MessageKind};

/// By how much a message is late that was on its way for long, in milliseconds.
const LATE: u64 = 10 * 60 * 1000;
/// How many lines one message becomes at most.
const LINES: usize = 40;

/// Where a message is shown: what its lines are addressed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Conversation {
    /// A channel, by its name.
    Channel(String),
    /// A private conversation, by the nick of the other one.
    Person(String),
}

impl Conversation {
    /// What the client calls it.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Channel(name) | Self::Person(name) => name,
        }
    }
}

/// When a message was written, as far as this node can tell: not after it came.
pub(super) fn written(message: &Message) -> u64 {
    message.time.min(message.received)
}

impl<B: Backend> Session<B> {
    /// What stands before the lines of a message. What an author is called does not change by showing something old.
    pub(super) fn source_of(&self, message: &Message) -> String {
        if message.own {
            return self.me.source();
        }
        let (Some(author), Some(fingerprint)) = (&message.author, &message.fingerprint) else {
            return Self::dchat_source();
        };
        match self.shown.get(author) {
            Some(nick) => book::source(nick, fingerprint),
            None => self.known(author, fingerprint, &message.name).source(),
        }
    }

    fn known(&self, author: &str, fingerprint: &str, name: &str) -> Known {
        let mut book = self.book.lock();
        let known = book.known(author).cloned();
        known.unwrap_or_else(|| book.introduce(author, fingerprint, name))
    }

    /// What the lines of a message are addressed to.
    pub(super) fn target_of<'a>(&'a self, message: &Message, place: &'a Conversation) -> &'a str {
        match place {
            Conversation::Person(_) if !message.own => &self.me.nick,
            other => other.name(),
        }
    }

    /// The lines of a message that has come just now.
    pub(super) fn news(&self, message: &Message, place: &Conversation, verb: &str) -> Vec<Line> {
        let is_late = message.received.saturating_sub(message.time) > LATE;
        let before = if is_late { self.stamped(message) } else { self.addressee(message) };
        self.with_id(self.lines(message, place, verb, &before), message)
    }

    /// The lines of a message from the history; none of what is not shown there.
    pub(super) fn old(&self, message: &Message, place: &Conversation) -> Vec<Line> {
        let is_said = matches!(message.kind, MessageKind::Text | MessageKind::Dchat);
        if !is_said || message.deleted || message.muted {
            return Vec::new();
        }
        self.with_id(self.lines(message, place, "PRIVMSG", &self.stamped(message)), message)
    }

    /// The lines of the text that a message has now.
    pub(super) fn edited(&self, message: &Message, place: &Conversation) -> Vec<Line> {
        let lines = self.lines(message, place, "PRIVMSG", "* ");
        lines.into_iter().map(|line| line.tag("+draft/reply", &message.id)).collect()
    }

    /// The message's id and what it answers, on the first line; its time on all.
    fn with_id(&self, lines: Vec<Line>, message: &Message) -> Vec<Line> {
        let time = when::iso(written(message));
        let tagged = lines.into_iter().enumerate().map(|(number, line)| {
            let line = line.tag("time", &time);
            if number > 0 {
                return line;
            }
            let line = line.tag("msgid", &message.id);
            message.reply.iter().fold(line, |line, reply| line.tag("+draft/reply", &reply.id))
        });
        tagged.collect()
    }

    /// What stands before a message that is not of now: its time, where the client is not told it in another way.
    fn stamped(&self, message: &Message) -> String {
        let addressee = self.addressee(message);
        if self.caps.has(Cap::ServerTime) {
            return addressee;
        }
        format!("[{}] {addressee}", when::short(written(message)))
    }

    /// `alice: `, where the message answers one of alice's and the client cannot show that in another way.
    fn addressee(&self, message: &Message) -> String {
        let answered = message.reply.as_ref().filter(|reply| !reply.name.is_empty());
        let addressed = answered.map(|reply| format!("{}: ", nick::of_name(&reply.name)));
        let is_needed = |addressed: &String| {
            !self.caps.has(Cap::MessageTags) && !message.text.starts_with(addressed.as_str())
        };
        addressed.filter(is_needed).unwrap_or_default()
    }

    fn lines(&self, message: &Message, place: &Conversation, verb: &str, before: &str) -> Vec<Line> {
        let (source, target) = (self.source_of(message), self.target_of(message, place));
        let (mut texts, is_action) = text::lines(&message.text);
        if let Some(first) = texts.first_mut() {
            first.insert_str(0, before);
        }
        // `:source VERB target :` and the end; in brackets, what somebody does.
        let around = source.len() + verb.len() + target.len() + 7 + if is_action { 9 } else { 0 };
        let room = LINE.saturating_sub(around).max(64);
        let mut pieces: Vec<_> = texts.iter().flat_map(|text| split::pieces(text, room)).collect();
        let rest = pieces.len().saturating_sub(LINES);
        let more = format!("… and {rest} more lines");
        if rest > 0 {
            pieces.truncate(LINES);
            pieces.push(&more);
        }
        let shown =
            |piece: &str| if is_action { format!("\u{1}ACTION {piece}\u{1}") } else { piece.to_owned() };
        let line = |piece| Line::from(&source, verb).param(target).text(shown(piece));
        pieces.into_iter().map(line).collect()
    }
}
