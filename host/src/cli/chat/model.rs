//! What the methods and events of chat tell, as far as it is shown.

use super::cursor::Cursor;
use crate::cli::printable::{Label, Plain, mixes_scripts};
use serde::Deserialize;
use std::fmt;

/// A room.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Room {
    /// Its id.
    pub(super) room: String,
    pub(super) name: Label,
    pub(super) kind: RoomKind,
    pub(super) topic: Label,
    pub(super) unread: u64,
    pub(super) mentions: u64,
    /// The message up to which it was read.
    pub(super) read: Option<String>,
    pub(super) people: u64,
    /// How many messages are known to exist and are not here.
    pub(super) missing: u64,
    /// Whether its history is being compared with a peer's.
    pub(super) syncing: bool,
    /// How many neighbours have joined it.
    pub(super) peers: u64,
    pub(super) keep: Keep,
}

/// How much of a room the node keeps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Keep {
    pub(super) days: u32,
    pub(super) bytes: u64,
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} days, and up to {:.1} MiB of it", self.days, self.bytes as f64 / f64::from(1 << 20))
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum RoomKind {
    Public,
    Private,
    Direct,
    Dchat,
    #[default]
    #[serde(other)]
    Other,
}

/// A message with its edits and reactions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Message {
    pub(super) id: String,
    /// The room's id.
    pub(super) room: String,
    /// The public key; a line of dchat has none.
    pub(super) author: Option<String>,
    pub(super) name: Label,
    pub(super) fingerprint: Option<Label>,
    #[serde(rename = "self")]
    pub(super) own: bool,
    /// Whether another author uses the name too.
    pub(super) same_name: bool,
    /// Milliseconds since 1970 by the author's clock.
    pub(super) time: u64,
    /// Milliseconds since 1970 by the node's clock.
    pub(super) received: u64,
    pub(super) clock: Option<Clock>,
    pub(super) kind: MessageKind,
    pub(super) text: Plain,
    pub(super) edited: bool,
    pub(super) deleted: bool,
    pub(super) reply: Option<Quote>,
    pub(super) reactions: Vec<Reaction>,
    pub(super) state: State,
    /// How many peers have it from the node.
    pub(super) sent: u64,
    /// How many authors have read it.
    pub(super) seen: u64,
    /// Whether something before it is missing.
    pub(super) gap: bool,
    pub(super) mention: bool,
    pub(super) muted: bool,
    /// Its place in the history.
    pub(super) cursor: Cursor,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Clock {
    Ahead,
    Behind,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum MessageKind {
    #[default]
    Text,
    Topic,
    Dchat,
    #[serde(other)]
    Other,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    Pending,
    Sent,
    #[default]
    #[serde(other)]
    Received,
}

/// The message that another one answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Quote {
    pub(super) id: String,
    pub(super) name: Label,
    pub(super) text: Plain,
    /// Whether it is here.
    pub(super) known: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Reaction {
    pub(super) emoji: Label,
    pub(super) count: u64,
    #[serde(rename = "self")]
    pub(super) own: bool,
}

/// A part of a history, the oldest message first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct History {
    pub(super) messages: Vec<Message>,
    pub(super) older: bool,
    pub(super) newer: bool,
}

/// What a search found, the newest message first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Found {
    pub(super) messages: Vec<Message>,
    pub(super) more: bool,
}

/// An author known in a room.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Person {
    /// The public key.
    pub(super) author: String,
    pub(super) fingerprint: Label,
    pub(super) name: Label,
    /// All names used, the newest first.
    pub(super) names: Vec<Label>,
    #[serde(rename = "self")]
    pub(super) own: bool,
    /// When the last message came, in milliseconds since 1970.
    pub(super) last: u64,
    pub(super) muted: bool,
    pub(super) blocked: bool,
    pub(super) same_name: bool,
}

/// Who the user of the node is, and how chat is doing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Status {
    pub(super) name: Label,
    pub(super) author: String,
    pub(super) fingerprint: Label,
    /// How many peers speak chat.
    pub(super) peers: u64,
}

impl Person {
    /// The name, with the beginning of the fingerprint where the name alone could be another's.
    pub(super) fn handle(&self) -> String {
        handle(&self.name, Some(&self.fingerprint), self.same_name)
    }

    /// The name with the beginning of the fingerprint.
    pub(super) fn full_handle(&self) -> String {
        handle(&self.name, Some(&self.fingerprint), true)
    }
}

/// What a text begins with that tells what its author does, as IRC clients have it.
const ACTION: &str = "/me ";

impl Message {
    /// What the author does, if that is what the text says.
    pub(super) fn action(&self) -> Option<&str> {
        let spoken = matches!(self.kind, MessageKind::Text | MessageKind::Dchat);
        self.text
            .as_str()
            .strip_prefix(ACTION)
            .filter(|_| spoken && !self.deleted && !self.name.as_str().is_empty())
    }

    /// The author's name, with the beginning of the fingerprint where the name alone could be another's.
    pub(super) fn handle(&self) -> String {
        handle(&self.name, self.fingerprint.as_ref(), self.same_name)
    }
}

fn handle(name: &Label, fingerprint: Option<&Label>, ambiguous: bool) -> String {
    match fingerprint {
        Some(fingerprint) if ambiguous || name.as_str().is_empty() || mixes_scripts(name) => {
            let start = fingerprint.as_str().split('-').next().unwrap_or_default();
            format!("{name}|{start}")
        }
        _ => name.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_name_that_could_be_anothers_comes_with_its_fingerprint() {
        for (name, same_name, expected) in [
            ("alice", false, "alice"),
            ("alice", true, "alice|1a2b"),
            ("аlice", false, "аlice|1a2b"),
            ("", false, "|1a2b"),
        ] {
            let value = json!({"name": name, "fingerprint": "1a2b-0000-0000-0000", "same_name": same_name});
            assert_eq!(serde_json::from_value::<Person>(value.clone()).unwrap().handle(), expected);
            assert_eq!(serde_json::from_value::<Message>(value).unwrap().handle(), expected);
        }
        let line: Message = serde_json::from_value(json!({"name": "", "author": null})).unwrap();
        assert_eq!(line.handle(), "");
    }

    #[test]
    fn what_newer_nodes_tell_can_still_be_read() {
        let value = json!({"kind": "hologram", "state": "etched", "text": "a", "aura": 7, "clock": "ahead"});
        let message: Message = serde_json::from_value(value).unwrap();
        assert_eq!((message.kind, message.state), (MessageKind::Other, State::Received));
        let room: Room = serde_json::from_value(json!({"kind": "secret", "name": "#x"})).unwrap();
        assert_eq!(room.kind, RoomKind::Other);
    }
}
