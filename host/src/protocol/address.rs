//! Addresses: peers ask one another for addresses of further peers.

use super::builtin::Builtin;
use super::messages::{Addrs, GetAddrs};
use crate::random;
use crate::settings::Settings;
use backplane_plugin::{
    Channel, MessageInfo, MessageSubscription, Negotiation, PluginError, Protocol, ProtocolJobsManager,
    SendError, SessionKind, messages,
};
use futures_util::future::try_join;
use std::sync::Arc;

/// The largest number that a question asks for.
const MOST: u32 = 255;

/// The exchange of addresses on one lasting channel.
#[derive(Debug)]
pub struct ProtocolAddress {
    node: Arc<Builtin>,
    channel: Channel,
    questions: MessageSubscription<GetAddrs>,
    answers: MessageSubscription<Addrs>,
}

impl Protocol<Builtin> for ProtocolAddress {
    const NAME: &'static str = "address";
    const NEGOTIATION: Negotiation = Negotiation::Assumed;
    const MESSAGES: &'static [MessageInfo] = messages![GetAddrs, Addrs];

    fn attach(node: Arc<Builtin>, channel: Channel) -> Result<Self, PluginError> {
        Ok(Self { questions: channel.subscribe()?, answers: channel.subscribe()?, channel, node })
    }

    fn start(self: Arc<Self>, jobs: &ProtocolJobsManager) {
        jobs.spawn("exchange", self.exchange());
    }
}

impl ProtocolAddress {
    /// One job, since every channel has it and a job takes memory.
    async fn exchange(self: Arc<Self>) -> Result<(), SendError> {
        self.ask().await?;
        try_join(self.answer(), self.learn()).await.map(|_| ())
    }

    async fn ask(&self) -> Result<(), SendError> {
        self.channel.send(&self.node.question()).await?;
        // Only to a peer that was picked from the lists: it is one of the network, and wants to know of us.
        match self.node.own_addresses() {
            Some(own) if self.channel.info().session == SessionKind::Outbound => {
                self.channel.send(&own).await
            }
            _ => Ok(()),
        }
    }

    async fn answer(&self) -> Result<(), SendError> {
        while let Ok(GetAddrs { max, transports }) = self.questions.receive().await {
            let addrs = self.node.hosts.share(max, &transports, &mut random::rng());
            self.channel.send(&Addrs { addrs }).await?;
        }
        Ok(())
    }

    async fn learn(&self) -> Result<(), SendError> {
        while let Ok(answer) = self.answers.receive().await {
            self.node.learn(answer, &self.channel);
        }
        Ok(())
    }
}

/// The question for addresses of peers that this node can dial.
pub fn question<'a>(settings: &Settings, dialable: impl Iterator<Item = &'a str>) -> GetAddrs {
    let network = &settings.network;
    let max = network.getaddrs_max.map_or(u32::from(network.outbound_connections), u32::from);
    GetAddrs { max: max.min(MOST), transports: dialable.map(ToOwned::to_owned).collect() }
}

impl Builtin {
    /// The question for addresses.
    pub(super) fn question(&self) -> GetAddrs {
        question(&self.settings.now(), self.schemes.iter().map(String::as_str))
    }

    /// This node's own addresses as an answer; `None` when it has none.
    pub(super) fn own_addresses(&self) -> Option<Addrs> {
        let now = self.host.unix_time().as_secs();
        let own = self.identity.external.read();
        let addrs: Vec<_> = own.iter().map(|address| (address.without_query(), now)).collect();
        (!addrs.is_empty()).then_some(Addrs { addrs })
    }

    /// Notes the addresses of an answer from the peer of a channel.
    pub(super) fn learn(&self, answer: Addrs, from: &Channel) {
        let heard = answer.addrs.len();
        let source = from.info().address.parse().ok();
        let kept = self.hosts.insert(answer.addrs, source.as_ref(), self.host.unix_time().as_secs());
        tracing::debug!(heard, kept, "heard of addresses");
    }
}
