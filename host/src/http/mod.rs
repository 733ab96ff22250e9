//! Answers browsers: the pages of plug-ins, and JSON-RPC over WebSockets.
//!
//! The way of a request: `server` accepts a stream, `connection` reads requests from it, `guard` says who is let in, `route`
//! says what is meant, `site` answers it with the headers of `answer`. What becomes a WebSocket goes on in `socket`, as one
//! more client of JSON-RPC, with the same methods, limits and queue as those of [`rpc`](crate::rpc).
//!
//! All pages of a node have one origin: each may call what any other may, as every client of JSON-RPC may.

mod answer;
mod call;
mod connection;
mod guard;
mod index;
mod patient;
mod route;
mod server;
mod site;
mod socket;
mod upgrade;

pub use server::Server;
