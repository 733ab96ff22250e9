//! A channel with the test at the other end of its connection.

use backplane::address::Address;
use backplane::channel::{Channel, ChannelConfig, ChannelIo, ChannelLimits, CloseReason, Link};
use backplane::frame::{self, Magic, Prefix};
use backplane::message::{Command, CommandInfo, Dispatcher, Subscription};
use backplane::transport::{MemoryNetwork, Stream};
use backplane_plugin::abi::{ChunkList, SendStatus};
use backplane_plugin::{Message, Metering, SessionKind, wire};
use bytes::{Buf, BytesMut};
use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

/// The network that all tests are on.
pub(crate) const MAGIC: Magic = [0x7f, 0x40, 0x0c, 0xc9];
/// Longer than anything that ought to happen takes by the paused clock.
const DEADLINE: Duration = Duration::from_secs(3600);
/// Long enough, by the paused clock, for everything that can happen without time passing.
const SETTLED: Duration = Duration::from_millis(1);

/// A channel, and what is needed to start it.
pub(crate) struct Rig {
    pub(crate) channel: Arc<Channel>,
    stream: Option<Stream>,
    io: Option<ChannelIo>,
}

/// The peer's end of the connection.
pub(crate) struct Peer {
    stream: Stream,
    buffer: BytesMut,
}

/// A channel that nobody reads yet, with its peer.
pub(crate) fn rig(session: SessionKind, limits: ChannelLimits) -> (Rig, Peer) {
    let (ours, theirs) = MemoryNetwork::pair();
    let channel = Channel::new(ChannelConfig {
        link: Link::default(),
        id: 7,
        session,
        address: address("tcp://127.0.0.1:9000"),
        magic: MAGIC,
        limits: Arc::new(limits),
        events: backplane::events::Events::new(),
    });
    let rig = Rig { channel, stream: Some(ours), io: None };
    (rig, Peer::new(theirs))
}

/// An inbound channel with the usual limits.
pub(crate) fn usual_rig() -> (Rig, Peer) {
    rig(SessionKind::Inbound, ChannelLimits::default())
}

impl Rig {
    /// Starts the reader and the writer.
    pub(crate) fn start(&mut self) {
        let stream = self.stream.take().expect("a test starts its channel once");
        let mut io = self.channel.start(stream.reader, stream.writer);
        io.spawn();
        self.io = Some(io);
    }

    /// A dispatcher of a command of the protocol `test`, neither limited nor metered.
    pub(crate) fn command(&self, name: &str) -> Arc<Dispatcher> {
        self.add(command(name))
    }

    /// A dispatcher of the protocol `test`, which may send.
    pub(crate) fn add(&self, info: CommandInfo) -> Arc<Dispatcher> {
        let protocol = Arc::clone(&info.protocol);
        let dispatcher =
            self.channel.messages().add(&Command::new(MAGIC, info)).expect("a test adds a command once");
        self.channel.messages().open_protocol(&protocol);
        dispatcher
    }

    /// Why the channel ended.
    pub(crate) async fn ended(&self) -> CloseReason {
        within("the end of the channel", self.channel.ended()).await.clone()
    }

    /// Waits until reader and writer are gone.
    pub(crate) async fn finished(&mut self) {
        let io = self.io.as_mut().expect("the channel was started");
        within("the end of reader and writer", io.ended()).await;
    }
}

/// A command of the protocol `test`.
pub(crate) fn command(name: &str) -> CommandInfo {
    CommandInfo {
        name: name.into(),
        protocol: "test".into(),
        max_bytes: u64::MAX,
        metering: Metering::NONE,
        check: None,
    }
}

impl Peer {
    /// The peer at this end of a connection.
    pub(crate) fn new(stream: Stream) -> Self {
        Self { stream, buffer: BytesMut::new() }
    }

