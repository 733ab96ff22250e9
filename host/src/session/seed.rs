//! Seed: short connections to nodes that are only asked for addresses.

use super::context::SessionContext;
use super::dial::dial;
use crate::address::Address;
use crate::causes::chain;
use backplane_plugin::SessionKind;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Exchanges addresses with the seeds when the node starts, and whenever they change, while there are no outbound
/// slots whose discovery would do so.
pub(super) async fn run(context: &Arc<SessionContext>) {
    let mut changes = context.settings.changes();
    let mut asked = Vec::new();
    loop {
        let network = changes.borrow_and_update().network.clone();
        if network.outbound_connections == 0 && network.seeds != asked {
            sync(context).await;
            asked = network.seeds;
        }
        let changed = context.stop.run_until_cancelled(changes.changed()).await;
        if !matches!(changed, Some(Ok(()))) {
            return;
        }
    }
}

/// Exchanges addresses with every seed, side by side.
pub(super) async fn sync(context: &Arc<SessionContext>) {
    let mut seeds = JoinSet::new();
    for seed in context.settings.now().network.seeds.clone() {
        seeds.spawn(sync_one(Arc::clone(context), seed));
    }
    seeds.join_all().await;
}

async fn sync_one(context: Arc<SessionContext>, seed: Address) {
    let dialled = dial(&context, &seed, SessionKind::Seed).await;
    context.status.asked(&seed, dialled.is_ok(), &context.settings.now().network.seeds);
    match dialled {
        Ok(live) => {
            live.ended().await;
        }
        Err(error) => tracing::warn!(%seed, error = chain(&error), "a seed cannot be asked"),
    }
}
