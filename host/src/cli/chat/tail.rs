//! `chat tail`: follows what happens, a line each, until it is told to stop or nobody reads it.

use super::line;
use super::model::{History, Room};
use super::node::{Node, parse};
use super::stamp::Clock;
use super::told::{self, Told};
use crate::cli::call::call_failure;
use crate::cli::printable;
use crate::cli::signals::Signals;
use crate::cli::{Failure, output};
use crate::rpc::{CallError, Incoming, Replies};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const EXAMPLES: &str = "\
Examples:
  backplane chat tail
  backplane chat tail --room '#ops' --history 20
  backplane chat tail --json | jq -r 'select(.event == \"chat.message\") | .data.message.text'

With --json each line is an event as `events.subscribe` tells it (docs/chat.md); without, only new messages are shown.
It ends with 0 on Ctrl-C or when nobody reads its output, with 1 when the node stops.";

/// What is followed, and how it is shown.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Args {
    /// Print events as JSON, an object a line
    #[arg(long)]
    json: bool,
    /// Begin with the newest N messages of each room followed
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=200))]
    history: Option<u64>,
}

/// Follows one room, or all.
///
/// # Errors
/// Run time when the node does not answer or goes away, or there is no such room.
pub(super) async fn run(url: &str, room: Option<&str>, args: &Args) -> Result<(), Failure> {
    let mut signals = Signals::new()?;
    tokio::select! {
        biased;
        () = signals.next() => Ok(()),
        () = output::closed() => Ok(()),
        result = follow(url, room, args) => result,
    }
}

async fn follow(url: &str, room: Option<&str>, args: &Args) -> Result<(), Failure> {
    // Whatever happens from the subscription on is told: what is read after it leaves no gap.
    let client = Node::connect(url).await?.into_client();
    let (_, mut events) = told::subscribe(client).await.map_err(|error| failure(&error))?;
    let mut tail = Tail::new(args.json);
    let first = tail.begin(&mut Node::connect(url).await?, room, args.history).await?;
    output::lines(first)?;
    loop {
        let Some(event) = next(&mut events).await? else { continue };
        if let Some(line) = tail.line(event)?
            && !output::line(&line)?
        {
            return Ok(());
        }
    }
}

/// The next event; `None` for what is none.
async fn next(replies: &mut Replies) -> Result<Option<Value>, Failure> {
    match replies.next().await {
        Ok(Incoming::Notification { method, params }) if method == told::SUBSCRIBE => {
            Ok(told::parameter(params))
        }
        Ok(Incoming::Reply { outcome: Err(error), .. }) => Err(failure(&CallError::Method(error))),
        Ok(_) => Ok(None),
        Err(error) => Err(failure(&error)),
    }
}

/// Why nothing more is told.
fn failure(error: &CallError) -> Failure {
    match error {
        CallError::Method(_) => call_failure(told::SUBSCRIBE, error),
        CallError::Closed => Failure::Runtime("the node has closed the connection".to_owned()),
        error => Failure::runtime(error),
    }
}

/// What is followed.
struct Tail {
    json: bool,
    clock: Clock,
    /// The id of the one room that is followed.
    only: Option<String>,
    names: BTreeMap<String, String>,
    /// Messages of the histories, whose events may come yet.
    shown: BTreeSet<String>,
}

impl Tail {
    fn new(json: bool) -> Self {
        let (names, shown) = (BTreeMap::new(), BTreeSet::new());
        Self { json, clock: Clock::local(), only: None, names, shown }
    }

    /// The lines to begin with.
    async fn begin(
        &mut self,
        node: &mut Node,
        room: Option<&str>,
        history: Option<u64>,
    ) -> Result<Vec<String>, Failure> {
        for room in node.rooms().await? {
            self.know(&room);
        }
        let mut lines = Vec::new();
        let rooms = match room {
            Some(room) => vec![room.to_owned()],
            None if history.is_none() => Vec::new(),
            None => self.names.keys().cloned().collect(),
        };
        for asked in rooms {
            let params = json!({ "room": asked, "limit": history.unwrap_or(1) });
            let answer = node.call("chat.history", params).await?;
            if room.is_some() {
                self.only = answer.get("room").and_then(Value::as_str).map(ToOwned::to_owned);
            }
            if history.is_some() {
                lines.extend(self.history(answer)?);
            }
        }
        if self.json {
            lines.push(json!({ "event": "subscribed" }).to_string());
        }
        Ok(lines)
    }

