//! Listens for the clients of a node.

use super::accept::accept;
use super::connection;
use super::endpoint::Endpoint;
use super::error::MethodError;
use super::line::LINE_END;
use super::listener::{BindError, Listener};
use super::methods::Methods;
use super::reply::Reply;
use super::stream::{self, Stream};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

const DEFAULT_MAX_CONNECTIONS: usize = 64;

/// A bound listening socket that answers JSON-RPC once [`Server::serve`] runs.
#[derive(Debug)]
pub struct Server {
    listener: Listener,
    address: Endpoint,
    max_connections: usize,
}

impl Server {
    /// Listens on `tcp://host:port` or `unix:///path`.
    ///
    /// A Unix socket is its owner's only (mode 0600) and is removed when the server ends. The file of a process that is
    /// gone is replaced.
    ///
    /// # Errors
    /// When the text is no address, the address is taken, or the system refuses.
    pub async fn bind(listen: &str) -> Result<Self, BindError> {
        let (listener, address) = Listener::bind(listen.parse()?).await?;
        Ok(Self { listener, address, max_connections: DEFAULT_MAX_CONNECTIONS })
    }

    /// The same server with another limit of connections than 64.
    ///
    /// A client over the limit gets the error object -32000 and is closed.
    #[must_use]
    pub fn max_connections(self, max_connections: usize) -> Self {
        Self { max_connections, ..self }
    }

    /// The address that was bound, with the port that the system chose.
    #[must_use]
    pub fn local_address(&self) -> &Endpoint {
        &self.address
    }

    /// Answers clients until `stop`, then lets running requests finish for two seconds.
    pub async fn serve(self, methods: Arc<Methods>, stop: CancellationToken) {
        let Self { listener, address, max_connections } = self;
        tracing::info!(%address, "RPC listens");
        let serve = |stream| connection::serve(stream, Arc::clone(&methods), stop.clone());
        accept(listener, max_connections, &stop, serve, refuse).await;
    }
}

/// Says that there is no room.
async fn refuse(stream: Stream) {
    stream::say(stream, Reply::refusing(MethodError::connection_limit()).to_line() + LINE_END).await;
}
