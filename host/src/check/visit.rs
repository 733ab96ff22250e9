//! One channel of a plug-in under check, with a peer that does as it is told.

use super::outcome::{Verdict, failed};
use super::patience::{PATIENCE, within};
use crate::channel::{
    Channel, ChannelConfig, ChannelIo, ChannelLimits, Channels, CloseReason, Keep, Link, OutgoingLimits,
};
use crate::events::Events;
use crate::frame::{self, Magic, Prefix};
use crate::plugin::Services;
use crate::protocol::Attached;
use crate::transport::Stream;
use backplane_plugin::SessionKind;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, DuplexStream, WriteHalf, duplex, split};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// How long the jobs of a channel may take to end: less than a node waits before it gives them up.
const ENDING: Duration = Duration::from_secs(4);
/// Long enough for a job to look at a payload. Nothing is found or missed by it.
const TURN: Duration = Duration::from_millis(5);
/// How often a state is looked at that is waited for.
const LOOK: Duration = Duration::from_millis(1);

/// What the channels of a check are like.
#[derive(Debug, Clone)]
pub(super) struct Line {
    limits: Arc<ChannelLimits>,
    /// How many bytes a connection holds that have not been read.
    bytes: usize,
    /// Whether peers take their time.
    is_slow: bool,
}

impl Line {
    /// As they usually are.
    pub(super) fn usual() -> Self {
        Self { limits: Arc::default(), bytes: 64 * 1024, is_slow: false }
    }

    /// Nearly every message finds the outgoing buffer full.
    pub(super) fn slow() -> Self {
        let outgoing = OutgoingLimits { high: 32, max: 1024 * 1024 };
        let limits = ChannelLimits { outgoing, ..ChannelLimits::default() };
        Self { limits: Arc::new(limits), bytes: 64, is_slow: true }
    }
}

/// One channel.
pub(super) struct Visit {
    pub(super) channel: Arc<Channel>,
    channels: Arc<Channels>,
    magic: Magic,
    /// Until they start.
    attached: Option<Attached>,
    io: ChannelIo,
    /// To the channel; `None` once the peer has gone.
    writer: Option<WriteHalf<DuplexStream>>,
    /// How much the peer has written.
    written: u64,
    /// The life of the protocols that run.
    life: JoinSet<()>,
    peer: JoinSet<()>,
}

impl Visit {
    pub(super) fn new(services: &Services, line: &Line, id: u32, session: SessionKind) -> Self {
        let (ours, theirs) = duplex(line.bytes);
        let magic = services.settings.network.magic_bytes;
        let address = "tcp://127.0.0.1:26661".parse().expect("it is an address");
        let link = Link::default();
        let events = Events::new();
        let limits = Arc::clone(&line.limits);
        let config = ChannelConfig { id, session, address, link, magic, limits, events };
        let channel = Channel::new(config);
        let attached = services.registry.attach(&channel);
        let ours = Stream::from(ours);
        let mut io = channel.start(ours.reader, ours.writer);
        io.spawn();
        let mut peer = JoinSet::new();
        let (reader, writer) = split(theirs);
        peer.spawn(read(reader, line.is_slow));
        let channels = Arc::clone(&services.channels);
        let (attached, writer, life) = (Some(attached), Some(writer), JoinSet::new());
        Self { channel, channels, magic, attached, io, writer, written: 0, life, peer }
    }

    /// Starts the protocols.
    pub(super) fn start(&mut self) {
        let Some(mut attached) = self.attached.take() else { return };
        attached.negotiate(None);
        self.channels.insert(&self.channel, |_| Keep::Both);
        attached.start();
        self.life.spawn(live(Arc::clone(&self.channel), attached));
    }

    /// The peer sends a payload. It is not heard when the channel ends meanwhile.
    pub(super) async fn say(&mut self, command: &str, payload: &[u8]) -> Verdict {
        let Some(writer) = &mut self.writer else { return Ok(()) };
        let frame = frame::encode(self.magic, command, payload);
        let what = format!("{command} of {} bytes is not read", payload.len());
        if within(PATIENCE, what, writer.write_all(&frame)).await?.is_ok() {
            self.written += frame.len() as u64;
        }
        Ok(())
    }

    /// The peer sends what lies in front of a payload of so many bytes.
    pub(super) async fn claim(&mut self, command: &str, bytes: usize) -> Verdict {
        let Some(writer) = &mut self.writer else { return Ok(()) };
        let mut header = Vec::new();
        Prefix::new(self.magic, command).put_header(&mut header, bytes);
        // A channel that has ended is what is asked for.
        within(PATIENCE, format!("{command} is not read"), writer.write_all(&header)).await.map(drop)
    }

    /// Waits until all that the peer has sent has been received, or the channel has ended.
    pub(super) async fn received(&self) -> Verdict {
        let is_done = || {
            let is_read = self.channel.traffic().totals().bytes_in >= self.written;
            self.channel.close_reason().is_some() || is_read && self.channel.messages().held().is_empty()
        };
        let waiting = async {
            while !is_done() {
                sleep(LOOK).await;
            }
        };
        if timeout(PATIENCE, waiting).await.is_ok() {
            return Ok(());
        }
        let held: usize = self.channel.messages().held().values().sum();
        failed(format!("{held} bytes of what it subscribes to are not received within {PATIENCE:?}"))
    }

    /// Whether the channel goes on after what it has received: the jobs have had a turn by then.
    pub(super) async fn is_open(&self) -> bool {
        timeout(TURN, self.channel.ended()).await.is_err()
    }

    /// The peer hangs up.
    pub(super) fn hang_up(&mut self) {
        self.writer = None;
        self.peer.abort_all();
    }

    /// Ends the channel, if it has not ended yet; everything of it is gone then.
    pub(super) async fn end(mut self) -> Verdict {
        self.channel.close(CloseReason::Done);
        self.channels.remove(self.channel.id());
        let ending = async {
            if let Some(attached) = self.attached.take() {
                attached.close_all().await;
            }
            while self.life.join_next().await.is_some() {}
        };
        within(ENDING, "the jobs of a channel do not end", ending).await?;
        self.io.abort().await;
        Ok(())
    }
}

/// The life of the protocols of a channel that have started.
async fn live(channel: Arc<Channel>, mut attached: Attached) {
    loop {
        tokio::select! {
            biased;
            _ = channel.ended() => break,
            followed = attached.follow() => {
                if let Err(reason) = followed {
                    channel.close(reason);
                }
            }
        }
    }
    attached.close_all().await;
}

/// Reads what the channel writes, and forgets it.
async fn read(mut reader: impl AsyncRead + Unpin, is_slow: bool) {
    let mut buffer = [0; 4096];
    while let Ok(1..) = reader.read(&mut buffer).await {
        if is_slow {
            sleep(LOOK).await;
        }
    }
}

impl fmt::Debug for Visit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Visit").field(&self.channel.id()).finish()
    }
}
