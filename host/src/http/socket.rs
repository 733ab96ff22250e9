//! A WebSocket as a client of JSON-RPC: one text a message.

use crate::clock;
use crate::rpc::{Line, Lines, MAX_REQUEST_BYTES, Methods, Source, WRITE_DEADLINE, converse, queue};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_util::sync::CancellationToken;

/// How often a client is asked whether it is still there. Browsers answer by themselves.
const PING_INTERVAL: Duration = Duration::from_secs(30);

/// A client that nothing is heard of for so long is gone.
const IDLE_LIMIT: Duration = Duration::from_secs(75);

/// How long a client has to close its side.
const CLOSE_DEADLINE: Duration = Duration::from_secs(1);

/// Serves one client until it leaves or the node stops.
pub(super) async fn serve<S>(stream: S, methods: Arc<Methods>, stop: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let limit = Some(MAX_REQUEST_BYTES);
    let config = WebSocketConfig::default().max_message_size(limit).max_frame_size(limit);
    let socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await;
    let (sink, source) = socket.split();
    let (outgoing, lines) = queue();
    let mut writing = JoinSet::new();
    writing.spawn(write(lines, sink));
    let mut messages = Messages { source, heard: clock::now(), is_over: false };
    converse(&mut messages, outgoing, methods, stop.clone()).await;
    let Some(Ok(Some(mut sink))) = writing.join_next().await else { return };
    let code = match (messages.is_over, stop.is_cancelled()) {
        (true, _) => CloseCode::Size,
        (false, true) => CloseCode::Away,
        (false, false) => CloseCode::Normal,
    };
    let goodbye = Message::Close(Some(CloseFrame { code, reason: "".into() }));
    // Whoever has closed already is as well.
    let _ = timeout(CLOSE_DEADLINE, sink.send(goodbye)).await;
    if let Ok(socket) = sink.reunite(messages.source) {
        let _ = timeout(CLOSE_DEADLINE, drain(socket.into_inner())).await;
    }
}

/// Reads until the client has closed: a socket that is closed with unread input is reset, and what was sent last is lost.
async fn drain<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S) -> io::Result<u64> {
    stream.shutdown().await?;
    tokio::io::copy(&mut stream, &mut tokio::io::sink()).await
}

/// What a client sends.
struct Messages<S> {
    source: SplitStream<WebSocketStream<S>>,
    /// When something last came, an answer to a ping included.
    heard: Instant,
    /// A message was too long: what follows cannot be read.
    is_over: bool,
}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Source for Messages<S> {
    async fn next(&mut self) -> io::Result<Option<Line>> {
        while !self.is_over {
            let Ok(message) = timeout_at(self.heard + IDLE_LIMIT, self.source.next()).await else {
                return Err(io::ErrorKind::TimedOut.into());
            };
            self.heard = clock::now();
            match message {
                None | Some(Ok(Message::Close(_)) | Err(Error::ConnectionClosed)) => return Ok(None),
                Some(Ok(Message::Text(text))) => return Ok(Some(Line::Text(text.as_bytes().to_vec()))),
                Some(Ok(Message::Binary(bytes))) => return Ok(Some(Line::Text(bytes.to_vec()))),
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                Some(Err(Error::Capacity(_))) => {
                    self.is_over = true;
                    return Ok(Some(Line::TooLong));
                }
                Some(Err(error)) => return Err(io::Error::other(error)),
            }
        }
        Ok(None)
    }
}

/// Writes what is queued until nothing more will be, and asks in between whether the client is still there. `None` when it
/// takes no more.
async fn write<S>(
    mut lines: Lines,
    mut sink: SplitSink<WebSocketStream<S>, Message>,
) -> Option<SplitSink<WebSocketStream<S>, Message>>
where
    S: AsyncRead + AsyncWrite + Send + Unpin,
{
    let mut texts = Vec::new();
    let mut ping_at = clock::now() + PING_INTERVAL;
    loop {
        if let Ok(0) = timeout_at(ping_at, lines.next(&mut texts)).await {
            return Some(sink);
        }
        let ping = (clock::now() >= ping_at).then(|| {
            ping_at = clock::now() + PING_INTERVAL;
            Message::Ping(Vec::new().into())
        });
        let messages = texts.drain(..).map(|text| Message::Text(text.into())).chain(ping);
        let written = timeout(WRITE_DEADLINE, async {
            for message in messages {
                sink.feed(message).await?;
            }
            sink.flush().await
        });
        match written.await {
            Ok(Ok(())) => {}
            outcome => {
                tracing::debug!(?outcome, "a WebSocket takes no more");
                return None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{DuplexStream, duplex};
    use tokio::task::JoinHandle;
    use tokio_util::task::TaskTracker;

    /// A client, and the end of its conversation.
    async fn client() -> (WebSocketStream<DuplexStream>, JoinHandle<()>) {
        let (ours, theirs) = duplex(4096);
        let serving = serve(ours, Arc::new(Methods::new()), CancellationToken::new());
        let ended = TaskTracker::new().spawn(serving);
        (WebSocketStream::from_raw_socket(theirs, Role::Client, None).await, ended)
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_answer_pings_is_gone_after_a_while() {
        let (_client, ended) = client().await;
        let start = clock::now();
        ended.await.unwrap();
        // With the time that it has to close its side.
        assert_eq!(clock::now() - start, IDLE_LIMIT + CLOSE_DEADLINE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_answers_pings_and_says_nothing_stays() {
        let (mut client, ended) = client().await;
        let start = clock::now();
        let mut pings = 0;
        while clock::now() - start < 10 * IDLE_LIMIT {
            // Reading is what answers.
            assert!(matches!(client.next().await, Some(Ok(Message::Ping(_)))));
            pings += 1;
        }
        assert_eq!(pings, 10 * IDLE_LIMIT.as_secs() / PING_INTERVAL.as_secs());
        client.close(None).await.unwrap();
        while let Some(Ok(_)) = client.next().await {}
        ended.await.unwrap();
    }
}
