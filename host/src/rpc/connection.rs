//! One client's connection: its requests run concurrently until it ends.

use super::error::MethodError;
use super::jsonrpc::{self, Entry, Incoming, Request};
use super::line::{Line, LineReader, MAX_REQUEST_BYTES};
use super::methods::{Methods, Subscriber};
use super::notifier::Notifier;
use super::outgoing::{self, Outgoing};
use super::reply::{self, Reply};
use super::stream::Stream;
use crate::clock;
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncRead;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;

/// Lines of one client that are being answered at a time; the next one is read when one of them is done.
const MAX_RUNNING: usize = 32;

/// Streams that one client may have at a time.
const MAX_STREAMS: usize = 8;

/// How long a line may take, a batch as a whole.
const ANSWER_DEADLINE: Duration = Duration::from_secs(60);

/// How long running requests may go on once the node stops.
pub(super) const STOP_GRACE: Duration = Duration::from_secs(2);

/// Serves one client until it leaves or the node stops.
///
/// A client that has closed its sending side still gets the answers to what it sent.
pub(super) async fn serve(stream: Stream, methods: Arc<Methods>, stop: CancellationToken) {
    let (source, sink) = tokio::io::split(stream);
    let (outgoing, writer) = outgoing::queue(sink);
    let mut writing = JoinSet::new();
    writing.spawn(writer.run());

    let mut requests = JoinSet::new();
    let connection = Connection { methods, outgoing, streams: Arc::default() };
    tokio::select! {
        biased;
        () = stop.cancelled() => {}
        () = connection.receive(LineReader::new(source, MAX_REQUEST_BYTES), &mut requests) => {}
    }
    tokio::select! {
        biased;
        () = finish(&mut requests) => {}
        () = async { stop.cancelled().await; sleep(STOP_GRACE).await } => requests.shutdown().await,
    }
    // With the last handle to them, the streams end.
    drop(connection);
    finish(&mut writing).await;
}

#[derive(Clone)]
struct Connection {
    methods: Arc<Methods>,
    outgoing: Outgoing,
    streams: Arc<Mutex<JoinSet<()>>>,
}

impl Connection {
    /// Reads lines and starts answering them, until the client leaves.
    async fn receive<R: AsyncRead + Unpin>(&self, mut lines: LineReader<R>, requests: &mut JoinSet<()>) {
        loop {
            tokio::select! {
                biased;
                () = self.outgoing.closed() => return,
                Some(_) = requests.join_next() => {}
                line = lines.next(), if requests.len() < MAX_RUNNING => match line {
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
        let deadline = clock::now() + ANSWER_DEADLINE;
        let reply = match line {
            Line::Text(text) => self.answer_text(&text, deadline).await,
            Line::TooLong => {
                let reason = format!("a line holds at most {MAX_REQUEST_BYTES} bytes");
                Some(Reply::refusing(MethodError::invalid_request(reason)).to_line())
            }
        };
        if let Some(reply) = reply {
            self.outgoing.send(reply).await;
        }
    }

    /// The line to send back, if any.
    async fn answer_text(&self, text: &[u8], deadline: Instant) -> Option<String> {
        match jsonrpc::parse(text) {
            Incoming::Single(entry) => self.answer_entry(entry, deadline).await.map(|reply| reply.to_line()),
            Incoming::Batch(entries) => {
                let mut replies = Vec::new();
                for entry in entries {
                    replies.extend(self.answer_entry(entry, deadline).await);
                }
                reply::batch_line(&replies)
            }
        }
    }

    async fn answer_entry(&self, entry: Entry, deadline: Instant) -> Option<Reply> {
        let request = match entry {
            Ok(request) => request,
            Err(refusal) => return Some(refusal),
        };
        if let Some(subscriber) = self.methods.subscriber(&request.method) {
            return self.stream(&subscriber, request);
        }
        let call = self.methods.call(&request.method, request.params);
        let outcome = timeout_at(deadline, call).await.unwrap_or_else(|_| {
            Err(MethodError::internal(format!("no answer within {} seconds", ANSWER_DEADLINE.as_secs())))
        });
        request.id.map(|id| Reply { id, outcome })
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
