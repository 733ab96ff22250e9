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

use crate::config::ChatConfig;
use crate::service::Service;
use backplane_plugin::{Host, PluginError};
use server::Server;
use std::net::SocketAddr;

/// Where clients are to be served, and what they have to know.
#[derive(Debug)]
pub(crate) struct Listen {
    address: SocketAddr,
    password: String,
}

/// Reads the configuration; `None` when no clients are served.
///
/// # Errors
///
/// When the address is none, or needs a password that is not there.
pub(crate) fn listen(config: &ChatConfig) -> Result<Option<Listen>, PluginError> {
    let address = address::parse(&config.irc_listen, &config.irc_password)?;
    Ok(address.map(|address| Listen { address, password: config.irc_password.clone() }))
}

impl Listen {
    /// Begins to serve clients.
    ///
    /// # Errors
    ///
    /// When the system has nothing left to wait for sockets with.
    pub(crate) fn start(self, host: &Host, service: &Service) -> Result<(), PluginError> {
        Server::start(host, service, self.address, &self.password)
    }
}
