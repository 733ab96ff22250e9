//! The plug-in of many message types, by which is measured how cost grows with them.

use crate::Report;
use crate::tally::Tally;
use crate::types::{INFOS, Inbox, Kind, kinds};
use backplane_plugin::{
    Channel, Closed, Host, MessageInfo, MethodEntry, Negotiation, NoConfig, Plugin, PluginError, Protocol,
    ProtocolEntry, ProtocolJobsManager, RpcError, SessionFlags, methods, protocols,
};
use serde::de::IgnoredAny;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};

/// A plug-in with `N` message types, at most a thousand.
#[derive(Debug)]
pub struct Types<const N: usize> {
    host: Host,
    tally: Arc<Tally>,
    /// Each live channel, to send from.
    channels: Mutex<Vec<Channel>>,
}

impl<const N: usize> Plugin for Types<N> {
    type Config = NoConfig;
    const PROTOCOLS: &'static [ProtocolEntry<Self>] = protocols![ProtocolTypes<N>: SessionFlags::DEFAULT];
    const METHODS: &'static [MethodEntry<Self>] = methods![expect, report, in_turn, last];

    fn create(host: Host, _: NoConfig) -> Result<Self, PluginError> {
        Ok(Self { host, tally: Arc::default(), channels: Mutex::default() })
    }
}

impl<const N: usize> Types<N> {
    const KINDS: &'static [Kind] = kinds().split_at(N).0;

    async fn expect(self: Arc<Self>, (count,): (u64,)) -> Result<(), RpcError> {
        self.tally.expect(count);
        Ok(())
    }

    async fn report(self: Arc<Self>, _: IgnoredAny) -> Result<Report, RpcError> {
        Ok(self.tally.report())
    }

    /// Sends `each` messages of every type over the first channel, all types in turn, one message at a time.
    async fn in_turn(self: Arc<Self>, (each,): (u64,)) -> Result<(), RpcError> {
        let channel = self.first()?;
        for seq in 0..each {
            for kind in Self::KINDS {
                send(kind, &channel, seq).await?;
            }
        }
        Ok(())
    }

    /// Sends `count` messages of the type that was declared last over the first channel, one message at a time.
    async fn last(self: Arc<Self>, (count,): (u64,)) -> Result<(), RpcError> {
        let channel = self.first()?;
        let last = Self::KINDS.last().ok_or_else(|| RpcError::new(1, "there is no type"))?;
        for seq in 0..count {
            send(last, &channel, seq).await?;
        }
        Ok(())
    }

    fn first(&self) -> Result<Channel, RpcError> {
        let channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        channels.last().cloned().ok_or_else(|| RpcError::new(1, "there is no channel"))
    }
}

#[inline]
async fn send(kind: &Kind, channel: &Channel, seq: u64) -> Result<(), PluginError> {
    match (kind.send)(channel, seq)? {
        None => Ok(()),
        Some(waiting) => Ok(waiting.await?),
    }
}

/// Many types on one channel.
#[derive(Debug)]
struct ProtocolTypes<const N: usize> {
    types: Arc<Types<N>>,
    channel: Channel,
    inboxes: Vec<Box<dyn Inbox>>,
}

impl<const N: usize> Protocol<Types<N>> for ProtocolTypes<N> {
    const NAME: &'static str = "bench-types";
    /// It runs with peers that are only sockets, too.
    const NEGOTIATION: Negotiation = Negotiation::Assumed;
    const MESSAGES: &'static [MessageInfo] = INFOS.split_at(N).0;

    fn attach(types: Arc<Types<N>>, channel: Channel) -> Result<Self, PluginError> {
        let inboxes =
            Types::<N>::KINDS.iter().map(|kind| (kind.subscribe)(&channel)).collect::<Result<_, _>>()?;
        Ok(Self { types, channel, inboxes })
    }

    fn start(self: Arc<Self>, jobs: &ProtocolJobsManager) {
        let mut channels = self.types.channels.lock().unwrap_or_else(PoisonError::into_inner);
        channels.push(self.channel.clone());
        drop(channels);
        for at in 0..N {
            jobs.spawn("types", Arc::clone(&self).count(at));
        }
    }
}

impl<const N: usize> ProtocolTypes<N> {
    async fn count(self: Arc<Self>, at: usize) -> Result<(), Closed> {
        let Some(inbox) = self.inboxes.get(at) else { return Ok(()) };
        let mut stream = self.types.tally.stream();
        let mut count = |message: crate::Small| {
            stream.count(message.seq, message.is_intact(), || self.types.host.unix_time());
        };
        loop {
            poll_fn(|cx| inbox.poll_each(cx, &mut count)).await?;
        }
    }
}
