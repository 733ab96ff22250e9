//! Discovery: where new addresses come from when an outbound slot finds none.

use super::context::SessionContext;
use super::seed;
use crate::protocol::address::question;
use crate::protocol::messages::GetAddrs;
use backplane_plugin::abi::Bytes;
use backplane_plugin::{Message, wire};
use std::sync::Arc;
use tokio::sync::Notify;
use tokio::time::timeout;

/// Asks for addresses on behalf of the slots.
#[derive(Debug, Default)]
pub(super) struct Discovery {
    /// A slot found no candidate.
    wanted: Notify,
    /// It is worth to look again.
    found: Notify,
}

/// After this many questions to peers that brought nothing, the seeds are asked again.
const FAILURES: u32 = 2;

impl Discovery {
    /// Asks for addresses, and waits until it is worth to look for a candidate again.
    pub(super) async fn needed(&self) {
        let found = self.found.notified();
        self.wanted.notify_one();
        found.await;
    }

    /// Works until the node stops.
    pub(super) async fn run(&self, context: &Arc<SessionContext>) {
        let pause = context.settings.network.discovery_attempt_time;
        let mut failures = 0;
        while context.stop.run_until_cancelled(self.wanted.notified()).await.is_some() {
            if failures >= FAILURES || context.channels.is_empty() {
                seed::sync(context).await;
                failures = 0;
            } else if ask_peers(context).await {
                failures = 0;
            } else {
                failures += 1;
            }
            self.found.notify_waiters();
            context.pause(pause).await;
        }
    }
}

/// Asks every peer; whether an address came in time.
async fn ask_peers(context: &SessionContext) -> bool {
    let mut inserted = context.hosts.inserted();
    inserted.mark_unchanged();
    let Ok(payload) = wire::to_bytes(&question(&context.settings, context.transports.schemes())) else {
        return false;
    };
    context.channels.broadcast(GetAddrs::NAME, &Bytes::from(payload));
    let pause = context.settings.network.discovery_attempt_time;
    let heard = context.stop.run_until_cancelled(timeout(pause, inserted.changed())).await;
    matches!(heard, Some(Ok(Ok(()))))
}
