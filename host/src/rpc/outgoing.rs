//! The bounded queue of lines on their way to one client.

use super::line::LINE_END;
use std::time::Duration;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::time::timeout;

const MAX_LINES: usize = 64;

/// A client that takes nothing for this long has its connection closed.
pub(crate) const WRITE_DEADLINE: Duration = Duration::from_secs(30);

/// The sending end: of replies, and of what a method pushes to its client.
#[derive(Debug, Clone)]
pub(crate) struct Outgoing {
    queue: mpsc::Sender<String>,
}

/// The end that takes what is to be written.
#[derive(Debug)]
pub(crate) struct Lines {
    queue: mpsc::Receiver<String>,
}

/// A queue for one client.
pub(crate) fn queue() -> (Outgoing, Lines) {
    let (sender, receiver) = mpsc::channel(MAX_LINES);
    (Outgoing { queue: sender }, Lines { queue: receiver })
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

impl Lines {
    /// Moves what is queued to the end of `lines`, and waits while there is nothing: how many it was, and 0 when every
    /// [`Outgoing`] has been dropped.
    ///
    /// # Cancel safety
    /// No line is lost when the call is dropped.
    pub(crate) async fn next(&mut self, lines: &mut Vec<String>) -> usize {
        self.queue.recv_many(lines, MAX_LINES).await
    }

    /// Writes to `stream` until every [`Outgoing`] is dropped or the client takes no more.
    pub(super) async fn write_to(mut self, mut stream: impl AsyncWrite + Unpin) {
        let mut lines = Vec::with_capacity(MAX_LINES);
        let mut buffer = String::new();
        while self.next(&mut lines).await > 0 {
            for line in lines.drain(..) {
                buffer.push_str(&line);
                buffer.push_str(LINE_END);
            }
            let written = timeout(WRITE_DEADLINE, async {
                stream.write_all(buffer.as_bytes()).await?;
                stream.flush().await
            });
            if !matches!(written.await, Ok(Ok(()))) {
                return;
            }
            buffer.clear();
        }
        // The client may be gone already, which is as good.
        let _ = stream.shutdown().await;
    }
}
