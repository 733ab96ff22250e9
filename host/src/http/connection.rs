//! One browser's connection: one request after the other, until it becomes a WebSocket or ends.

use super::patient::Patient;
use super::site::{Site, Upgrade};
use super::socket;
use crate::rpc::{STOP_GRACE, Stream};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// How long the head of a request may take, from the end of the one before.
const HEAD_DEADLINE: Duration = Duration::from_secs(15);

/// How many headers a request may have.
const MAX_HEADERS: usize = 64;

/// How long the head of a request may be, in bytes.
const MAX_HEAD_BYTES: usize = 16 * 1024;

/// Serves one browser until it leaves, does nothing for a while, or the node stops.
pub(super) async fn serve(stream: Stream, site: Arc<Site>, stop: CancellationToken) {
    let upgrade = Arc::new(Upgrade::default());
    let methods = Arc::clone(&site.methods);
    let found = Arc::clone(&upgrade);
    let service = service_fn(move |request| {
        let (site, upgrade) = (Arc::clone(&site), Arc::clone(&found));
        async move { Ok::<_, Infallible>(site.answer(request, &upgrade).await) }
    });
    let io = TokioIo::new(Patient::new(stream));
    let mut serving = pin!(protocol().serve_connection(io, service).with_upgrades());
    let served = tokio::select! {
        biased;
        served = serving.as_mut() => Some(served),
        () = stop.cancelled() => {
            serving.as_mut().graceful_shutdown();
            timeout(STOP_GRACE, serving).await.ok()
        }
    };
    if let Some(Err(error)) = served {
        tracing::debug!(%error, "the connection of a browser broke");
    }
    let upgrade = upgrade.lock().take();
    let Some(upgrade) = upgrade else { return };
    match upgrade.await {
        Ok(upgraded) => socket::serve(TokioIo::new(upgraded), methods, stop).await,
        Err(error) => tracing::debug!(%error, "a connection did not become a WebSocket"),
    }
}

/// HTTP with the limits of a request's head.
fn protocol() -> http1::Builder {
    let mut protocol = http1::Builder::new();
    protocol.timer(TokioTimer::new()).header_read_timeout(HEAD_DEADLINE);
    protocol.max_headers(MAX_HEADERS).max_buf_size(MAX_HEAD_BYTES);
    protocol
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;
    use crate::http::answer;
    use hyper::StatusCode;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    /// What a client hears that says this and no more, and how long it is waited for.
    async fn heard(said: &str) -> (String, Duration) {
        let (ours, mut theirs) = duplex(4096);
        theirs.write_all(said.as_bytes()).await.unwrap();
        let service = service_fn(|_| async { Ok::<_, Infallible>(answer::say(StatusCode::OK, "Yes.")) });
        let start = clock::now();
        // It ends with an error, or well when nothing has been said.
        let _ = protocol().serve_connection(TokioIo::new(ours), service).await;
        let mut heard = String::new();
        theirs.read_to_string(&mut heard).await.unwrap();
        (heard, clock::now() - start)
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_finish_the_head_of_a_request_is_not_waited_for() {
        for said in ["", "GET / HTTP/1.1\r\nHost: local"] {
            let (_, waited) = heard(said).await;
            assert_eq!(waited, HEAD_DEADLINE, "{said:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_no_more_is_not_waited_for() {
        let (heard, waited) = heard("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
        assert!(heard.ends_with("Yes.\n"), "{heard}");
        assert_eq!(waited, HEAD_DEADLINE);
    }
}
