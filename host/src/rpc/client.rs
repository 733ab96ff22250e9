//! The calling end of a connection.

use super::endpoint::{Endpoint, EndpointError};
use super::error::MethodError;
use super::line::{LINE_END, Line, LineReader, MAX_REPLY_BYTES};
use super::stream::{self, Stream};
use serde::Deserialize;
use serde_json::{Value, json};
use std::io;
use std::time::Duration;
use tokio::io::{AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::time::timeout;

const DEFAULT_DEADLINE: Duration = Duration::from_secs(30);

/// A call that gave no result.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The text is no address.
    #[error("the RPC address is not valid")]
    Address(#[from] EndpointError),
    /// Nobody answers at the address.
    #[error("cannot connect to {endpoint}")]
    Connect {
        /// Where.
        endpoint: Endpoint,
        /// Why.
        source: io::Error,
    },
    /// The connection ended before the reply.
    #[error("the connection was closed before the reply came")]
    Closed,
    /// The connection broke before the reply.
    #[error("the connection broke before the reply came")]
    Broken(#[source] io::Error),
    /// The reply did not come in time.
    #[error("no reply within {} seconds", .0.as_secs_f32())]
    Timeout(Duration),
    /// The other end does not speak JSON-RPC, or its reply is too long.
    #[error("the reply is not one of JSON-RPC: {0}")]
    Reply(String),
    /// The node answered with an error object.
    #[error(transparent)]
    Method(MethodError),
}

/// A connection to a running node that makes one call after another.
pub struct Client {
    lines: LineReader<ReadHalf<Stream>>,
    sink: WriteHalf<Stream>,
    next_id: u64,
    deadline: Duration,
}

impl Client {
    /// Connects to `tcp://host:port` or `unix:///path`.
    ///
    /// # Errors
    /// When the text is no address, or nobody answers there within 30 seconds.
    pub async fn connect(url: &str) -> Result<Self, CallError> {
        let endpoint: Endpoint = url.parse()?;
        let dialled = timeout(DEFAULT_DEADLINE, stream::dial(&endpoint)).await;
        let stream = dialled
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
            .map_err(|source| CallError::Connect { endpoint, source })?;
        let (source, sink) = tokio::io::split(stream);
        let lines = LineReader::new(source, MAX_REPLY_BYTES);
        Ok(Self { lines, sink, next_id: 1, deadline: DEFAULT_DEADLINE })
    }

    /// The same client with another limit for each call than 30 seconds.
    #[must_use]
    pub fn with_deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// Calls `method` and waits for its result. `params` is an array or an object.
    ///
    /// # Errors
    /// [`CallError::Method`] is the node's answer, and the client goes on. After any other, connect again.
    pub async fn call(&mut self, method: &str, params: Value) -> Result<Value, CallError> {
        let deadline = self.deadline;
        timeout(deadline, self.exchange(method, params)).await.unwrap_or(Err(CallError::Timeout(deadline)))
    }

    async fn exchange(&mut self, method: &str, params: Value) -> Result<Value, CallError> {
        let id = self.next_id;
        self.next_id += 1;
        let request = json!({ "jsonrpc": "2.0", "method": method, "params": params, "id": id });
        let line = request.to_string() + LINE_END;
        // A server that refuses a client may have closed already; its reason is still there to be read.
        let written = self.sink.write_all(line.as_bytes()).await;
        loop {
            match self.lines.next().await.map_err(CallError::Broken)? {
                Some(Line::Text(text)) => {
                    if let Some(outcome) = read_reply(&text, id)? {
                        return outcome.map_err(CallError::Method);
                    }
                }
                Some(Line::TooLong) => {
                    return Err(CallError::Reply(format!("it is longer than {MAX_REPLY_BYTES} bytes")));
                }
                None => return Err(written.err().map_or(CallError::Closed, CallError::Broken)),
            }
        }
    }
}

#[derive(Deserialize)]
struct ReplyMembers {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    result: Value,
    error: Option<MethodError>,
}

/// The outcome of call `id`; `None` when the line is something else: a notification, or a late reply to another call.
fn read_reply(text: &[u8], id: u64) -> Result<Option<Result<Value, MethodError>>, CallError> {
    let members: ReplyMembers =
        serde_json::from_slice(text).map_err(|error| CallError::Reply(error.to_string()))?;
    // An error without an id is about something that the server could not read, or about the connection.
    let ours = members.id.as_u64() == Some(id) || (members.id.is_null() && members.error.is_some());
    Ok(ours.then_some(members.error.map_or(Ok(members.result), Err)))
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("next_id", &self.next_id).field("deadline", &self.deadline).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_only_the_reply_to_its_own_call() {
        for (line, expected) in [
            (r#"{"jsonrpc":"2.0","id":7,"result":"pong"}"#, Some(Ok(json!("pong")))),
            (r#"{"jsonrpc":"2.0","id":7,"result":null}"#, Some(Ok(Value::Null))),
            (r#"{"jsonrpc":"2.0","id":6,"result":"late"}"#, None),
            (r#"{"jsonrpc":"2.0","method":"event","params":[]}"#, None),
            (
                r#"{"jsonrpc":"2.0","id":7,"error":{"code":5,"message":"m","data":[1]}}"#,
                Some(Err(MethodError::new(5, "m").with_data(json!([1])))),
            ),
            (
                r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"server connection limit"}}"#,
                Some(Err(MethodError::connection_limit())),
            ),
        ] {
            assert_eq!(read_reply(line.as_bytes(), 7).unwrap(), expected, "{line}");
        }
        assert!(matches!(read_reply(b"HTTP/1.1 400 Bad Request", 7), Err(CallError::Reply(_))));
        assert!(matches!(read_reply(br#"{"id":7,"error":{"code":"x"}}"#, 7), Err(CallError::Reply(_))));
    }
}
