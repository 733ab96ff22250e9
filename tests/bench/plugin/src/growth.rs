//! The protocol of many message types, by which is measured how cost grows with them.

use crate::types::{INFOS, Inbox, Kind, kinds};
use crate::{Bench, Report};
use backplane_plugin::{
    Channel, Closed, MessageInfo, Negotiation, PluginError, Protocol, ProtocolJobsManager, ProtocolRegistry,
    RpcError, SessionFlags,
};
use std::future::poll_fn;
use std::sync::{Arc, PoisonError};

/// The variable of the environment that says how many types are declared: what a plug-in registers is asked for before
/// its configuration is known.
pub const TYPES_VARIABLE: &str = "BACKPLANE_BENCH_TYPES";

/// Registers the protocol and its methods, when the environment asks for it.
pub(crate) fn register(registry: &mut ProtocolRegistry<Bench>) {
    let types = std::env::var(TYPES_VARIABLE).unwrap_or_default();
    match types.as_str() {
        "1" => registry.register::<ProtocolTypes<1>>(SessionFlags::DEFAULT),
        "10" => registry.register::<ProtocolTypes<10>>(SessionFlags::DEFAULT),
        "100" => registry.register::<ProtocolTypes<100>>(SessionFlags::DEFAULT),
        "1000" => registry.register::<ProtocolTypes<1000>>(SessionFlags::DEFAULT),
        _ => return,
    };
    registry.method("types_expect", async |bench: Arc<Bench>, (count,): (u64,)| {
        bench.types.tally.expect(count);
        Ok(())
    });
    registry.method("types_report", async |bench: Arc<Bench>, _: serde::de::IgnoredAny| {
        Ok::<Report, RpcError>(bench.types.tally.report())
    });
    registry.method("types_in_turn", types_in_turn);
    registry.method("types_last", types_last);
}

/// Sends `each` messages of every type over the first channel, all types in turn, one message at a time.
async fn types_in_turn(bench: Arc<Bench>, (each,): (u64,)) -> Result<(), RpcError> {
    let (channel, kinds) = first(&bench)?;
    for seq in 0..each {
        for kind in kinds {
            send(kind, &channel, seq).await?;
        }
    }
    Ok(())
}

/// Sends `count` messages of the type that was declared last over the first channel, one message at a time.
async fn types_last(bench: Arc<Bench>, (count,): (u64,)) -> Result<(), RpcError> {
    let (channel, kinds) = first(&bench)?;
    let last = kinds.last().ok_or_else(|| RpcError::new(1, "there is no type"))?;
    for seq in 0..count {
        send(last, &channel, seq).await?;
    }
    Ok(())
}

#[inline]
async fn send(kind: &Kind, channel: &Channel, seq: u64) -> Result<(), PluginError> {
    match (kind.send)(channel, seq)? {
        None => Ok(()),
        Some(waiting) => Ok(waiting.await?),
    }
}

fn first(bench: &Bench) -> Result<(Channel, &'static [Kind]), RpcError> {
    let channels = bench.types.channels.lock().unwrap_or_else(PoisonError::into_inner);
    channels.last().cloned().ok_or_else(|| RpcError::new(1, "there is no channel"))
}

/// Many types on one channel.
#[derive(Debug)]
struct ProtocolTypes<const N: usize> {
    bench: Arc<Bench>,
    channel: Channel,
    inboxes: Vec<Box<dyn Inbox>>,
}

impl<const N: usize> Protocol<Bench> for ProtocolTypes<N> {
    const NAME: &'static str = "bench-types";
    /// It runs with peers that are only sockets, too.
    const NEGOTIATION: Negotiation = Negotiation::Assumed;
    const MESSAGES: &'static [MessageInfo] = INFOS.split_at(N).0;

    fn attach(bench: Arc<Bench>, channel: Channel) -> Result<Self, PluginError> {
        let inboxes =
            kinds().iter().take(N).map(|kind| (kind.subscribe)(&channel)).collect::<Result<_, _>>()?;
        Ok(Self { bench, channel, inboxes })
    }

    fn start(self: Arc<Self>, jobs: &ProtocolJobsManager) {
        let kinds = kinds().split_at(N).0;
        let mut channels = self.bench.types.channels.lock().unwrap_or_else(PoisonError::into_inner);
        channels.push((self.channel.clone(), kinds));
        drop(channels);
        for at in 0..N {
            jobs.spawn("types", Arc::clone(&self).count(at));
        }
    }
}

impl<const N: usize> ProtocolTypes<N> {
    async fn count(self: Arc<Self>, at: usize) -> Result<(), Closed> {
        let Some(inbox) = self.inboxes.get(at) else { return Ok(()) };
        let mut stream = self.bench.types.tally.stream();
        let mut count = |message: crate::Small| {
            stream.count(message.seq, message.is_intact(), || self.bench.host.unix_time());
        };
        loop {
            poll_fn(|cx| inbox.poll_each(cx, &mut count)).await?;
        }
    }
}
