//! `chat send`: says one message and prints its id.

use super::node::Node;
use crate::cli::{Failure, output};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;

/// More than any message may have; what is longer is refused by the node, which says so.
const MAX_BYTES: u64 = 64 * 1024;

pub(super) const EXAMPLES: &str = "\
Examples:
  backplane chat send hello everybody
  backplane chat send --room '#ops' 'the backup is done'
  df -h | backplane chat send --room '#ops' -

The message is in the history of the node when the command ends; it goes to peers as soon as there are any.";

/// Says the words, or what the standard input holds.
///
/// # Errors
/// Usage when there is nothing to say, run time when the node refuses.
pub(super) async fn run(url: &str, room: &str, words: &[String]) -> Result<(), Failure> {
    let text = match words {
        [dash] if dash == "-" => read().await?,
        words => words.join(" "),
    };
    if text.trim().is_empty() {
        return Err(Failure::Usage("TEXT is empty: there is nothing to say".to_owned()));
    }
    let mut node = Node::connect(url).await?;
    let sent = node.call("chat.send", json!({ "room": room, "text": text })).await?;
    // A line of `#dchat` has no id: the answer is whether a peer got it.
    let answer = match sent.get("id").and_then(Value::as_str) {
        Some(id) => id.to_owned(),
        None => sent.to_string(),
    };
    output::lines([answer])
}

/// The standard input without the end of its last line.
async fn read() -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = tokio::io::stdin().take(MAX_BYTES + 1).read_to_end(&mut bytes).await;
    read.map_err(|error| Failure::Runtime(format!("cannot read the standard input: {error}")))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Failure::Usage(format!(
            "the standard input has more than {MAX_BYTES} bytes: too much for a message"
        )));
    }
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::Usage("the standard input is no UTF-8: a message is text".to_owned()))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
