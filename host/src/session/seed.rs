//! Seed: short connections to nodes that are only asked for addresses.

use super::context::SessionContext;
use super::dial::dial;
use crate::address::Address;
use crate::causes::chain;
use backplane_plugin::SessionKind;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Exchanges addresses with every seed, side by side.
pub(super) async fn sync(context: &Arc<SessionContext>) {
    let mut seeds = JoinSet::new();
    for seed in context.settings.network.seeds.clone() {
        seeds.spawn(sync_one(Arc::clone(context), seed));
    }
    seeds.join_all().await;
}

async fn sync_one(context: Arc<SessionContext>, seed: Address) {
    match dial(&context, &seed, SessionKind::Seed).await {
        Ok(live) => {
            live.ended().await;
        }
        Err(error) => tracing::warn!(%seed, error = chain(&error), "a seed cannot be asked"),
    }
}
