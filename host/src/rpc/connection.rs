//! One client's connection: its requests run concurrently until it ends.

use super::answer::answer;
use super::error::MethodError;
use super::jsonrpc::Request;
use super::line::{Line, LineReader, MAX_REQUEST_BYTES};
use super::methods::{Methods, Subscriber};
use super::notifier::Notifier;
use super::outgoing::{self, Outgoing};
use super::reply::Reply;
use super::stream::Stream;
use parking_lot::Mutex;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncRead;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// Lines of one client that are being answered at a time; the next one is read when one of them is done.
const MAX_RUNNING: usize = 32;

/// Streams that one client may have at a time.
const MAX_STREAMS: usize = 8;

/// How long running requests may go on once the node stops.
pub(crate) const STOP_GRACE: Duration = Duration::from_secs(2);

/// Where the texts of one client come from.
pub(crate) trait Source: Send {
    /// The next one; `None` when the client has left.
    ///
    /// # Cancel safety
    /// A call that was dropped loses nothing.
    fn next(&mut self) -> impl Future<Output = io::Result<Option<Line>>> + Send;
}

impl<R: AsyncRead + Send + Unpin> Source for LineReader<R> {
    async fn next(&mut self) -> io::Result<Option<Line>> {
        Self::next(self).await
    }
}

/// Serves one client of lines until it leaves or the node stops.
pub(super) async fn serve(stream: Stream, methods: Arc<Methods>, stop: CancellationToken) {
    let (source, sink) = tokio::io::split(stream);
    let (outgoing, lines) = outgoing::queue();
    let mut writing = JoinSet::new();
    writing.spawn(lines.write_to(sink));
    converse(&mut LineReader::new(source, MAX_REQUEST_BYTES), outgoing, methods, stop).await;
    finish(&mut writing).await;
}

/// Answers what one client asks until it leaves or the node stops.
///
/// A client that has closed its sending side still gets the answers to what it sent.
pub(crate) async fn converse(
    source: &mut impl Source,
    outgoing: Outgoing,
    methods: Arc<Methods>,
    stop: CancellationToken,
) {
    let mut requests = JoinSet::new();
    let connection = Connection { methods, outgoing, streams: Arc::default() };
    tokio::select! {
        biased;
        () = stop.cancelled() => {}
        () = connection.receive(source, &mut requests) => {}
    }
    tokio::select! {
        biased;
        () = finish(&mut requests) => {}
        () = async { stop.cancelled().await; sleep(STOP_GRACE).await } => requests.shutdown().await,
    }
    // With the last handle to them, the streams end.
    drop(connection);
}

#[derive(Clone)]
struct Connection {
    methods: Arc<Methods>,
    outgoing: Outgoing,
    streams: Arc<Mutex<JoinSet<()>>>,
}

impl Connection {
    /// Reads texts and starts answering them, until the client leaves.
    async fn receive(&self, source: &mut impl Source, requests: &mut JoinSet<()>) {
        loop {
            tokio::select! {
                biased;
                () = self.outgoing.closed() => return,
                Some(_) = requests.join_next() => {}
                line = source.next(), if requests.len() < MAX_RUNNING => match line {
                    Ok(Some(line)) => {
                        requests.spawn(self.clone().answer(line));
                    }
                    Ok(None) => return,
                    Err(error) => {
                        tracing::debug!(%error, "an RPC connection broke");
                        return;
                    }
                },
            }
        }
    }

    async fn answer(self, line: Line) {
        let reply = match line {
            Line::Text(text) => {
                let stream = |subscriber: &Subscriber, request| self.stream(subscriber, request);
                answer(&text, &self.methods, stream).await
            }
            Line::TooLong => {
                let reason = format!("a line holds at most {MAX_REQUEST_BYTES} bytes");
                Some(Reply::refusing(MethodError::invalid_request(reason)).to_line())
            }
        };
        if let Some(reply) = reply {
            self.outgoing.send(reply).await;
        }
    }

    /// Starts a stream, which is the answer; or gives the reply that says why not.
    fn stream(&self, subscriber: &Subscriber, request: Request) -> Option<Reply> {
        let mut streams = self.streams.lock();
        while streams.try_join_next().is_some() {}
        let stream = if streams.len() < MAX_STREAMS {
            subscriber(request.params, Notifier::new(&request.method, self.outgoing.clone()))
        } else {
            Err(MethodError::invalid_request(format!("a client has at most {MAX_STREAMS} streams")))
        };
        match stream {
            Ok(stream) => {
                streams.spawn(stream);
                None
            }
            Err(error) => request.id.map(|id| Reply { id, outcome: Err(error) }),
        }
    }
}

async fn finish(tasks: &mut JoinSet<()>) {
    while tasks.join_next().await.is_some() {}
}
