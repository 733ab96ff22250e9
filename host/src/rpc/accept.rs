//! Accepts clients, as many as there may be, until the node stops.

use super::connection::STOP_GRACE;
use super::listener::Listener;
use super::stream::Stream;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// Clients over the limit that are told so at a time; any more are closed without a word.
const MAX_REFUSALS: usize = 16;

/// How long a client over the limit has to read why.
const REFUSAL_DEADLINE: Duration = Duration::from_secs(1);

/// The wait after an accept that failed, as it does when the process has no file descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves up to `limit` clients at a time until `stop`, and refuses the others; then lets those that are served finish. They
/// see `stop` for themselves.
pub(crate) async fn accept<S, R>(
    listener: Listener,
    limit: usize,
    stop: &CancellationToken,
    serve: impl Fn(Stream) -> S,
    refuse: impl Fn(Stream) -> R,
) where
    S: Future<Output = ()> + Send + 'static,
    R: Future<Output = ()> + Send + 'static,
{
    let (mut clients, mut refusals) = (JoinSet::new(), JoinSet::new());
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        reap(&mut clients);
        reap(&mut refusals);
        match accepted {
            Ok(stream) if clients.len() < limit => {
                clients.spawn(serve(stream));
            }
            Ok(stream) if refusals.len() < MAX_REFUSALS => {
                let refusing = refuse(stream);
                refusals.spawn(async move {
                    let told = timeout(REFUSAL_DEADLINE, refusing).await;
                    tracing::debug!(in_time = told.is_ok(), "refused a client over the limit");
                });
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "cannot accept a client");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    // A little more than the clients take for themselves; what is left then is ended by force.
    let ended = async { while clients.join_next().await.is_some() {} };
    if timeout(STOP_GRACE * 2, ended).await.is_err() {
        tracing::warn!("clients did not take their replies in time");
    }
    clients.shutdown().await;
}

/// Forgets the tasks that have ended.
fn reap(tasks: &mut JoinSet<()>) {
    while let Some(ended) = tasks.try_join_next() {
        if let Err(error) = ended {
            tracing::error!(%error, "the connection of a client failed");
        }
    }
}
