//! The calling end of a connection.

use super::call_error::CallError;
use super::endpoint::Endpoint;
use super::halves::{self, Incoming, Replies, Requests};
use super::stream;
use serde_json::Value;
use std::io;
use std::time::Duration;
use tokio::time::timeout;

const DEFAULT_DEADLINE: Duration = Duration::from_secs(30);

/// A connection to a running node that makes one call after another.
#[derive(Debug)]
pub struct Client {
    requests: Requests,
    replies: Replies,
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
        let (requests, replies) = halves::of(stream);
        Ok(Self { requests, replies, deadline: DEFAULT_DEADLINE })
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

    /// The two halves, for a program that has several calls under way, or that listens to what a method pushes.
    #[must_use]
    pub fn into_halves(self) -> (Requests, Replies) {
        (self.requests, self.replies)
    }

    async fn exchange(&mut self, method: &str, params: Value) -> Result<Value, CallError> {
        let (id, written) = self.requests.send(method, params).await;
        loop {
            match self.replies.next().await {
                // An error without an id is about something that the server could not read, or about the connection.
                Ok(Incoming::Reply { id: of, outcome }) if of.is_none_or(|of| of == id) => {
                    return outcome.map_err(CallError::Method);
                }
                // A notification, or a late reply to another call.
                Ok(_) => {}
                // A server that refuses a client may have closed already; its reason was still there to be read.
                Err(CallError::Closed) => {
                    return Err(written.err().map_or(CallError::Closed, CallError::Broken));
                }
                Err(error) => return Err(error),
            }
        }
    }
}
