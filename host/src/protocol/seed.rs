//! Seed: one exchange of addresses with a node that is only asked for them.

use super::builtin::Builtin;
use super::messages::{Addrs, GetAddrs};
use backplane_plugin::{
    Channel, MessageInfo, MessageSubscription, Negotiation, PluginError, Protocol, ProtocolJobsManager,
    SendError, messages,
};
use std::sync::Arc;
use std::time::Duration;

/// How long a seed may take to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// The exchange of addresses on the channel to a seed, which ends with it.
#[derive(Debug)]
pub struct ProtocolSeed {
    node: Arc<Builtin>,
    channel: Channel,
    answers: MessageSubscription<Addrs>,
}

impl Protocol<Builtin> for ProtocolSeed {
    const NAME: &'static str = "seed";
    const NEGOTIATION: Negotiation = Negotiation::Assumed;
    const MESSAGES: &'static [MessageInfo] = messages![GetAddrs, Addrs];

    fn attach(node: Arc<Builtin>, channel: Channel) -> Result<Self, PluginError> {
        Ok(Self { answers: channel.subscribe()?, channel, node })
    }

    fn start(self: Arc<Self>, jobs: &ProtocolJobsManager) {
        jobs.spawn("exchange", self.exchange());
    }
}

impl ProtocolSeed {
    async fn exchange(self: Arc<Self>) -> Result<(), SendError> {
        if let Some(own) = self.node.own_addresses() {
            self.channel.send(&own).await?;
        }
        self.channel.send(&self.node.question()).await?;
        let answer = self.node.host.timeout(ANSWER_TIMEOUT, self.answers.receive()).await;
        match answer {
            Some(Ok(answer)) => {
                self.node.learn(answer, &self.channel);
                self.channel.close("the seed has answered");
            }
            Some(Err(_)) => {}
            None => self.channel.close("the seed did not answer in time"),
        }
        Ok(())
    }
}
