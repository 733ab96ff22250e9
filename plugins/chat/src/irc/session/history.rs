//! What was said before: shown at `JOIN`, or asked for with `CHATHISTORY`.

use super::Session;
use super::render::{Conversation, written};
use crate::irc::backend::Backend;
use crate::irc::caps::Cap;
use crate::irc::line::Line;
use crate::irc::request::Request;
use crate::irc::{split, when};
use crate::service::{ChatError, LONGEST_PAGE, Message, Place, Room, RoomKind};

/// How many messages a client is shown that does not ask for history.
const PLAYBACK: usize = 50;

/// A point in a history that a client names.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Mark {
    /// `*`: the end.
    End,
    /// A message, where it stands and when it was written.
    Message { id: String, cursor: String, time: u64 },
    /// A time.
    Time(u64),
}

/// Why a history is not given: the code of the reply and its text.
type Failure = (&'static str, String);

impl<B: Backend> Session<B> {
    /// Shows what was said last in a room whose channel the client is on.
    pub(super) fn play_back(&mut self, room: &str) -> Result<(), ChatError> {
        let Some(channel) = self.channels.of_room(room) else { return Ok(()) };
        let place = Conversation::Channel(channel.name.clone());
        let history = self.chat.history(room, &Place::Latest, PLAYBACK)?;
        self.push_history(&place, &history.messages, true);
        Ok(())
    }

    /// Shows what others have written to this user that has not been read.
    pub(super) fn play_back_unread(&mut self) -> Result<(), ChatError> {
        let rooms = self.chat.rooms()?.into_iter();
        for room in rooms.filter(|room| room.kind == RoomKind::Direct && room.unread > 0) {
            let Some(place) = self.private(&room) else { continue };
            let count = usize::try_from(room.unread).unwrap_or(PLAYBACK).min(PLAYBACK);
            let mut messages = self.chat.history(&room.room, &Place::Latest, count)?.messages;
            messages.retain(|message| !message.own || self.caps.has(Cap::EchoMessage));
            self.push_history(&place, &messages, true);
        }
        Ok(())
    }

    /// The conversation that a direct room is.
    pub(super) fn private(&self, room: &Room) -> Option<Conversation> {
        let peer = self.person(&room.room, room.author.as_deref()?)?;
        Some(Conversation::Person(peer.nick))
    }

    fn push_history(&mut self, place: &Conversation, messages: &[Message], with_gaps: bool) {
        let mut lines = Vec::new();
        for message in messages {
            if message.gap && with_gaps {
                let text = "(messages are missing here that this node has not received yet)";
                lines.push(Line::server("NOTICE").param(place.name()).text(text));
            }
            let shown = self.old(message, place);
            if !shown.is_empty() {
                self.recent.show(message);
            }
            lines.extend(shown);
        }
        if !(lines.is_empty() && with_gaps) {
            self.push_batch("chathistory", Some(place.name()), lines);
        }
    }

    pub(super) fn chathistory(&mut self, request: &Request) -> Result<(), ChatError> {
        let Some(verb) = request.param(0).map(str::to_ascii_uppercase) else {
            self.needs_more(request);
            return Ok(());
        };
        let done = match verb.as_str() {
            "TARGETS" => self.targets(request),
            "LATEST" | "BEFORE" | "AFTER" | "AROUND" | "BETWEEN" => self.conversation(&verb, request),
            _ => Err(("UNKNOWN_COMMAND", "There is no such subcommand".to_owned())),
        };
        if let Err((code, text)) = done {
            let line = Line::server("FAIL").param("CHATHISTORY").param(code).param(verb);
            self.out.push(request.params.iter().skip(1).take(1).fold(line, Line::param).text(text));
        }
        Ok(())
    }

    fn conversation(&mut self, verb: &str, request: &Request) -> Result<(), Failure> {
        let target = request.param(1).ok_or_else(too_few)?;
        let (room, place) = self
            .room_of(target)
            .ok_or_else(|| ("INVALID_TARGET", "There is no such conversation on this node".to_owned()))?;
        let first = self.mark(request.param(2).ok_or_else(too_few)?)?;
        let is_between = verb == "BETWEEN";
        let limit = request.param(if is_between { 4 } else { 3 }).ok_or_else(too_few)?;
        let limit = limit.parse().map_err(|_| invalid("the limit is no number"))?;
        let limit = LONGEST_PAGE.min(limit);
        let history = |place| self.chat.history(&room.room, &place, limit).map(|history| history.messages);
        let messages = match (verb, first) {
            (_, Mark::End) if verb != "LATEST" => return Err(invalid("* is only known by LATEST")),
            ("LATEST", mark) => history(Place::Latest).map(|found| after(found, &mark)),
            ("BEFORE", mark) => history(before_place(&mark)),
            ("AFTER", mark) => history(after_place(&mark)),
            ("AROUND", Mark::Message { id, .. }) => history(Place::Around(id)),
            ("AROUND", mark) => {
                let half = |place, limit| self.chat.history(&room.room, &place, limit);
                let older = half(before_place(&mark), limit / 2).map(|history| history.messages);
                older.and_then(|mut older| {
                    older.extend(half(after_place(&mark), limit - limit / 2)?.messages);
                    Ok(older)
                })
            }
            (_, first) => {
                let second = self.mark(request.param(3).ok_or_else(too_few)?)?;
                if time_of(&first) <= time_of(&second) {
                    history(after_place(&first)).map(|found| before(found, &second))
                } else {
                    history(before_place(&first)).map(|found| after(found, &second))
                }
            }
        };
        let messages = messages.map_err(|error| ("MESSAGE_ERROR", error.to_string()))?;
        self.push_history(&place, &messages, false);
        Ok(())
    }

    /// The joined room that a client means, and where it shows it.
    fn room_of(&self, target: &str) -> Option<(Room, Conversation)> {
        if target.starts_with('#') {
            let rooms = self.chat.rooms().ok()?;
            let room = match self.channels.find(target) {
                Some(channel) => rooms.iter().find(|room| room.room == channel.room),
                None => super::channel::room_named(target, &rooms),
            };
            return Some((room?.clone(), Conversation::Channel(target.to_owned())));
        }
        let author = self.book.lock().find(target)?.author.clone();
        let mut rooms = self.chat.rooms().ok()?.into_iter();
        let room = rooms.find(|room| room.author.as_ref() == Some(&author))?;
        Some((room, Conversation::Person(target.to_owned())))
    }

    /// The conversations with something said between two times.
    fn targets(&mut self, request: &Request) -> Result<(), Failure> {
        let time = |number| match self.mark(request.param(number).ok_or_else(too_few)?)? {
            Mark::Time(time) => Ok(time),
            _ => Err(invalid("expected two times")),
        };
        let (one, other) = (time(1)?, time(2)?);
        let limit = request.param(3).ok_or_else(too_few)?;
        let limit: usize = limit.parse().map_err(|_| invalid("the limit is no number"))?;
        let rooms = self.chat.rooms().map_err(|error| ("MESSAGE_ERROR", error.to_string()))?;
        let mut found = Vec::new();
        for room in &rooms {
            let Some(last) = room.last.as_ref().map(written) else { continue };
            let name = match room.kind {
                RoomKind::Direct => self.private(room).map(|place| place.name().to_owned()),
                _ => Some(super::channel::name_of(room, &rooms)),
            };
            if one.min(other) < last && last < one.max(other) {
                found.extend(name.map(|name| (last, name)));
            }
        }
        found.sort();
        let line =
            |(last, name)| Line::server("CHATHISTORY").param("TARGETS").param(name).param(when::iso(last));
        let lines = found.into_iter().take(limit.min(LONGEST_PAGE)).map(line).collect();
        self.push_batch("draft/chathistory-targets", None, lines);
        Ok(())
    }

    fn mark(&self, text: &str) -> Result<Mark, Failure> {
        if text == "*" {
            return Ok(Mark::End);
        }
        let (kind, value) = text.split_once('=').unwrap_or((text, ""));
        match kind {
            "timestamp" => when::parse(value).map(Mark::Time).ok_or_else(|| invalid("that is no time")),
            "msgid" => {
                let found = self.chat.message(value);
                let message = found.map_err(|error| ("MESSAGE_ERROR", error.to_string()))?;
                let time = written(&message);
                Ok(Mark::Message { id: message.id, cursor: message.cursor, time })
            }
            other => {
                let other = split::head(other, 40);
                Err(("INVALID_MSGREFTYPE", format!("expected msgid=, timestamp= or *, not {other}")))
            }
        }
    }
}

fn too_few() -> Failure {
    ("NEED_MORE_PARAMS", "Not enough parameters".to_owned())
}

fn invalid(why: &str) -> Failure {
    ("INVALID_PARAMS", why.to_owned())
}

const fn time_of(mark: &Mark) -> u64 {
    match mark {
        Mark::End => u64::MAX,
        Mark::Message { time, .. } | Mark::Time(time) => *time,
    }
}

fn before_place(mark: &Mark) -> Place {
    match mark {
        Mark::End => Place::Latest,
        Mark::Message { cursor, .. } => Place::Before(cursor.clone()),
        Mark::Time(time) => Place::BeforeTime(*time),
    }
}

fn after_place(mark: &Mark) -> Place {
    match mark {
        Mark::End => Place::Latest,
        Mark::Message { cursor, .. } => Place::After(cursor.clone()),
        Mark::Time(time) => Place::AfterTime(*time),
    }
}

/// Those of some messages that stand after a mark.
fn after(mut messages: Vec<Message>, mark: &Mark) -> Vec<Message> {
    match mark {
        Mark::End => (),
        Mark::Message { id, .. } => {
            if let Some(at) = messages.iter().position(|message| message.id == *id) {
                messages.drain(..=at);
            }
        }
        Mark::Time(time) => messages.retain(|message| written(message) > *time),
    }
    messages
}

/// Those of some messages that stand before a mark.
fn before(mut messages: Vec<Message>, mark: &Mark) -> Vec<Message> {
    match mark {
        Mark::End => (),
        Mark::Message { id, .. } => {
            if let Some(at) = messages.iter().position(|message| message.id == *id) {
                messages.truncate(at);
            }
        }
        Mark::Time(time) => messages.retain(|message| written(message) < *time),
    }
    messages
}
