//! The subscription to what happens in chat: what `events.subscribe` pushes, read.

use super::model::{Message, Room};
use crate::cli::printable::Label;
use crate::rpc::{CallError, Client, Incoming, Replies, Requests};
use serde::Deserialize;
use serde_json::{Value, json};

/// The method that pushes.
pub(super) const SUBSCRIBE: &str = "events.subscribe";

/// Subscribes to everything of chat, and waits until it is told.
///
/// # Errors
/// When the connection ends, or the node refuses.
pub(super) async fn subscribe(client: Client) -> Result<(Requests, Replies), CallError> {
    let (mut requests, mut replies) = client.into_halves();
    let (_, written) = requests.send(SUBSCRIBE, json!(["chat"])).await;
    written.map_err(CallError::Broken)?;
    loop {
        match replies.next().await? {
            Incoming::Notification { method, params }
                if method == SUBSCRIBE && params.pointer("/0/event") == Some(&json!("subscribed")) =>
            {
                return Ok((requests, replies));
            }
            Incoming::Reply { outcome: Err(error), .. } => return Err(CallError::Method(error)),
            _ => {}
        }
    }
}

/// Something that has happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Told {
    /// From here on everything is told.
    Subscribed,
    /// So many events are missing.
    Lost(u64),
    Message(Box<Message>),
    Changed(Box<Message>),
    Room(Box<Room>),
    /// The room with this id was left.
    Left(String),
    Peers(u64),
    Name(Label),
    /// Something that is not shown.
    Other,
}

/// The parameter of a notification: the name of what has happened, and what goes with it.
#[derive(Debug, Deserialize)]
struct Event {
    event: String,
    #[serde(default)]
    data: Value,
    #[serde(default)]
    count: u64,
}

#[derive(Deserialize)]
struct OfMessage {
    message: Message,
}

#[derive(Deserialize)]
struct OfRoom {
    room: Room,
}

#[derive(Deserialize)]
struct OfRoomId {
    room: String,
}

#[derive(Deserialize)]
struct OfPeers {
    peers: u64,
}

#[derive(Deserialize)]
struct OfName {
    name: Label,
}

/// The one parameter of a notification.
pub(super) fn parameter(mut params: Value) -> Option<Value> {
    params.get_mut(0).map(Value::take)
}

/// Reads the parameter of a notification.
///
/// # Errors
/// When a known event has not the form that it should have.
pub(super) fn read(parameter: Value) -> Result<Told, serde_json::Error> {
    let Event { event, data, count } = serde_json::from_value(parameter)?;
    let read = match event.as_str() {
        "subscribed" => Told::Subscribed,
        "lost" => Told::Lost(count),
        "chat.message" => Told::Message(Box::new(serde_json::from_value::<OfMessage>(data)?.message)),
        "chat.changed" => Told::Changed(Box::new(serde_json::from_value::<OfMessage>(data)?.message)),
        "chat.room" => Told::Room(Box::new(serde_json::from_value::<OfRoom>(data)?.room)),
        "chat.left" => Told::Left(serde_json::from_value::<OfRoomId>(data)?.room),
        "chat.peers" => Told::Peers(serde_json::from_value::<OfPeers>(data)?.peers),
        "chat.name" => Told::Name(serde_json::from_value::<OfName>(data)?.name),
        _ => Told::Other,
    };
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_event_and_passes_by_those_it_does_not_know() {
        let message = Message { id: "7".to_owned(), ..Message::default() };
        let room = Room { room: "r".to_owned(), ..Room::default() };
        for (parameter, expected) in [
            (json!({"event": "subscribed"}), Told::Subscribed),
            (json!({"event": "lost", "count": 3}), Told::Lost(3)),
            (
                json!({"event": "chat.message", "data": {"message": {"id": "7"}}}),
                Told::Message(Box::new(message.clone())),
            ),
            (
                json!({"event": "chat.changed", "data": {"message": {"id": "7"}}}),
                Told::Changed(Box::new(message)),
            ),
            (json!({"event": "chat.room", "data": {"room": {"room": "r"}}}), Told::Room(Box::new(room))),
            (json!({"event": "chat.left", "data": {"room": "r"}}), Told::Left("r".to_owned())),
            (json!({"event": "chat.peers", "data": {"peers": 2}}), Told::Peers(2)),
            (json!({"event": "chat.name", "data": {"name": "a"}}), Told::Name(Label::new("a"))),
            (json!({"event": "chat.mood", "data": [1]}), Told::Other),
        ] {
            assert_eq!(read(parameter.clone()).unwrap(), expected, "{parameter}");
        }
        assert!(read(json!({"event": "chat.peers", "data": {"peers": "two"}})).is_err());
        assert!(read(json!("x")).is_err());
    }
}
