//! Manual: peers that the configuration names, dialled for ever.

use super::backoff::Backoff;
use super::context::SessionContext;
use super::dial::{DialError, dial_node};
use super::hold::hold;
use super::peers::KeptPeer;
use crate::address::{Address, NodeId};
use crate::causes::chain;
use crate::clock;
use crate::random;
use crate::settings::Settings;
use backplane_plugin::SessionKind;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep_until;

/// The first pause after a failure.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// Starts a task for each configured peer that is not a seed, and follows the configuration.
pub(super) fn start(context: &Arc<SessionContext>) {
    let owned = Arc::clone(context);
    context.tasks.spawn(async move {
        let mut changes = owned.settings.changes();
        loop {
            let wanted = wanted(&changes.borrow_and_update());
            for peer in owned.peers.follow(&wanted) {
                owned.tasks.spawn(keep(Arc::clone(&owned), peer));
            }
            let changed = owned.stop.run_until_cancelled(changes.changed()).await;
            if !matches!(changed, Some(Ok(()))) {
                return;
            }
        }
    });
}

/// The peers with the ids that their nodes must have.
fn wanted(settings: &Settings) -> Vec<(Address, Option<NodeId>)> {
    let network = &settings.network;
    let split = |peer: &Address| (peer.without_fragment(), peer.fragment().and_then(|id| id.parse().ok()));
    network.peers.iter().map(split).filter(|(address, _)| !network.seeds.contains(address)).collect()
}

async fn keep(context: Arc<SessionContext>, peer: Arc<KeptPeer>) {
    let address = &peer.address;
    let mut backoff = Backoff::new(FIRST_PAUSE, context.profile(address).connect_timeout);
    while !context.stop.is_cancelled() && !peer.released.is_cancelled() {
        if !context.is_connected(address) {
            peer.dialling();
            match dial_node(&context, address, peer.pinned, SessionKind::Manual).await {
                Ok(live) => {
                    backoff.reset();
                    peer.connected(live.channel().id());
                    let channel = Arc::clone(live.channel());
                    let why = (&peer.released, "the peer is no longer configured");
                    hold(&context, &channel, live.ended(), why).await;
                }
                Err(error) => note(&peer, &error),
            }
        }
        let until = clock::now() + backoff.pause(random::number());
        peer.resting(until);
        context.stop.run_until_cancelled(peer.released.run_until_cancelled(sleep_until(until))).await;
    }
}

fn note(kept: &KeptPeer, error: &DialError) {
    let (peer, alarm) = (&kept.address, matches!(error, DialError::WrongNode { .. }));
    if alarm {
        tracing::error!(%peer, %error, "alarm: another node answers in the place of a pinned one, and is refused");
    } else {
        tracing::debug!(%peer, error = chain(error), "a configured peer cannot be reached");
    }
    kept.failed(chain(error), alarm);
}
