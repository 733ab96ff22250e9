//! A browser by hand: requests whose every header a test says, and WebSockets.

use crate::wait::within;
use backplane::address::Address;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::fmt::Write;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

/// Where a node answers browsers.
#[derive(Debug, Clone)]
pub struct Browser {
    host: String,
    port: u16,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: String,
}

impl Answer {
    /// Reads the text of an answer.
    ///
    /// # Panics
    ///
    /// When it is none.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
        let header =
            |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
        let status = status.unwrap_or_else(|| panic!("no status: {head}"));
        Self { status, headers: lines.filter_map(header).collect(), body: body.to_owned() }
    }

    /// The value of a header; empty when there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }
}

impl Browser {
    /// One that asks at this address.
    ///
    /// # Panics
    ///
    /// When it has no host and port.
    #[must_use]
    pub fn at(address: &Address) -> Self {
        let host = address.host().expect("a TCP address has a host").to_owned();
        Self { host, port: address.port().expect("a bound address has a port") }
    }

    /// Its host and port, as a browser names them.
    #[must_use]
    pub fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// A connection on which nothing has been said.
    ///
    /// # Panics
    ///
    /// When nobody answers.
    pub async fn connect(&self) -> TcpStream {
        let connected = within("a connection", TcpStream::connect((self.host.as_str(), self.port))).await;
        connected.expect("the node accepts")
    }

    /// Asks for a path, with these headers beside the host; one of them may be another host.
    pub async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        if !headers.iter().any(|(name, _)| *name == "Host") {
            let _ = write!(request, "Host: {}\r\n", self.authority());
        }
        for (name, value) in headers {
            let _ = write!(request, "{name}: {value}\r\n");
        }
        if !body.is_empty() {
            let _ = write!(request, "Content-Length: {}\r\n", body.len());
        }
        Answer::of(&self.say(&format!("{request}\r\n{body}")).await)
    }

    /// Gets a path.
    pub async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], "").await
    }

    /// Says anything, and hears what comes until the node closes.
    ///
    /// # Panics
    ///
    /// When the connection breaks.
    pub async fn say(&self, text: &str) -> String {
        let mut stream = self.connect().await;
        let mut heard = String::new();
        within("an answer", async {
            stream.write_all(text.as_bytes()).await.expect("the node reads");
            stream.read_to_string(&mut heard).await.expect("the node answers with text");
        })
        .await;
        heard
    }

    /// Opens a WebSocket for JSON-RPC, with these headers.
    ///
    /// # Errors
    ///
    /// The status that it is refused with.
    ///
    /// # Panics
    ///
    /// When it fails in another way.
    pub async fn socket(&self, headers: &[(&'static str, &str)]) -> Result<RpcSocket, u16> {
        let mut request =
            format!("ws://{}/rpc", self.authority()).into_client_request().expect("it is an address");
        for (name, value) in headers {
            request.headers_mut().insert(*name, HeaderValue::from_str(value).expect("it is a header"));
        }
        let stream = self.connect().await;
        match within("a WebSocket", tokio_tungstenite::client_async(request, stream)).await {
            Ok((socket, _)) => Ok(RpcSocket { socket, notifications: Vec::new(), next_id: 1 }),
            Err(Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }
}

/// A client of JSON-RPC over a WebSocket.
#[derive(Debug)]
pub struct RpcSocket {
    socket: WebSocketStream<TcpStream>,
    notifications: Vec<Value>,
    next_id: u64,
}

impl RpcSocket {
    /// Sends a text.
    ///
    /// # Panics
    ///
    /// When the node has closed.
    pub async fn say(&mut self, text: String) {
        self.socket.send(Message::Text(text.into())).await.expect("the node reads");
    }

    /// Sends a call without waiting for a reply.
    pub async fn send(&mut self, method: &str, params: Value) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        self.say(json!({"jsonrpc": "2.0", "method": method, "params": params, "id": id}).to_string()).await;
        id
    }

    /// Calls a method.
    ///
    /// # Errors
    ///
    /// The error object.
    pub async fn call(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        let id = self.send(method, params).await;
        loop {
            let mut reply = self.next().await;
            if reply.get("id") == Some(&json!(id)) {
                let error = reply.get_mut("error").map(Value::take);
                return error.map_or_else(|| Ok(reply["result"].take()), Err);
            }
            self.notifications.push(reply);
        }
    }

    /// The parameter of the next notification.
    ///
    /// # Panics
    ///
    /// When it has not the form of one.
    pub async fn notified(&mut self, method: &str) -> Value {
        let waiting = !self.notifications.is_empty();
        let mut told = if waiting { self.notifications.remove(0) } else { self.next().await };
        assert_eq!(told["method"], json!(method), "{told}");
        told["params"][0].take()
    }

    /// The next text, as JSON.
    ///
    /// # Panics
    ///
    /// When the node closes instead.
    pub async fn next(&mut self) -> Value {
        loop {
            match within("a message", self.socket.next()).await {
                Some(Ok(Message::Text(text))) => {
                    return serde_json::from_str(&text).expect("each text is JSON");
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("no message: {other:?}"),
            }
        }
    }

    /// Waits until the node closes: its code, after so many texts that had not been read.
    ///
    /// # Panics
    ///
    /// When it does not say why it closes.
    pub async fn closed(&mut self) -> CloseCode {
        loop {
            match within("the end of a WebSocket", self.socket.next()).await {
                Some(Ok(Message::Close(Some(frame)))) => return frame.code,
                Some(Ok(_)) => {}
                other => panic!("no code: {other:?}"),
            }
        }
    }

    /// Closes it.
    ///
    /// # Panics
    ///
    /// When the node does not answer.
    pub async fn close(mut self) {
        let closed = within("the node's goodbye", async {
            self.socket.close(None).await.expect("the node is there");
            while let Some(Ok(_)) = self.socket.next().await {}
        });
        closed.await;
    }
}
