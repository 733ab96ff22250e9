//! Accepts the clients of a node, as many as it may hold.

use super::connection;
use super::endpoint::Endpoint;
use super::error::MethodError;
use super::line::LINE_END;
use super::listener::{BindError, Listener};
use super::methods::Methods;
use super::reply::Reply;
use super::stream::Stream;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

const DEFAULT_MAX_CONNECTIONS: usize = 64;

/// Clients over the limit that are told so at a time; any more are closed without a word.
const MAX_REFUSALS: usize = 16;

/// How long a client over the limit has to read why.
const REFUSAL_DEADLINE: Duration = Duration::from_secs(1);

/// The wait after an accept that failed, as it does when the process has no file descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

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
        let mut connections = JoinSet::new();
        let mut refusals = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            reap(&mut connections);
            reap(&mut refusals);
            match accepted {
                Ok(stream) if connections.len() < max_connections => {
                    connections.spawn(connection::serve(stream, Arc::clone(&methods), stop.clone()));
                }
                Ok(stream) if refusals.len() < MAX_REFUSALS => {
                    refusals.spawn(refuse(stream));
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "cannot accept an RPC client");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        drop(listener);
        // A little more than the connections take for themselves; what is left then is ended by force.
        let ended = async { while connections.join_next().await.is_some() {} };
        if timeout(connection::STOP_GRACE * 2, ended).await.is_err() {
            tracing::warn!(%address, "RPC clients did not take their replies in time");
        }
        connections.shutdown().await;
    }
}

/// Forgets the tasks that have ended.
fn reap(tasks: &mut JoinSet<()>) {
    while let Some(ended) = tasks.try_join_next() {
        if let Err(error) = ended {
            tracing::error!(%error, "an RPC connection failed");
        }
    }
}

/// Says that there is no room.
async fn refuse(mut stream: Stream) {
    let line = Reply::refusing(MethodError::connection_limit()).to_line() + LINE_END;
    let told: Result<io::Result<u64>, _> = timeout(REFUSAL_DEADLINE, async {
        stream.write_all(line.as_bytes()).await?;
        stream.shutdown().await?;
        // A socket closed with unread input is reset, and the client would lose the line.
        tokio::io::copy(&mut stream, &mut tokio::io::sink()).await
    })
    .await;
    tracing::debug!(outcome = ?told, "refused an RPC client over the limit");
}
