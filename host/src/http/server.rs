//! Listens for browsers.

use super::connection;
use super::guard::Guard;
use super::site::Site;
use crate::node::Node;
use crate::rpc::{self, BindError, Endpoint, Listener, Methods, Stream, accept};
use crate::settings::HttpSettings;
use std::fmt;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Connections at a time. A browser takes up to six for the files of a page, and one for its WebSocket.
const MAX_CONNECTIONS: usize = 64;

/// What is said to those above it.
const FULL: &str = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 39\r\n\
                    Retry-After: 5\r\nConnection: close\r\n\r\nThis node has no room for more clients.";

/// A bound listening socket that answers browsers once [`Server::serve`] runs.
pub struct Server {
    listener: Listener,
    address: Endpoint,
    guard: Guard,
}

impl Server {
    /// Listens where the settings say; `None` when they say nowhere. A Unix socket is its owner's only (mode 0600).
    ///
    /// # Errors
    /// When the address is taken, or the system refuses.
    pub async fn bind(settings: &HttpSettings) -> Result<Option<Self>, BindError> {
        let Some(listen) = &settings.listen else { return Ok(None) };
        let (listener, address) = Listener::bind(listen.to_string().parse()?).await?;
        let port = match &address {
            Endpoint::Tcp { port, .. } => Some(*port),
            Endpoint::Unix(_) => None,
        };
        Ok(Some(Self { listener, address, guard: Guard::new(settings, port) }))
    }

    /// Where browsers find it: its `http://` address, or the path of its socket.
    #[must_use]
    pub fn url(&self) -> String {
        match self.address.to_string() {
            address if address.starts_with("tcp://") => format!("{}/", address.replacen("tcp", "http", 1)),
            address => address,
        }
    }

    /// Answers browsers until `stop`, then lets running requests finish for two seconds.
    pub async fn serve(self, node: Arc<Node>, methods: Arc<Methods>, stop: CancellationToken) {
        tracing::info!(address = %self.address, url = self.url(), "http listens");
        let site = Arc::new(Site { guard: self.guard, node, methods });
        let serve = |stream| connection::serve(stream, Arc::clone(&site), stop.clone());
        accept(self.listener, MAX_CONNECTIONS, &stop, serve, refuse).await;
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Says that there is no room.
async fn refuse(stream: Stream) {
    rpc::say(stream, FULL.to_owned()).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_to_those_above_the_limit_is_as_long_as_it_says() {
        let (head, body) = FULL.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("\r\nContent-Length: {}\r\n", body.len())), "{head}");
    }
}
