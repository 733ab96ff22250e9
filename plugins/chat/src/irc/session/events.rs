//! What others do, as lines.

use super::recent::Change;
use super::render::{Conversation, written};
use super::{Answer, Session};
use crate::irc::backend::Backend;
use crate::irc::book::{self, Known};
use crate::irc::caps::Cap;
use crate::irc::line::Line;
use crate::irc::{nick, split, text, when};
use crate::service::{Event, Message, MessageKind, RoomKind, Told};

/// Of how many rooms it is remembered whether they are of two.
const OTHERS: usize = 1000;
/// Of how many authors the nick is remembered who are not shown in any channel.
const SHOWN: usize = 1000;
/// How much of a message a reaction to it quotes, in bytes.
const QUOTE: usize = 60;

impl<B: Backend> Session<B> {
    /// What a client is sent for an event; nothing before it is registered.
    pub(crate) fn told(&mut self, told: &Told) -> Answer {
        if self.is_registered() {
            match told {
                Told::Lost(count) => {
                    let text = format!("{count} events were lost: the history has what they told");
                    self.out.push(Line::server("NOTICE").param(&self.me.nick).text(text));
                }
                Told::Event(event) => self.event(event),
            }
        }
        self.answer()
    }

    fn event(&mut self, event: &Event) {
        match event {
            Event::Message { message } => self.message(message),
            Event::Changed { message } => self.changed(message),
            Event::Left { room } => {
                let name = self.channels.of_room(room).map(|channel| channel.name.clone());
                name.into_iter().for_each(|name| self.leave(&name, "The room was left"));
            }
            Event::Name { .. } => self.renamed(),
            Event::Room { .. } | Event::Peers { .. } => (),
        }
    }

    fn message(&mut self, message: &Message) {
        let is_echo = self.echoes.take(&message.id);
        // It may have come while its room's history was shown.
        if message.muted || message.deleted || is_echo || self.recent.has(&message.id) {
            return;
        }
        self.show(message);
    }

    /// Shows a message where it belongs, if it belongs anywhere on this client.
    pub(super) fn show(&mut self, message: &Message) {
        let Some(place) = self.place_of(message) else { return };
        if let (Some(author), Some(fingerprint), false) = (&message.author, &message.fingerprint, message.own)
        {
            let known = self.book.lock().introduce(author, fingerprint, &message.name);
            self.refresh(&known);
            self.hear(message, &known);
        }
        let lines = match message.kind {
            MessageKind::Text | MessageKind::Dchat => self.news(message, &place, "PRIVMSG"),
            MessageKind::Topic => {
                let line =
                    Line::from(self.source_of(message), "TOPIC").param(place.name()).text(&message.text);
                vec![line.tag("time", when::iso(written(message)))]
            }
            MessageKind::Other => Vec::new(),
        };
        self.recent.show(message);
        self.out.extend(lines);
    }

    /// Where a message is shown; nowhere when the client is not on the room's channel, or would take it for another one's.
    pub(super) fn place_of(&mut self, message: &Message) -> Option<Conversation> {
        if let Some(channel) = self.channels.of_room(&message.room) {
            return Some(Conversation::Channel(channel.name.clone()));
        }
        let other = self.other_of(&message.room)?;
        if message.own && !self.caps.has(Cap::EchoMessage) {
            return None;
        }
        Some(Conversation::Person(self.person(&message.room, &other)?.nick))
    }

    /// The other author of a room, if it is one of two. Which rooms are does not change, and is remembered.
    fn other_of(&mut self, room: &str) -> Option<String> {
        if let Some(other) = self.others.get(room) {
            return other.clone();
        }
        let found = self.chat.room(room).ok()?;
        let other = found.author.filter(|_| found.kind == RoomKind::Direct);
        if self.others.len() == OTHERS {
            self.others.clear();
        }
        self.others.insert(room.to_owned(), other.clone());
        other
    }

    /// An author of a room, by what the book or the room knows.
    pub(super) fn person(&self, room: &str, author: &str) -> Option<Known> {
        if author == self.me.author {
            return Some(self.me.clone());
        }
        let known = self.book.lock().known(author).cloned();
        known.or_else(|| {
            let people = self.chat.people(room).ok()?;
            let person = people.into_iter().find(|person| person.author == author)?;
            Some(self.book.lock().introduce(&person.author, &person.fingerprint, &person.name))
        })
    }

