//! A client of JSON-RPC that sees every line.

use crate::wait::within;
use backplane::address::Address;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

/// One connection, over TCP.
#[derive(Debug)]
pub struct RpcLines {
    lines: Lines<BufReader<OwnedReadHalf>>,
    sink: OwnedWriteHalf,
    /// Notifications that came while a reply was waited for.
    notifications: Vec<Value>,
    next_id: u64,
}

impl RpcLines {
    /// Connects.
    ///
    /// # Panics
    ///
    /// When nobody answers there.
    pub async fn connect(address: &Address) -> Self {
        let host = address.host().expect("a TCP address has a host");
        let port = address.port().expect("a bound address has a port");
        let stream = within("an RPC connection", TcpStream::connect((host, port))).await;
        let (source, sink) = stream.expect("the node accepts").into_split();
        Self { lines: BufReader::new(source).lines(), sink, notifications: Vec::new(), next_id: 1 }
    }

    /// Sends a call without waiting for a reply.
    ///
    /// # Panics
    ///
    /// When the node has closed the connection.
    pub async fn send(&mut self, method: &str, params: Value) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        let request = json!({"jsonrpc": "2.0", "method": method, "params": params, "id": id});
        let line = format!("{request}\n");
        self.sink.write_all(line.as_bytes()).await.expect("the node reads");
        id
    }

    /// Calls a method: its result, or its error object.
    ///
    /// # Errors
    ///
    /// The error object.
    ///
    /// # Panics
    ///
    /// When the node does not answer.
    pub async fn call(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        let id = self.send(method, params).await;
        loop {
            let mut line = self.line(method).await;
            if line.get("id") == Some(&json!(id)) {
                let error = line.get_mut("error").map(Value::take);
                return error.map_or_else(|| Ok(line["result"].take()), Err);
            }
            self.notifications.push(line);
        }
    }

    /// The parameter of the next notification.
    ///
    /// # Panics
    ///
    /// When none comes, or it has not the form of one.
    pub async fn notified(&mut self, method: &str) -> Value {
        let mut line = if self.notifications.is_empty() {
            self.line("a notification").await
        } else {
            self.notifications.remove(0)
        };
        let params = line["params"].take();
        assert_eq!(line, json!({"jsonrpc": "2.0", "method": method, "params": null}));
        let mut params = params.as_array().cloned().expect("parameters are a list");
        assert_eq!(params.len(), 1, "{params:?}");
        params.remove(0)
    }

    /// The notifications that came while replies were waited for.
    #[must_use]
    pub fn notifications(&self) -> &[Value] {
        &self.notifications
    }

    async fn line(&mut self, what: &str) -> Value {
        let line = within(what, self.lines.next_line()).await.expect("the connection holds");
        serde_json::from_str(&line.expect("the node has not closed")).expect("each line is JSON")
    }
}
