//! JSON-RPC 2.0 over lines: how programs ask a running node for something.
//!
//! The way of a call: a [`Server`] accepts a stream, `line` cuts it into lines, `jsonrpc` turns a line into requests,
//! [`Methods`] answers them, `reply` writes the answers, `outgoing` carries them to the stream. A [`Client`] is the
//! other end. Nothing here knows what a method does: the node and the plug-ins register theirs.
//!
//! Requests on one connection run concurrently, so replies may overtake one another; the id says which is which.
//! A method may answer with a stream: it replies nothing, and pushes notifications until the client leaves.
//! Every line to a client goes through the connection's one bounded outgoing queue.

mod accept;
mod answer;
mod at_once;
mod bans;
mod call_error;
mod client;
#[cfg(test)]
mod conformance;
mod connection;
mod dnet;
mod endpoint;
mod error;
mod events;
mod explain;
mod halves;
mod id;
mod info;
mod jsonrpc;
mod line;
mod listener;
mod methods;
mod node;
mod notifier;
mod outgoing;
mod plugins;
mod reload;
mod reply;
mod server;
mod stream;
mod target;
#[cfg(test)]
mod tests;

pub(crate) use accept::accept;
pub(crate) use answer::answer_alone;
pub(crate) use connection::{STOP_GRACE, Source, converse};
pub(crate) use line::{Line, MAX_REQUEST_BYTES};
pub(crate) use listener::Listener;
pub(crate) use outgoing::{Lines, WRITE_DEADLINE, queue};
pub(crate) use stream::{Stream, say};

pub use call_error::CallError;
pub use client::Client;
pub use endpoint::{Endpoint, EndpointError};
pub use error::MethodError;
pub use halves::{Incoming, Replies, Requests};
pub use listener::BindError;
pub use methods::{AliasError, Handler, HandlerFuture, Methods, NameTaken, Subscriber, handler};
pub use node::register;
pub use notifier::{Notifier, SubscriptionFuture};
pub use reload::{BAD_CONFIGURATION, register_reload};
pub use server::Server;
