//! Refine: addresses that were only heard of are tried, before they are told to others.

use super::context::SessionContext;
use super::dial::dial;
use crate::clock;
use backplane_plugin::SessionKind;
use std::sync::Arc;

/// Tries one address after the other until the node stops.
pub(super) async fn run(context: &Arc<SessionContext>) {
    while context.pause(context.settings.network.refinery_interval).await {
        refine_one(context).await;
    }
}

async fn refine_one(context: &Arc<SessionContext>) {
    let Some(candidate) = context.hosts.refine_candidate(&mut rand::rng()) else { return };
    match dial(context, candidate.address(), SessionKind::Refine).await {
        Ok(live) => {
            live.done().await;
            tracing::debug!(address = %candidate.address(), "a node answers there");
            candidate.refined(clock::unix_seconds());
        }
        Err(error) => {
            tracing::debug!(address = %candidate.address(), %error, "no node answers there");
            candidate.unreachable();
        }
    }
}
