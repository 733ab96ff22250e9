//! The calling end in two halves: requests go out by one, what the node says comes in by the other.

use super::call_error::CallError;
use super::error::MethodError;
use super::line::{LINE_END, Line, LineReader, MAX_REPLY_BYTES};
use super::stream::Stream;
use serde::Deserialize;
use serde_json::{Value, json};
use std::io;
use tokio::io::{AsyncWriteExt, ReadHalf, WriteHalf};

/// What a node says.
#[derive(Debug, Clone, PartialEq)]
pub enum Incoming {
    /// The answer to a call.
    Reply {
        /// What [`Requests::send`] gave for the call; `None` is about something that the node could not read, or about the
        /// connection.
        id: Option<u64>,
        /// The result, or the node's error object.
        outcome: Result<Value, MethodError>,
    },
    /// Something that a method which was called pushes.
    Notification {
        /// The method.
        method: String,
        /// Its parameters.
        params: Value,
    },
}

/// The half that calls.
pub struct Requests {
    sink: WriteHalf<Stream>,
    next_id: u64,
}

/// The half that listens.
pub struct Replies {
    lines: LineReader<ReadHalf<Stream>>,
}

pub(super) fn of(stream: Stream) -> (Requests, Replies) {
    let (source, sink) = tokio::io::split(stream);
    (Requests { sink, next_id: 1 }, Replies { lines: LineReader::new(source, MAX_REPLY_BYTES) })
}

impl Requests {
    /// Calls `method` without waiting for its reply: the id that the reply will have, and whether the call was written.
    /// `params` is an array or an object.
    ///
    /// # Errors
    /// When the connection is broken. What the node has said before can still be read.
    ///
    /// # Cancel safety
    /// None: half of a request may have been written.
    pub async fn send(&mut self, method: &str, params: Value) -> (u64, io::Result<()>) {
        let id = self.next_id;
        self.next_id += 1;
        let request = json!({ "jsonrpc": "2.0", "method": method, "params": params, "id": id });
        let line = request.to_string() + LINE_END;
        (id, self.sink.write_all(line.as_bytes()).await)
    }
}

impl Replies {
    /// Waits for what the node says next.
    ///
    /// # Errors
    /// When the connection has ended, or what came is not JSON-RPC. Then it is of no more use.
    ///
    /// # Cancel safety
    /// A call that was dropped loses nothing.
    pub async fn next(&mut self) -> Result<Incoming, CallError> {
        match self.lines.next().await.map_err(CallError::Broken)? {
            Some(Line::Text(text)) => read(&text),
            Some(Line::TooLong) => {
                Err(CallError::Reply(format!("it is longer than {MAX_REPLY_BYTES} bytes")))
            }
            None => Err(CallError::Closed),
        }
    }
}

#[derive(Deserialize)]
struct Members {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    result: Value,
    error: Option<MethodError>,
    method: Option<String>,
    #[serde(default)]
    params: Value,
}

fn read(text: &[u8]) -> Result<Incoming, CallError> {
    let members: Members =
        serde_json::from_slice(text).map_err(|error| CallError::Reply(error.to_string()))?;
    if let Some(method) = members.method {
        return Ok(Incoming::Notification { method, params: members.params });
    }
    let outcome = members.error.map_or(Ok(members.result), Err);
    match members.id.as_u64() {
        None if outcome.is_ok() => Err(CallError::Reply("it has no id of a call".to_owned())),
        id => Ok(Incoming::Reply { id, outcome }),
    }
}

impl std::fmt::Debug for Requests {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Requests").field("next_id", &self.next_id).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Replies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replies").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(id: Option<u64>, outcome: Result<Value, MethodError>) -> Incoming {
        Incoming::Reply { id, outcome }
    }

    #[test]
    fn tells_replies_from_notifications() {
        let notification = Incoming::Notification { method: "event".to_owned(), params: json!([1]) };
        for (line, expected) in [
            (r#"{"jsonrpc":"2.0","id":7,"result":"pong"}"#, reply(Some(7), Ok(json!("pong")))),
            (r#"{"jsonrpc":"2.0","id":7,"result":null}"#, reply(Some(7), Ok(Value::Null))),
            (r#"{"jsonrpc":"2.0","method":"event","params":[1]}"#, notification),
            (
                r#"{"jsonrpc":"2.0","id":7,"error":{"code":5,"message":"m","data":[1]}}"#,
                reply(Some(7), Err(MethodError::new(5, "m").with_data(json!([1])))),
            ),
            (
                r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"server connection limit"}}"#,
                reply(None, Err(MethodError::connection_limit())),
            ),
        ] {
            assert_eq!(read(line.as_bytes()).unwrap(), expected, "{line}");
        }
        for line in [
            "HTTP/1.1 400 Bad Request",
            r#"{"id":7,"error":{"code":"x"}}"#,
            r#"{"id":"a","result":1}"#,
            r#"{"id":null,"result":1}"#,
        ] {
            assert!(matches!(read(line.as_bytes()), Err(CallError::Reply(_))), "{line}");
        }
    }

    #[tokio::test]
    async fn several_calls_are_under_way_beside_what_is_pushed() {
        let (near, far) = tokio::io::duplex(4096);
        let (mut requests, mut replies) = of(Box::new(near));
        let (mut node_requests, mut node_lines) = {
            let (source, sink) = tokio::io::split(far);
            (sink, LineReader::new(source, 4096))
        };
        let (first, written) = requests.send("a", json!([])).await;
        written.unwrap();
        let (second, written) = requests.send("b", json!({"x": 1})).await;
        written.unwrap();
        for (method, id) in [("a", first), ("b", second)] {
            let Some(Line::Text(text)) = node_lines.next().await.unwrap() else { panic!("no request") };
            let request: Value = serde_json::from_slice(&text).unwrap();
            assert_eq!((&request["method"], &request["id"]), (&json!(method), &json!(id)));
        }
        let said = [
            json!({"id": second, "result": 2}),
            json!({"method": "s", "params": []}),
            json!({"id": first, "result": 1}),
        ];
        let lines: String = said.iter().map(|value| format!("{value}\n")).collect();
        node_requests.write_all(lines.as_bytes()).await.unwrap();
        assert_eq!(replies.next().await.unwrap(), reply(Some(second), Ok(json!(2))));
        let pushed = Incoming::Notification { method: "s".to_owned(), params: json!([]) };
        assert_eq!(replies.next().await.unwrap(), pushed);
        assert_eq!(replies.next().await.unwrap(), reply(Some(first), Ok(json!(1))));
        node_requests.shutdown().await.unwrap();
        assert!(matches!(replies.next().await, Err(CallError::Closed)));
    }
}
