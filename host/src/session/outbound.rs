//! Outbound: slots that are kept filled with peers from the address book.

use super::context::SessionContext;
use super::dial::dial;
use super::discovery::Discovery;
use super::pace::Pace;
use super::slots::SlotState;
use crate::address::Address;
use crate::clock;
use backplane_plugin::SessionKind;
use std::sync::Arc;

/// Starts the slots, and the discovery of peers for them.
pub(super) fn start(context: &Arc<SessionContext>, discovery: &Arc<Discovery>) {
    let slots = usize::from(context.settings.network.outbound_connections);
    context.slots.open(slots);
    for slot in 0..slots {
        let (context, discovery) = (Arc::clone(context), Arc::clone(discovery));
        let stop = context.stop.clone();
        context.tasks.clone().spawn(async move {
            let mut pace = Pace::new();
            while !stop.is_cancelled() {
                fill(&context, &discovery, slot, &mut pace).await;
            }
        });
    }
}

/// Fills one slot once: from looking for a candidate to the end of its channel, and the rest after it.
async fn fill(context: &Arc<SessionContext>, discovery: &Discovery, slot: usize, pace: &mut Pace) {
    let slots = context.settings.network.outbound_connections.into();
    let busy = |address: &Address| context.is_connected(address);
    let Some(candidate) = context.hosts.candidate(slots, &busy, clock::now(), &mut rand::rng()) else {
        context.stop.run_until_cancelled(discovery.needed()).await;
        return;
    };
    let address = candidate.address().clone();
    context.slots.set(slot, SlotState::Connecting(address.clone()));
    match dial(context, &address, SessionKind::Outbound).await {
        Ok(live) => {
            let connected = candidate.connected(clock::unix_seconds());
            context.slots.set(slot, SlotState::Connected { address, channel: live.channel().id() });
            let opened = clock::now();
            live.ended().await;
            context.slots.set(slot, SlotState::Sleeping);
            drop(connected);
            let lived = clock::now().saturating_duration_since(opened);
            context.pause(pace.pause(lived, rand::random())).await;
        }
        Err(error) => {
            tracing::debug!(slot, %address, %error, "an outbound slot stays empty");
            context.slots.set(slot, SlotState::Sleeping);
            // A node that stops ended the dial itself.
            if !context.stop.is_cancelled() {
                candidate.failed(clock::now());
            }
        }
    }
}