    /// Tells the client of a nick that is another one than it knows.
    fn refresh(&mut self, known: &Known) {
        if self.shown.len() > SHOWN + self.channels.members() {
            let channels = &self.channels;
            self.shown.retain(|author, _| channels.all().any(|channel| channel.has(author)));
        }
        let old = self.shown.insert(known.author.clone(), known.nick.clone());
        let Some(old) = old.filter(|old| *old != known.nick) else { return };
        if self.channels.all().any(|channel| channel.has(&known.author)) {
            let source = book::source(&old, &known.fingerprint);
            self.out.push(Line::from(source, "NICK").text(&known.nick));
        }
    }

    /// Who was not heard in a channel before joins it; who was heard long ago makes room.
    fn hear(&mut self, message: &Message, known: &Known) {
        let Some(channel) = self.channels.of_room_mut(&message.room) else { return };
        let (is_new, gone) = channel.hear(&known.author);
        let name = channel.name.clone();
        if is_new {
            self.out.push(Line::from(known.source(), "JOIN").param(&name));
        }
        let gone = gone.and_then(|author| self.called(&author));
        if let Some(gone) = gone.filter(|gone| gone.author != self.me.author) {
            self.out.push(Line::from(gone.source(), "PART").param(name).text("Not heard for long"));
        }
    }

    fn changed(&mut self, message: &Message) {
        if message.muted {
            return;
        }
        let changes = self.recent.changes(message);
        if changes.is_empty() {
            return;
        }
        let Some(place) = self.place_of(message) else { return };
        for change in changes {
            match change {
                Change::Edited => self.out.extend(self.edited(message, &place)),
                Change::Deleted => self.out.push(self.deleted(message, &place)),
                Change::Reacted { author, emoji, on } => {
                    let by = self.person(&message.room, &author);
                    let line = by.and_then(|by| self.reacted(message, &place, &by, (&emoji, on)));
                    self.out.extend(line);
                }
            }
        }
    }

    pub(super) fn deleted(&self, message: &Message, place: &Conversation) -> Line {
        let (source, target) = (self.source_of(message), self.target_of(message, place));
        if self.caps.has(Cap::Redaction) {
            return Line::from(source, "REDACT").param(target).param(&message.id);
        }
        let text = format!("took back a message of {}", when::short(written(message)));
        Line::from(source, "NOTICE").param(target).text(text)
    }

    /// A reaction: a tag where there are tags, else a notice; that somebody no longer reacts is not worth one.
    pub(super) fn reacted(
        &self,
        message: &Message,
        place: &Conversation,
        by: &Known,
        (emoji, on): (&str, bool),
    ) -> Option<Line> {
        let is_to_me = matches!(place, Conversation::Person(_)) && by.author != self.me.author;
        let target = if is_to_me { &self.me.nick } else { place.name() };
        if self.caps.has(Cap::MessageTags) {
            let key = if on { "+draft/react" } else { "+draft/unreact" };
            let line = Line::from(by.source(), "TAGMSG").param(target);
            return Some(line.tag(key, emoji).tag("+draft/reply", &message.id));
        }
        let (lines, _) = text::lines(&message.text);
        let quote = lines.first().map_or("", |first| split::head(first, QUOTE));
        let line = Line::from(by.source(), "NOTICE").param(target);
        on.then(|| line.text(format!("reacts with {emoji} to: {quote}")))
    }

    /// This user has another name, or another key; whoever has the nick gives it up first.
    pub(super) fn renamed(&mut self) {
        let myself = self.chat.myself();
        let me = self.book.lock().set_own(&myself.author, &myself.fingerprint, &myself.name);
        self.channels.replace(&self.me.author, &me.author);
        let wanted = nick::folded(&me.nick);
        let others = self.shown.iter().filter(|(_, nick)| nick::folded(nick) == wanted);
        let others: Vec<_> = others.map(|(author, _)| author.clone()).collect();
        for author in others {
            let other = self.book.lock().known(&author).cloned();
            let Some(other) = other else { continue };
            let other = self.book.lock().introduce(&other.author, &other.fingerprint, &other.name);
            self.refresh(&other);
        }
        if me.nick != self.me.nick {
            self.out.push(Line::from(self.me.source(), "NICK").text(&me.nick));
        }
        self.me = me;
    }
}
