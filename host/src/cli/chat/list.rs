//! `chat rooms` and `chat history`: what the node has, as lines.

use super::line;
use super::model::{History, Room};
use super::node::{Node, parse};
use super::stamp::Clock;
use crate::cli::printable;
use crate::cli::{Failure, output};
use serde_json::{Value, json};

pub(super) const ROOMS_EXAMPLES: &str = "\
Examples:
  backplane chat rooms
  backplane chat rooms --json | jq -r 'select(.unread > 0) | .name'";

pub(super) const HISTORY_EXAMPLES: &str = "\
Examples:
  backplane chat history
  backplane chat history --room '#ops' --limit 200
  backplane chat history --json | jq -r .text

Older pages: backplane call chat.history '{\"room\": \"#ops\", \"before\": CURSOR}' with the cursor of the first message.";

/// Prints the joined rooms.
///
/// # Errors
/// Run time when the node does not answer.
pub(super) async fn rooms(url: &str, json: bool) -> Result<(), Failure> {
    let mut node = Node::connect(url).await?;
    if json {
        let rooms = node.call("chat.rooms", json!([])).await?;
        return output::lines(values(&rooms));
    }
    let rooms = node.rooms().await?;
    output::lines(rooms.iter().map(describe))
}

/// Prints the newest messages of a room.
///
/// # Errors
/// Run time when the node does not answer, or there is no such room.
pub(super) async fn history(url: &str, room: &str, limit: u64, json: bool) -> Result<(), Failure> {
    let mut node = Node::connect(url).await?;
    let answer = node.call("chat.history", json!({ "room": room, "limit": limit })).await?;
    if json {
        return output::lines(answer.get("messages").map(values).unwrap_or_default());
    }
    let history: History = parse("chat.history", answer)?;
    let clock = Clock::local();
    output::lines(history.messages.iter().map(|message| line::of(message, room, &clock)))
}

/// Each value of a list as a line of JSON.
fn values(list: &Value) -> Vec<String> {
    let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().map(|value| printable::json(&value.to_string())).collect()
}

fn describe(room: &Room) -> String {
    let mut text = format!("{:<24} {:>4} people  {:>4} unread", room.name, room.people, room.unread);
    if room.mentions > 0 {
        text += &format!(", {} to you", room.mentions);
    }
    if room.missing > 0 {
        text += &format!("  {} missing", room.missing);
    }
    if !room.topic.as_str().is_empty() {
        text += &format!("  {}", room.topic);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::printable::Label;

    #[test]
    fn a_room_is_one_line() {
        let room = Room { name: Label::new("#lobby"), people: 3, unread: 12, ..Room::default() };
        assert_eq!(describe(&room), "#lobby                      3 people    12 unread");
        let room = Room { mentions: 1, missing: 4, topic: Label::new("a\x1b"), ..room };
        assert_eq!(
            describe(&room),
            "#lobby                      3 people    12 unread, 1 to you  4 missing  a␛"
        );
    }
}
