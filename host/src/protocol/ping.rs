//! Ping: every channel shows from time to time that it lives.

use backplane_plugin::{
    Channel, ChannelInfo, Closed, Host, Message, MessageInfo, MessageSubscription, Metering, Negotiation,
    PluginError, Protocol, ProtocolJobsManager, SendError, messages,
};
use futures_util::future::try_join;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// Asks for a sign of life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ping {
    /// A random number, to be sent back.
    pub nonce: u16,
}

impl Message for Ping {
    const NAME: &'static str = "ping";
    const MAX_BYTES: u64 = 2;
    const METERING: Metering = Metering::per_ten_seconds(4);
}

/// Answers [`Ping`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pong {
    /// The number of the ping.
    pub nonce: u16,
}

impl Message for Pong {
    const NAME: &'static str = "pong";
    const MAX_BYTES: u64 = 2;
    const METERING: Metering = Metering::per_ten_seconds(4);
}

/// What ping needs of the plug-in that it is a protocol of.
pub trait PingHost: Send + Sync + 'static {
    /// The host.
    fn host(&self) -> &Host;

    /// How long to wait for a pong, and how long to rest after it.
    fn times(&self, channel: &ChannelInfo) -> PingTimes;

    /// Told how long a peer took to answer.
    fn answered(&self, _channel: &ChannelInfo, _after: Duration) {}
}

/// The times of ping on one channel.
#[derive(Debug, Clone, Copy)]
pub struct PingTimes {
    /// How long a pong may take, the sending of the ping included.
    pub timeout: Duration,
    /// How long to rest after a pong.
    pub interval: Duration,
}

/// Ping on one channel.
#[derive(Debug)]
pub struct ProtocolPing<P> {
    plugin: Arc<P>,
    channel: Channel,
    pings: MessageSubscription<Ping>,
    pongs: MessageSubscription<Pong>,
}

impl<P: PingHost> Protocol<P> for ProtocolPing<P> {
    const NAME: &'static str = "ping";
    const NEGOTIATION: Negotiation = Negotiation::Assumed;
    const MESSAGES: &'static [MessageInfo] = messages![Ping, Pong];

    fn attach(plugin: Arc<P>, channel: Channel) -> Result<Self, PluginError> {
        Ok(Self { pings: channel.subscribe()?, pongs: channel.subscribe()?, channel, plugin })
    }

    fn start(self: Arc<Self>, jobs: &ProtocolJobsManager) {
        jobs.spawn("ping", self.run());
    }
}

impl<P: PingHost> ProtocolPing<P> {
    /// One job, since every channel has it and a job takes memory.
    async fn run(self: Arc<Self>) -> Result<(), SendError> {
        try_join(self.answer(), self.ask()).await.map(|_| ())
    }

    async fn answer(&self) -> Result<(), SendError> {
        while let Ok(Ping { nonce }) = self.pings.receive().await {
            self.channel.send(&Pong { nonce }).await?;
        }
        Ok(())
    }

    async fn ask(&self) -> Result<(), SendError> {
        let times = self.plugin.times(self.channel.info());
        loop {
            let asked = self.plugin.host().unix_time();
            let Some(answer) = self.plugin.host().timeout(times.timeout, self.ask_once()).await else {
                self.channel.close(&format!("no pong within {:?}", times.timeout));
                return Ok(());
            };
            let (sent, received) = answer?;
            match received {
                Err(Closed) => return Ok(()),
                Ok(pong) if pong.nonce != sent => {
                    self.channel.close("the pong has another nonce than the ping");
                    return Ok(());
                }
                Ok(_) => {
                    let after = self.plugin.host().unix_time().saturating_sub(asked);
                    self.plugin.answered(self.channel.info(), after);
                    self.plugin.host().sleep(times.interval).await;
                }
            }
        }
    }

    async fn ask_once(&self) -> Result<(u16, Result<Pong, Closed>), SendError> {
        let [low, high, ..] = self.plugin.host().random().to_le_bytes();
        let nonce = u16::from_le_bytes([low, high]);
        self.channel.send(&Ping { nonce }).await?;
        Ok((nonce, self.pongs.receive().await))
    }
}
