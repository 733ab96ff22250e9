//! A client of IRC that shows every line.

use super::node::IrcNode;
use backplane_tests::wait::within;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

/// All capabilities that concern messages.
pub(crate) const MODERN: &str =
    "batch draft/chathistory draft/message-redaction echo-message labeled-response message-tags server-time";

/// One connection.
pub(crate) struct Raw {
    source: BufReader<OwnedReadHalf>,
    sink: OwnedWriteHalf,
}

impl Raw {
    pub(crate) async fn connect(node: &IrcNode) -> Self {
        let stream = within("an IRC connection", TcpStream::connect(node.host_and_port())).await;
        let (source, sink) = stream.expect("the node accepts").into_split();
        Self { source: BufReader::new(source), sink }
    }

    /// A client that is registered with these capabilities.
    pub(crate) async fn registered(node: &IrcNode, caps: &str) -> Self {
        let mut client = Self::connect(node).await;
        client.says(&format!("CAP REQ :{caps}")).await;
        client.says("NICK me\r\nUSER me 0 * :Me\r\nCAP END").await;
        client.hears(" 376 ").await;
        client
    }

    /// Sends a line.
    pub(crate) async fn says(&mut self, line: &str) {
        self.sends(format!("{line}\r\n").as_bytes()).await;
    }

    pub(crate) async fn sends(&mut self, bytes: &[u8]) {
        within("a line to be taken", self.sink.write_all(bytes)).await.expect("the node reads");
    }

    /// The next line; `None` when the node has closed.
    pub(crate) async fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = within("a line", self.source.read_line(&mut line)).await.expect("the connection holds");
        if read == 0 {
            return None;
        }
        let line = line.strip_suffix("\r\n").unwrap_or_else(|| panic!("{line:?} has no end"));
        let body =
            if line.starts_with('@') { line.split_once(' ').map_or("", |(_, rest)| rest) } else { line };
        assert!(body.len() <= 510, "{line:?} is too long");
        Some(line.to_owned())
    }

    /// Waits for a line that contains a text.
    pub(crate) async fn hears(&mut self, text: &str) -> String {
        let mut heard = Vec::new();
        within(&format!("a line with {text:?}"), async {
            while let Some(line) = self.line().await {
                if line.contains(text) {
                    return line;
                }
                heard.push(line);
            }
            panic!("the node closed before {text:?} came: {heard:#?}")
        })
        .await
    }

    /// All lines up to the answer of a `PING`.
    pub(crate) async fn all(&mut self) -> Vec<String> {
        self.says("PING :all").await;
        let mut lines = Vec::new();
        while let Some(line) = self.line().await {
            if line.ends_with("PONG irc.backplane :all") {
                return lines;
            }
            lines.push(line);
        }
        panic!("the node closed: {lines:#?}")
    }
}
