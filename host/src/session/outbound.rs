//! Outbound: slots that are kept filled with peers from the address book.

use super::context::SessionContext;
use super::dial::dial;
use super::discovery::Discovery;
use super::hold::hold;
use super::pace::Pace;
use super::slot::Slot;
use crate::address::Address;
use crate::clock;
use crate::random;
use backplane_plugin::SessionKind;
use std::sync::Arc;
use tokio::time::sleep;

/// Starts the slots, and follows the configuration in their number; `discovery` finds peers for them.
pub(super) fn start(context: &Arc<SessionContext>, discovery: &Arc<Discovery>) {
    let (owned, discovery) = (Arc::clone(context), Arc::clone(discovery));
    context.tasks.spawn(async move {
        let mut changes = owned.settings.changes();
        loop {
            let wanted = changes.borrow_and_update().network.outbound_connections.into();
            for slot in owned.slots.resize(wanted, &owned.events) {
                owned.tasks.spawn(keep(Arc::clone(&owned), Arc::clone(&discovery), slot));
            }
            let changed = owned.stop.run_until_cancelled(changes.changed()).await;
            if !matches!(changed, Some(Ok(()))) {
                return;
            }
        }
    });
}

async fn keep(context: Arc<SessionContext>, discovery: Arc<Discovery>, slot: Arc<Slot>) {
    let mut pace = Pace::new();
    while !context.stop.is_cancelled() && !slot.released.is_cancelled() {
        fill(&context, &discovery, &slot, &mut pace).await;
    }
}

/// Fills a slot once: from looking for a candidate to the end of its channel, and the rest after it.
async fn fill(context: &Arc<SessionContext>, discovery: &Discovery, slot: &Slot, pace: &mut Pace) {
    let slots = context.settings.now().network.outbound_connections.into();
    let busy = |address: &Address| context.is_connected(address);
    let Some(candidate) = context.hosts.candidate(slots, &busy, clock::now(), &mut random::rng()) else {
        slot.sleeping();
        wait(context, slot, discovery.needed()).await;
        return;
    };
    slot.connecting(candidate.address());
    match dial(context, candidate.address(), SessionKind::Outbound).await {
        Ok(live) => {
            let connected = candidate.connected(clock::unix_seconds());
            slot.connected(live.channel());
            let opened = clock::now();
            let reason = hold(context, live, &slot.released, "there are fewer outbound slots now").await;
            slot.disconnected(&reason);
            drop(connected);
            let lived = clock::now().saturating_duration_since(opened);
            wait(context, slot, sleep(pace.pause(lived, random::number()))).await;
        }
        Err(error) => {
            tracing::debug!(slot = slot.number, address = %candidate.address(), %error, "an outbound slot stays empty");
            slot.disconnected(&error);
            // A node that stops ended the dial itself.
            if !context.stop.is_cancelled() {
                candidate.failed(clock::now());
                discovery.missed();
            }
        }
    }
}

/// Waits; not longer than the node runs and the slot is wanted.
async fn wait(context: &SessionContext, slot: &Slot, what: impl Future<Output = ()>) {
    context.stop.run_until_cancelled(slot.released.run_until_cancelled(what)).await;
}