    fn history(&mut self, answer: Value) -> Result<Vec<String>, Failure> {
        let values = answer.get("messages").and_then(Value::as_array).cloned().unwrap_or_default();
        let History { messages, .. } = parse("chat.history", answer)?;
        let mut lines = Vec::new();
        for (message, value) in messages.iter().zip(values) {
            self.shown.insert(message.id.clone());
            let event = json!({ "event": "chat.message", "data": { "message": value }, "history": true });
            let room = self.name(&message.room);
            lines.push(if self.json { json_line(&event) } else { line::of(message, room, &self.clock) });
        }
        Ok(lines)
    }

    /// The line of an event, if it has one.
    fn line(&mut self, event: Value) -> Result<Option<String>, Failure> {
        let text = self.json.then(|| json_line(&event));
        let elsewhere = self.only.as_deref().zip(room_of(&event)).is_some_and(|(only, room)| only != room);
        let told = told::read(event)
            .map_err(|error| Failure::Runtime(format!("the node tells an event in another form: {error}")))?;
        match &told {
            Told::Room(room) => self.know(room),
            Told::Message(message) if self.shown.remove(&message.id) => return Ok(None),
            _ => {}
        }
        if elsewhere {
            return Ok(None);
        }
        Ok(text.or_else(|| match told {
            Told::Message(message) => Some(line::of(&message, self.name(&message.room), &self.clock)),
            Told::Lost(count) => Some(format!("({count} events were lost: this program was too slow)")),
            _ => None,
        }))
    }

    fn know(&mut self, room: &Room) {
        self.names.insert(room.room.clone(), room.name.to_string());
    }

    fn name(&self, room: &str) -> &str {
        self.names.get(room).map_or("?", String::as_str)
    }
}

fn json_line(event: &Value) -> String {
    printable::json(&event.to_string())
}

/// The id of the room that an event is about.
fn room_of(event: &Value) -> Option<&str> {
    let places = ["/data/message/room", "/data/room/room", "/data/room"];
    places.into_iter().find_map(|place| event.pointer(place))?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tail(json: bool) -> Tail {
        let mut tail = Tail { clock: Clock::utc(), only: Some("r1".to_owned()), ..Tail::new(json) };
        tail.names.insert("r1".to_owned(), "#one".to_owned());
        tail
    }

    fn message(room: &str, id: &str) -> Value {
        let message = json!({"id": id, "room": room, "name": "bob", "text": "a\u{9b}", "time": 0});
        json!({"event": "chat.message", "data": {"message": message}})
    }

    #[test]
    fn shows_the_messages_of_the_room_that_is_followed() {
        let mut tail = tail(false);
        let line = tail.line(message("r1", "7")).unwrap();
        assert_eq!(line.as_deref(), Some("1970-01-01 00:00:00 #one bob: a\u{fffd}"));
        assert_eq!(tail.line(message("r2", "8")).unwrap(), None);
        assert_eq!(tail.line(json!({"event": "chat.peers", "data": {"peers": 2}})).unwrap(), None);
    }

    #[test]
    fn tells_as_json_all_that_is_about_the_room_or_about_none() {
        let mut tail = tail(true);
        let mut told = |event: Value| {
            let line = tail.line(event.clone()).unwrap();
            line.map(|line| assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), event)).is_some()
        };
        assert!(told(message("r1", "7")));
        assert!(!told(message("r2", "7")));
        assert!(told(json!({"event": "chat.peers", "data": {"peers": 2}})));
        assert!(told(json!({"event": "lost", "count": 2})));
        assert!(told(json!({"event": "chat.room", "data": {"room": {"room": "r1", "name": "#one"}}})));
        assert!(!told(json!({"event": "chat.room", "data": {"room": {"room": "r2", "name": "#two"}}})));
        assert!(!told(json!({"event": "chat.left", "data": {"room": "r2"}})));
    }

    #[test]
    fn a_message_of_the_history_is_not_told_again() {
        let mut tail = tail(true);
        let value = message("r1", "7")["data"]["message"].clone();
        let lines = tail.history(json!({"room": "r1", "messages": [value]})).unwrap();
        let first: Value = serde_json::from_str(&lines[0]).unwrap();
        assert_eq!(first["history"], json!(true));
        assert_eq!(first["data"], message("r1", "7")["data"]);
        assert_eq!(tail.line(message("r1", "7")).unwrap(), None);
        assert!(tail.line(message("r1", "8")).unwrap().is_some());
    }
}
