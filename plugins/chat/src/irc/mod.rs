//! IRC: clients such as irssi, weechat and HexChat join rooms as channels.
//!
//! All clients are the node's one user. [`session`] is the protocol as a plain state machine, over what [`backend`] says that
//! it needs of chat; the sockets are at the edge.

mod address;
mod auth;
mod backend;
mod book;
mod caps;
mod connection;
#[cfg(test)]
mod fake;
mod input;
mod line;
mod nick;
mod request;
mod server;
mod session;
mod split;
mod text;
mod when;
