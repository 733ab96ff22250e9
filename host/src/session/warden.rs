//! The warden: care for the ledger and the bans while a node runs: looks, lifting, relief.

use super::context::SessionContext;
use crate::channel::{CloseReason, Listed};
use crate::clock;
use crate::ledger::{Demand, Holder, most_demanding};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};

/// How often the counters of all channels are looked at, and bans whose time is over are lifted.
const LOOK: Duration = Duration::from_secs(1);

/// Looks at the counters of the channels once a second, lifts bans, and closes channels when memory is short. Nothing
/// in here waits for the disk: relief may not be late.
pub(super) async fn run(context: Arc<SessionContext>) {
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = context.stop.cancelled() => return,
            _ = looks.tick() => look(&context),
            () = context.ledger.budget().exceeded() => relieve(&context),
        }
    }
}

/// Closes the channels that hold most, until the others have no more than all may, and no protocol more than one may.
fn relieve(context: &SessionContext) {
    let channels = context.roster.all().into_iter().map(|listed| listed.channel);
    // What a channel holds that ends already is given back in a moment, and no reason to close another one.
    let open = channels.filter(|channel| channel.close_reason().is_none());
    let holders = open.map(|channel| Holder { held: channel.held(), who: channel });
    for Demand { who, protocol, held } in most_demanding(holders.collect(), context.ledger.budget()) {
        let whose = protocol.as_deref().unwrap_or("the node");
        tracing::warn!(channel = who.id(), peer = %who.address(), held, "the queues of {whose} are full");
        who.close(CloseReason::MostDemanding { protocol, held });
    }
}

fn look(context: &SessionContext) {
    let channels = context.roster.all();
    let totals = channels.iter().map(|Listed { channel, .. }| (channel.id(), channel.traffic().totals()));
    context.ledger.look(totals, clock::now());
    // No protocol has more than all together.
    let budget = context.ledger.budget();
    if budget.held() > budget.limit_per_protocol() {
        relieve(context);
    }
    for subject in context.hosts.lift_bans(clock::unix_seconds()) {
        tracing::info!(%subject, "a ban is over");
    }
}
