//! Outbound: slots that are kept filled with peers from the address book.

use super::context::SessionContext;
use super::dial::dial;
use super::discovery::Discovery;
use super::hold::hold;
use super::pace::Pace;
use super::slot::{Occupant, Slot};
use crate::address::Address;
use crate::clock;
use crate::random;
use backplane_plugin::SessionKind;
use std::sync::Arc;
use std::time::Duration;
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
        if let Some(occupant) = find(&context, &discovery, &slot).await {
            let channel = Arc::clone(occupant.channel());
            let lived = occupy(&context, &slot, occupant).await;
            if !slot.has_successor() {
                let has_answered = channel.merits().ping().is_some();
                wait(&context, &slot, sleep(pace.pause(lived, has_answered, random::number()))).await;
            }
        }
    }
    // The channel of one that was too late for the slot is to end in order as well.
    if let Some(occupant) = slot.successor() {
        occupy(&context, &slot, occupant).await;
    }
}

/// Who gets the slot: the successor of the one before, or who answers at an address of the book. None when it is time to look
/// again.
async fn find(context: &Arc<SessionContext>, discovery: &Discovery, slot: &Slot) -> Option<Box<Occupant>> {
    if let Some(successor) = slot.successor() {
        return Some(successor);
    }
    let slots = context.settings.now().network.outbound_connections.into();
    let busy = |address: &Address| context.is_connected(address);
    let Some(candidate) = context.hosts.candidate(slots, &busy, clock::now(), &mut random::rng()) else {
        slot.sleeping();
        wait(context, slot, discovery.needed()).await;
        return None;
    };
    slot.connecting(candidate.address());
    match dial(context, candidate.address(), SessionKind::Outbound).await {
        Ok(live) => {
            let channel = Arc::clone(live.channel());
            Some(Occupant::new(&channel, live.ended(), candidate.connected(clock::unix_seconds())))
        }
        Err(error) => {
            tracing::debug!(slot = slot.number, address = %candidate.address(), %error, "an outbound slot stays empty");
            slot.disconnected(&error);
            // A node that stops ended the dial itself.
            if !context.stop.is_cancelled() {
                candidate.failed(clock::now());
                discovery.missed();
            }
            None
        }
    }
}

/// Keeps somebody in the slot until the channel ends: how long it lived.
async fn occupy(context: &SessionContext, slot: &Slot, mut occupant: Box<Occupant>) -> Duration {
    let channel = Arc::clone(occupant.channel());
    slot.connected(&channel);
    let why = (&slot.released, "there are fewer outbound slots now");
    let reason = hold(context, &channel, occupant.ended(), why).await;
    slot.disconnected(&reason);
    occupant.age()
}

/// Waits; not longer than the node runs and the slot is wanted.
async fn wait(context: &SessionContext, slot: &Slot, what: impl Future<Output = ()>) {
    context.stop.run_until_cancelled(slot.released.run_until_cancelled(what)).await;
}
