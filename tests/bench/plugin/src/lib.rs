//! The work that the benchmarks measure, as a plug-in: a stream one way, questions and answers, a fan-out.

mod messages;
mod tally;

use backplane_plugin::{
    Channel, Closed, Host, MessageInfo, MessageSubscription, NoConfig, Plugin, PluginError, Protocol,
    ProtocolJobsManager, ProtocolRegistry, RpcError, SessionFlags, export_plugin,
};
use messages::{Answer, Ask};
pub use messages::{LARGE, Large, SMALL, Small, large, small};
use serde::de::IgnoredAny;
use std::sync::{Arc, Mutex, PoisonError};
pub use tally::Report;
use tally::Tally;

/// What the measurements of one node share.
#[derive(Debug, Clone)]
pub struct Bench {
    host: Host,
    tally: Arc<Tally>,
    /// The protocol of each live channel, to send from.
    channels: Arc<Mutex<Vec<Arc<ProtocolBench>>>>,
}

impl Bench {
    /// The plug-in on a host.
    #[must_use]
    pub fn new(host: Host) -> Self {
        Self { host, tally: Arc::default(), channels: Arc::default() }
    }

    /// Everything registered, for a plug-in and for a node that has it linked in.
    pub fn register_all(registry: &mut ProtocolRegistry<Self>) {
        registry.register::<ProtocolBench>(SessionFlags::DEFAULT);
        registry.method("expect", async |bench: Arc<Self>, (count,): (u64,)| {
            bench.expect(count);
            Ok(())
        });
        registry.method("report", async |bench: Arc<Self>, _: IgnoredAny| Ok(bench.report()));
        registry.method("stream", Self::stream);
        registry.method("ask", Self::ask);
        registry.method("fan_out", Self::fan_out);
    }

    /// Forgets what was counted; each stream is expected to have `count` messages.
    pub fn expect(&self, count: u64) {
        self.tally.expect(count);
    }

    /// What has been counted.
    #[must_use]
    pub fn report(&self) -> Report {
        self.tally.report()
    }

    /// Sends `count` messages with `bytes` of payload over the first channel.
    ///
    /// # Errors
    ///
    /// When there is no channel, or it closes.
    pub async fn stream(self: Arc<Self>, (bytes, count): (usize, u64)) -> Result<(), RpcError> {
        let channel = self.first()?.channel.clone();
        if bytes == SMALL {
            channel.send_all((0..count).map(small)).await?;
        } else {
            channel.send_all((0..count).map(move |seq| large(seq, bytes))).await?;
        }
        Ok(())
    }

    /// Asks `count` questions one after the other: the nanoseconds of each round trip.
    async fn ask(self: Arc<Self>, (bytes, count): (usize, u64)) -> Result<Vec<u64>, RpcError> {
        let protocol = self.first()?;
        let mut times = Vec::new();
        for seq in 0..count {
            let asked = self.host.unix_time();
            protocol.channel.send(&Ask(large(seq, bytes))).await?;
            let Answer(answer) = protocol.answers.receive().await.map_err(PluginError::from)?;
            if answer.seq != seq || answer.len() != bytes {
                return Err(RpcError::new(1, format!("the answer to {seq} is number {}", answer.seq)));
            }
            let taken = self.host.unix_time().saturating_sub(asked);
            times.push(u64::try_from(taken.as_nanos()).unwrap_or(u64::MAX));
        }
        Ok(times)
    }

    /// Sends `count` small messages to all channels: how many were queued in all. It goes on when all have been taken.
    async fn fan_out(self: Arc<Self>, (first, count): (u64, u64)) -> Result<usize, RpcError> {
        let mut queued = 0;
        for seq in first..first + count {
            queued += self.host.broadcast(&small(seq))?;
        }
        Ok(queued)
    }

    fn first(&self) -> Result<Arc<ProtocolBench>, RpcError> {
        let channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        channels.last().cloned().ok_or_else(|| RpcError::new(1, "there is no channel"))
    }
}

impl Plugin for Bench {
    type Config = NoConfig;

    fn create(host: Host, _: NoConfig) -> Result<Self, PluginError> {
        Ok(Self::new(host))
    }

    fn register(registry: &mut ProtocolRegistry<Self>) {
        Self::register_all(registry);
    }
}

/// The measurements on one channel.
#[derive(Debug)]
pub struct ProtocolBench {
    bench: Arc<Bench>,
    channel: Channel,
    smalls: MessageSubscription<Small>,
    larges: MessageSubscription<Large>,
    asks: MessageSubscription<Ask>,
    answers: MessageSubscription<Answer>,
}

impl Protocol<Bench> for ProtocolBench {
    const NAME: &'static str = "bench";
    const MESSAGES: &'static [MessageInfo] = backplane_plugin::messages![Small, Large, Ask, Answer];

    fn attach(bench: Arc<Bench>, channel: Channel) -> Result<Self, PluginError> {
        Ok(Self {
            smalls: channel.subscribe()?,
            larges: channel.subscribe()?,
            asks: channel.subscribe()?,
            answers: channel.subscribe()?,
            channel,
            bench,
        })
    }

    fn start(self: Arc<Self>, jobs: &ProtocolJobsManager) {
        self.bench.channels.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&self));
        jobs.spawn("smalls", Arc::clone(&self).count_smalls());
        jobs.spawn("larges", Arc::clone(&self).count_larges());
        jobs.spawn("answer", self.answer());
    }
}

impl ProtocolBench {
    async fn count_smalls(self: Arc<Self>) -> Result<(), Closed> {
        let mut stream = self.bench.tally.stream();
        loop {
            for message in self.smalls.receive_batch().await? {
                stream.count(message.seq, message.is_intact(), || self.bench.host.unix_time());
            }
        }
    }

    async fn count_larges(self: Arc<Self>) -> Result<(), Closed> {
        let mut stream = self.bench.tally.stream();
        loop {
            for message in self.larges.receive_batch().await? {
                stream.count(message.seq, message.is_intact(), || self.bench.host.unix_time());
            }
        }
    }

    async fn answer(self: Arc<Self>) -> Result<(), PluginError> {
        loop {
            let Ask(message) = self.asks.receive().await?;
            self.channel.send(&Answer(message)).await?;
        }
    }
}

export_plugin!(Bench);
