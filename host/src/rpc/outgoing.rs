//! The bounded queue of lines on their way to one client.

use super::line::LINE_END;
use std::time::Duration;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::time::timeout;

const MAX_LINES: usize = 64;

/// A client that takes nothing for this long has its connection closed.
const WRITE_DEADLINE: Duration = Duration::from_secs(30);

/// The sending end: of replies, and of what a method pushes to its client.
#[derive(Debug, Clone)]
pub(super) struct Outgoing {
    queue: mpsc::Sender<String>,
}

/// The end that writes.
#[derive(Debug)]
pub(super) struct Writer<W> {
    queue: mpsc::Receiver<String>,
    stream: W,
}

/// A queue whose lines are written to `stream` while [`Writer::run`] is polled.
pub(super) fn queue<W: AsyncWrite + Unpin>(stream: W) -> (Outgoing, Writer<W>) {
    let (sender, receiver) = mpsc::channel(MAX_LINES);
    (Outgoing { queue: sender }, Writer { queue: receiver, stream })
}

impl Outgoing {
    /// Queues a line, and waits while the queue is full. A line for a client that is gone is dropped.
    pub(super) async fn send(&self, line: String) {
        if self.queue.send(line).await.is_err() {
            tracing::debug!("an RPC client left before its reply");
        }
    }

    /// Waits until nothing can be written any more.
    pub(super) async fn closed(&self) {
        self.queue.closed().await;
    }
}

impl<W: AsyncWrite + Unpin> Writer<W> {
    /// Writes lines until every [`Outgoing`] is dropped or the client takes no more.
    pub(super) async fn run(mut self) {
        let mut lines = Vec::with_capacity(MAX_LINES);
        let mut buffer = String::new();
        while self.queue.recv_many(&mut lines, MAX_LINES).await > 0 {
            for line in lines.drain(..) {
                buffer.push_str(&line);
                buffer.push_str(LINE_END);
            }
            let written = timeout(WRITE_DEADLINE, async {
                self.stream.write_all(buffer.as_bytes()).await?;
                self.stream.flush().await
            });
            if !matches!(written.await, Ok(Ok(()))) {
                return;
            }
            buffer.clear();
        }
        // The client may be gone already, which is as good.
        let _ = self.stream.shutdown().await;
    }
}
