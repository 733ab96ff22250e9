//! The work that the benchmarks measure: a stream one way, questions and answers, a fan-out.

mod growth;
mod messages;
mod tally;
mod types;

use backplane_plugin::{
    Channel, Closed, Host, MessageInfo, MessageSubscription, MethodEntry, Plugin, PluginError, Protocol,
    ProtocolEntry, ProtocolJobsManager, RpcError, SessionFlags, config, methods, protocols,
};
pub use growth::Types;
use messages::{Answer, Ask, Numbered};
pub use messages::{LARGE, Large, SMALL, Small, large, small};
use serde::de::IgnoredAny;
use std::sync::{Arc, Mutex, PoisonError};
pub use tally::Report;
use tally::Tally;
pub use types::type_name;

config! {
    /// What a run may have otherwise than most.
    #[derive(Debug, Clone, Copy)]
    pub struct BenchConfig {
        /// How many subscriptions each channel has to the small messages.
        subscriptions: usize = 1,
        /// Whether messages are received one at a time instead of in batches.
        singly: bool = false,
    }
}

/// What the measurements of one node share.
#[derive(Debug, Clone)]
pub struct Bench {
    host: Host,
    tally: Arc<Tally>,
    /// The protocol of each live channel, to send from.
    channels: Arc<Mutex<Vec<Arc<ProtocolBench>>>>,
    config: BenchConfig,
}

impl Bench {
    /// The plug-in on a host.
    #[must_use]
    pub fn new(host: Host) -> Self {
        Self::with(host, BenchConfig::default())
    }

    fn with(host: Host, config: BenchConfig) -> Self {
        Self { host, tally: Arc::default(), channels: Arc::default(), config }
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

    /// Sends as [`stream`](Self::stream), but one message at a time.
    async fn stream_singly(self: Arc<Self>, (bytes, count): (usize, u64)) -> Result<(), RpcError> {
        let channel = self.first()?.channel.clone();
        if bytes == SMALL {
            for seq in 0..count {
                channel.send(&small(seq)).await?;
            }
        } else {
            for seq in 0..count {
                channel.send(&large(seq, bytes)).await?;
            }
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
    type Config = BenchConfig;
    const PROTOCOLS: &'static [ProtocolEntry<Self>] = protocols![ProtocolBench: SessionFlags::DEFAULT];
    const METHODS: &'static [MethodEntry<Self>] =
        methods![expect = expect, report = report, stream, stream_singly, ask, fan_out];

    fn create(host: Host, config: BenchConfig) -> Result<Self, PluginError> {
        Ok(Self::with(host, config))
    }
}

async fn expect(bench: Arc<Bench>, (count,): (u64,)) -> Result<(), RpcError> {
    bench.expect(count);
    Ok(())
}

async fn report(bench: Arc<Bench>, _: IgnoredAny) -> Result<Report, RpcError> {
    Ok(bench.report())
}

/// The measurements on one channel.
#[derive(Debug)]
pub struct ProtocolBench {
    bench: Arc<Bench>,
    channel: Channel,
    smalls: Vec<MessageSubscription<Small>>,
    larges: MessageSubscription<Large>,
    asks: MessageSubscription<Ask>,
    answers: MessageSubscription<Answer>,
}

impl Protocol<Bench> for ProtocolBench {
    const NAME: &'static str = "bench";
    const MESSAGES: &'static [MessageInfo] = backplane_plugin::messages![Small, Large, Ask, Answer];

    fn attach(bench: Arc<Bench>, channel: Channel) -> Result<Self, PluginError> {
        Ok(Self {
            smalls: (0..bench.config.subscriptions).map(|_| channel.subscribe()).collect::<Result<_, _>>()?,
            larges: channel.subscribe()?,
            asks: channel.subscribe()?,
            answers: channel.subscribe()?,
            channel,
            bench,
        })
    }

    fn start(self: Arc<Self>, jobs: &ProtocolJobsManager) {
        self.bench.channels.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&self));
        for at in 0..self.smalls.len() {
            jobs.spawn("smalls", Arc::clone(&self).count(move |own| own.smalls.get(at)));
        }
        jobs.spawn("larges", Arc::clone(&self).count(|own| Some(&own.larges)));
        jobs.spawn("answer", self.answer());
    }
}

impl ProtocolBench {
    /// Counts what comes in on one of the subscriptions.
    async fn count<M: Numbered>(
        self: Arc<Self>,
        which: impl Fn(&Self) -> Option<&MessageSubscription<M>> + Send,
    ) -> Result<(), Closed> {
        let Some(subscription) = which(&self) else { return Ok(()) };
        let mut stream = self.bench.tally.stream();
        let now = || self.bench.host.unix_time();
        // Two loops, so that counting is inlined into both.
        if self.bench.config.singly {
            loop {
                let message = subscription.receive().await?;
                stream.count(message.seq(), message.is_whole(), now);
            }
        }
        loop {
            for message in subscription.receive_batch().await? {
                stream.count(message.seq(), message.is_whole(), now);
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
