//! What a method may push to its client after the call.

use super::outgoing::Outgoing;
use serde::Serialize;
use std::pin::Pin;

/// Writes notifications to one client.
#[derive(Debug)]
pub struct Notifier {
    method: String,
    outgoing: Outgoing,
}

/// Pushes to a client until it leaves, when it is dropped, or until it ends by itself.
pub type SubscriptionFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A notification has no id.
#[derive(Serialize)]
struct Notification<'a, T> {
    jsonrpc: &'static str,
    method: &'a str,
    params: [&'a T; 1],
}

impl Notifier {
    /// Of the method that the client called.
    pub(super) fn new(method: &str, outgoing: Outgoing) -> Self {
        Self { method: method.to_owned(), outgoing }
    }

    /// Writes a notification with one parameter, and waits while the client's queue is full.
    pub async fn notify<T: Serialize + Sync>(&self, param: &T) {
        let notification = Notification { jsonrpc: "2.0", method: &self.method, params: [param] };
        match serde_json::to_string(&notification) {
            Ok(line) => self.outgoing.send(line).await,
            Err(error) => tracing::error!(method = self.method, %error, "a notification cannot be written"),
        }
    }
}
