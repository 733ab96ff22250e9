//! Manual: peers that the configuration names, dialled for ever.

use super::backoff::Backoff;
use super::context::SessionContext;
use super::dial::{DialError, dial_node};
use crate::address::{Address, NodeId};
use crate::causes::chain;
use backplane_plugin::SessionKind;
use std::sync::Arc;
use std::time::Duration;

/// The first pause after a failure.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// Starts a task for each configured peer that is not a seed.
pub(super) fn start(context: &Arc<SessionContext>) {
    let network = &context.settings.network;
    for peer in &network.peers {
        let (address, pinned) = (peer.without_fragment(), peer.fragment().and_then(|id| id.parse().ok()));
        if !network.seeds.contains(&address) {
            context.peers.add(address.clone(), pinned);
            context.tasks.spawn(keep(Arc::clone(context), address, pinned));
        }
    }
}

async fn keep(context: Arc<SessionContext>, peer: Address, pinned: Option<NodeId>) {
    let longest = context.profile(&peer).connect_timeout;
    let mut backoff = Backoff::new(FIRST_PAUSE, longest);
    loop {
        if !context.is_connected(&peer) {
            match dial_node(&context, &peer, pinned, SessionKind::Manual).await {
                Ok(live) => {
                    backoff.reset();
                    context.peers.connected(&peer, pinned);
                    live.ended().await;
                }
                Err(error) => note(&context, &peer, pinned, &error),
            }
        }
        if !context.pause(backoff.pause(rand::random())).await {
            return;
        }
    }
}

fn note(context: &SessionContext, peer: &Address, pinned: Option<NodeId>, error: &DialError) {
    let alarm = matches!(error, DialError::WrongNode { .. });
    if alarm {
        tracing::error!(%peer, %error, "alarm: another node answers in the place of a pinned one, and is refused");
    } else {
        tracing::debug!(%peer, error = chain(error), "a configured peer cannot be reached");
    }
    context.peers.failed(peer, pinned, chain(error), alarm);
}
