//! Manual: peers that the configuration names, dialled for ever.

use super::backoff::Backoff;
use super::context::SessionContext;
use super::dial::dial;
use crate::address::Address;
use backplane_plugin::SessionKind;
use std::sync::Arc;
use std::time::Duration;

/// The first pause after a failure.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// Starts a task for each configured peer that is not a seed.
pub(super) fn start(context: &Arc<SessionContext>) {
    let network = &context.settings.network;
    for peer in network.peers.iter().filter(|peer| !network.seeds.contains(peer)) {
        context.tasks.spawn(keep(Arc::clone(context), peer.clone()));
    }
}

async fn keep(context: Arc<SessionContext>, peer: Address) {
    let longest = context.profile(&peer).connect_timeout;
    let mut backoff = Backoff::new(FIRST_PAUSE, longest);
    loop {
        if !context.is_connected(&peer) {
            match dial(&context, &peer, SessionKind::Manual).await {
                Ok(live) => {
                    backoff.reset();
                    live.ended().await;
                }
                Err(error) => tracing::debug!(%peer, %error, "a configured peer cannot be reached"),
            }
        }
        if !context.pause(backoff.pause(rand::random())).await {
            return;
        }
    }
}
