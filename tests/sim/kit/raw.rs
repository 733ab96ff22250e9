//! The wire by hand, on a stream of whatever transport: for peers that do as they like.

use backplane::address::Address;
use backplane::clock;
use backplane::frame::{self, Magic};
use backplane::protocol::messages::{AppVersion, Verack, Version};
use backplane::transport::Stream;
use backplane_plugin::{Message, wire};
use bytes::{Buf, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The magic of the network that nodes belong to unless they are told otherwise.
pub(super) const MAGIC: Magic = [217, 239, 182, 125];
const APPLICATION: &str = "dchatd";
const VERSION: &str = "0.4.1";

/// One end of a connection.
#[derive(Debug)]
pub(super) struct Raw {
    stream: Stream,
    buffer: BytesMut,
}

impl Raw {
    pub(super) fn new(stream: Stream) -> Self {
        Self { stream, buffer: BytesMut::new() }
    }

    /// Writes bytes as they are; `None` when the other end has closed.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> Option<()> {
        self.stream.writer.write_all(bytes).await.ok()
    }

    /// Sends a message; `None` when the other end has closed.
    pub(super) async fn send<M: Message>(&mut self, message: &M) -> Option<()> {
        let payload = wire::to_bytes(message).unwrap_or_else(|error| panic!("{}: {error}", M::NAME));
        self.write(&frame::encode(MAGIC, M::NAME, &payload)).await
    }

    /// Introduces itself as a stock node that is reached at `own`, talking to `peer`.
    pub(super) async fn introduce(&mut self, own: &Address, peer: &Address) -> Option<()> {
        let version = || VERSION.parse::<AppVersion>().expect("it is a version");
        self.send(&Version {
            node_id: String::new(),
            app_name: APPLICATION.to_owned(),
            version: version(),
            timestamp: clock::unix_seconds(),
            connect_recv_addr: peer.clone(),
            resolve_recv_addr: None,
            ext_send_addr: vec![own.clone()],
            features: Vec::new(),
        })
        .await?;
        self.send(&Verack { app_version: version(), app_name: APPLICATION.to_owned() }).await
    }

    /// The next frame; `None` at the end.
    pub(super) async fn next(&mut self) -> Option<(String, Vec<u8>)> {
        loop {
            if let Some(frame) = self.parse() {
                return Some(frame);
            }
            if self.stream.reader.read_buf(&mut self.buffer).await.ok()? == 0 {
                return None;
            }
        }
    }

    /// Reads whatever comes until the end.
    pub(super) async fn drain(&mut self) {
        while self.stream.reader.read_buf(&mut self.buffer).await.is_ok_and(|count| count > 0) {
            self.buffer.clear();
        }
    }

    fn parse(&mut self) -> Option<(String, Vec<u8>)> {
        let header = frame::header(&self.buffer, MAGIC).expect("a node sends frames of its network")?;
        let whole =
            header.header_len + usize::try_from(header.payload_len).expect("a payload fits the memory");
        let command = header.name().expect("a node sends text as commands").to_owned();
        let payload = self.buffer.get(header.header_len..whole)?.to_vec();
        self.buffer.advance(whole);
        Some((command, payload))
    }
}