    /// Writes bytes as they are.
    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        within("the channel to take bytes", self.stream.writer.write_all(bytes))
            .await
            .expect("the connection lives");
    }

    /// Writes one message.
    pub(crate) async fn send<M: Message>(&mut self, message: &M) {
        self.write(&message_frame(message)).await;
    }

    /// Ends the peer's direction of the stream.
    pub(crate) async fn shutdown(&mut self) {
        self.stream.writer.shutdown().await.expect("the connection lives");
    }

    /// The next frame; `None` when the stream ends between two frames.
    pub(crate) async fn frame(&mut self) -> Option<(String, Vec<u8>)> {
        loop {
            if let Some(frame) = self.cut() {
                return Some(frame);
            }
            let reading = self.stream.reader.read_buf(&mut self.buffer);
            if within("a frame", reading).await.expect("the connection does not break") == 0 {
                assert!(self.buffer.is_empty(), "the stream ends within a frame");
                return None;
            }
        }
    }

    /// The next message, which has to be of this type.
    pub(crate) async fn receive<M: Message>(&mut self) -> M {
        let (command, payload) = self.frame().await.expect("the stream goes on");
        assert_eq!(command, M::NAME);
        wire::from_bytes(&payload).expect("the channel sends what it can read")
    }

    fn cut(&mut self) -> Option<(String, Vec<u8>)> {
        let header = frame::header(&self.buffer, MAGIC).expect("the channel writes frames")?;
        let name = header.name().expect("commands are text").to_owned();
        let payload_len = usize::try_from(header.payload_len).expect("the channel's payloads are small");
        let header_len = header.header_len;
        if self.buffer.len() < header_len + payload_len {
            return None;
        }
        self.buffer.advance(header_len);
        Some((name, self.buffer.split_to(payload_len).to_vec()))
    }
}

pub(crate) fn address(text: &str) -> Address {
    text.parse().expect("tests write addresses that parse")
}

/// One frame as bytes.
pub(crate) fn frame(command: &str, payload: &[u8]) -> Vec<u8> {
    frame::encode(MAGIC, command, payload)
}

/// What lies in front of a payload that claims this length.
pub(crate) fn header(command: &str, payload_len: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    Prefix::new(MAGIC, command).put_header(&mut bytes, payload_len);
    bytes
}

/// One message as a frame.
pub(crate) fn message_frame<M: Message>(message: &M) -> Vec<u8> {
    frame(M::NAME, &wire::to_bytes(message).expect("tests make messages that can be encoded"))
}

/// What is queued now, or the next to come; `None` when no more will come.
pub(crate) async fn batch(subscription: &Subscription) -> Option<ChunkList> {
    let mut chunks = ChunkList::new();
    let receiving = poll_fn(|cx| subscription.poll_receive(cx, &mut chunks));
    within("a message or the end", receiving).await.then_some(chunks)
}

/// The payloads of some chunks.
pub(crate) fn payloads(chunks: &ChunkList) -> Vec<Vec<u8>> {
    let payload = |bytes: &[u8], start: u32, len: u32| {
        let (start, len) = (start as usize, len as usize);
        bytes.get(start..start + len).expect("a range lies within its chunk").to_vec()
    };
    let of_chunk = |chunk: &backplane_plugin::abi::Chunk| {
        chunk.frames.iter().map(|range| payload(&chunk.bytes, range.start, range.len)).collect::<Vec<_>>()
    };
    chunks.iter().flat_map(of_chunk).collect()
}

/// The next `count` payloads at least: all of the last batch.
pub(crate) async fn take(subscription: &Subscription, count: usize) -> Vec<Vec<u8>> {
    let mut taken = Vec::new();
    while taken.len() < count {
        taken.extend(payloads(&batch(subscription).await.expect("more messages come")));
    }
    taken
}

/// Every payload up to the end of the channel.
pub(crate) async fn drain(subscription: &Subscription) -> Vec<Vec<u8>> {
    let mut taken = Vec::new();
    while let Some(chunks) = batch(subscription).await {
        taken.extend(payloads(&chunks));
    }
    taken
}

/// Sends the same payload until the peer takes no more: how often it was sent.
pub(crate) async fn fill(channel: &Channel, command: &Dispatcher, payload: &[u8]) -> usize {
    let mut sent = 0;
    loop {
        match channel.send(command, payload, false) {
            SendStatus::Sent => sent += 1,
            status => {
                assert_eq!(status, SendStatus::Full);
                if settled(writable(channel)).await.is_none() {
                    return sent;
                }
            }
        }
    }
}

/// Ready when the channel has room for sending.
pub(crate) async fn writable(channel: &Channel) {
    poll_fn(|cx| channel.poll_writable(cx)).await;
}

/// Waits for what has to happen, by the paused clock.
pub(crate) async fn within<T>(what: &str, task: impl Future<Output = T>) -> T {
    let done = timeout(DEADLINE, task).await;
    assert!(done.is_ok(), "{what}: still waiting after {DEADLINE:?}");
    done.expect("that was asserted")
}

/// What `task` ends with, or `None` when it cannot go on without time passing.
pub(crate) async fn settled<T>(task: impl Future<Output = T>) -> Option<T> {
    timeout(SETTLED, task).await.ok()
}
