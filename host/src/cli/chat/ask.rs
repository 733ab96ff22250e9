//! What is asked of the node: each question with its method and parameters.

use super::cursor::Cursor;
use serde_json::{Value, json};

/// How many messages are asked for at once.
const PAGE: usize = 100;

/// A question, or a wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ask {
    Status,
    Rooms,
    People {
        room: String,
    },
    History {
        room: String,
        place: Place,
    },
    Search {
        query: String,
        before: Option<Cursor>,
    },
    Join {
        name: String,
        passphrase: Option<String>,
    },
    Leave {
        room: String,
    },
    /// The room with an author, perhaps to say something there.
    Direct {
        author: String,
        text: Option<String>,
    },
    Send {
        room: String,
        text: String,
        reply: Option<String>,
    },
    Edit {
        id: String,
        text: String,
    },
    Delete {
        id: String,
    },
    React {
        id: String,
        emoji: String,
        on: bool,
    },
    Topic {
        room: String,
        text: String,
    },
    Keep {
        room: String,
        days: u32,
    },
    Read {
        room: String,
        id: String,
    },
    Mute {
        author: String,
        on: bool,
    },
    Block {
        author: String,
        on: bool,
    },
    Rename {
        name: String,
    },
}

/// Which part of a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Latest,
    /// Before the message with this cursor.
    Before(Cursor),
    /// After the message with this cursor.
    After(Cursor),
    /// Around the message with this id.
    Around(String),
}

impl Ask {
    /// The method and its parameters.
    pub(super) fn request(&self) -> (&'static str, Value) {
        match self {
            Self::Status => ("chat.status", json!([])),
            Self::Rooms => ("chat.rooms", json!([])),
            Self::People { room } => ("chat.people", json!([room])),
            Self::History { room, place } => ("chat.history", history(room, place)),
            Self::Search { query, before: None } => ("chat.search", json!({ "query": query })),
            Self::Search { query, before: Some(cursor) } => {
                ("chat.search", json!({ "query": query, "before": cursor.as_str() }))
            }
            Self::Join { name, passphrase: None } => ("chat.join", json!({ "name": name })),
            Self::Join { name, passphrase } => {
                ("chat.join", json!({ "name": name, "passphrase": passphrase }))
            }
            Self::Leave { room } => ("chat.leave", json!([room])),
            Self::Direct { author, .. } => ("chat.direct", json!([author])),
            Self::Send { room, text, reply: None } => ("chat.send", json!({ "room": room, "text": text })),
            Self::Send { room, text, reply } => {
                ("chat.send", json!({ "room": room, "text": text, "reply": reply }))
            }
            Self::Edit { id, text } => ("chat.edit", json!({ "id": id, "text": text })),
            Self::Delete { id } => ("chat.delete", json!([id])),
            Self::React { id, emoji, on } => ("chat.react", json!({ "id": id, "emoji": emoji, "on": on })),
            Self::Topic { room, text } => ("chat.topic", json!({ "room": room, "text": text })),
            Self::Keep { room, days } => ("chat.keep", json!({ "room": room, "days": days })),
            Self::Read { room, id } => ("chat.read", json!({ "room": room, "id": id })),
            Self::Mute { author, on } => ("chat.mute", json!({ "author": author, "on": on })),
            Self::Block { author, on } => ("chat.block", json!({ "author": author, "on": on })),
            Self::Rename { name } => ("chat.name", json!([name])),
        }
    }
}

fn history(room: &str, place: &Place) -> Value {
    let mut params = json!({ "room": room, "limit": PAGE });
    let place = match place {
        Place::Latest => None,
        Place::Before(cursor) => Some(("before", cursor.as_str())),
        Place::After(cursor) => Some(("after", cursor.as_str())),
        Place::Around(id) => Some(("around", id.as_str())),
    };
    if let (Some(members), Some((name, value))) = (params.as_object_mut(), place) {
        members.insert(name.to_owned(), json!(value));
    }
    params
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_names_only_what_it_is_about() {
        let room = || "r".to_owned();
        for (ask, method, params) in [
            (
                Ask::History { room: room(), place: Place::Latest },
                "chat.history",
                json!({"room": "r", "limit": PAGE}),
            ),
            (
                Ask::History { room: room(), place: Place::Around("7".to_owned()) },
                "chat.history",
                json!({"room": "r", "limit": PAGE, "around": "7"}),
            ),
            (
                Ask::Send { room: room(), text: "a".to_owned(), reply: None },
                "chat.send",
                json!({"room": "r", "text": "a"}),
            ),
            (
                Ask::Join { name: "#a".to_owned(), passphrase: Some("p".to_owned()) },
                "chat.join",
                json!({"name": "#a", "passphrase": "p"}),
            ),
        ] {
            assert_eq!(ask.request(), (method, params));
        }
    }
}
