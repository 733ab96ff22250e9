//! Discovery: where new addresses come from when an outbound slot finds none, or finds nobody at those it has.

use super::context::SessionContext;
use super::seed;
use super::slots::{DiscoveryState, DiscoveryStep};
use crate::protocol::address::question;
use crate::protocol::messages::GetAddrs;
use backplane_plugin::abi::Bytes;
use backplane_plugin::{Message, wire};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::Notify;
use tokio::time::timeout;

/// Asks for addresses on behalf of the slots.
#[derive(Debug, Default)]
pub(super) struct Discovery {
    /// A slot found no candidate.
    wanted: Notify,
    /// It is worth to look again.
    found: Notify,
    /// How many dials of the slots came to nothing since the seeds were asked.
    misses: AtomicU32,
}

/// After this many questions to peers that brought nothing, the seeds are asked again.
const FAILURES: u32 = 2;
/// After this many dials that came to nothing the seeds are asked again: whoever tells of many addresses where nobody is
/// would otherwise keep the slots busy for ever, and the peers may be the ones who tell of them.
const MISSES: u32 = 20;

impl Discovery {
    /// Asks for addresses, and waits until it is worth to look for a candidate again.
    pub(super) async fn needed(&self) {
        let found = self.found.notified();
        self.wanted.notify_one();
        found.await;
    }

    /// A slot dialled in vain.
    pub(super) fn missed(&self) {
        if self.misses.fetch_add(1, Ordering::Relaxed).saturating_add(1) >= MISSES {
            self.wanted.notify_one();
        }
    }

    /// Works until the node stops.
    pub(super) async fn run(&self, context: &Arc<SessionContext>) {
        let mut failures = 0;
        let mut attempt = 0;
        while context.stop.run_until_cancelled(self.wanted.notified()).await.is_some() {
            let step = next_step(failures, self.misses.load(Ordering::Relaxed), context.channels.is_empty());
            if step == DiscoveryStep::Seeds {
                self.misses.store(0, Ordering::Relaxed);
            }
            attempt += 1;
            tell(context, step, attempt);
            let found = match step {
                DiscoveryStep::Peers => ask_peers(context).await,
                DiscoveryStep::Seeds | DiscoveryStep::Wait => ask_seeds(context).await,
            };
            failures = if found || step == DiscoveryStep::Seeds { 0 } else { failures + 1 };
            attempt = if found { 0 } else { attempt };
            tell(context, DiscoveryStep::Wait, attempt);
            self.found.notify_waiters();
            context.pause(context.settings.now().network.discovery_attempt_time).await;
        }
    }
}

fn tell(context: &SessionContext, step: DiscoveryStep, attempt: u32) {
    context.slots.set_discovery(DiscoveryState { step, attempt }, &context.events);
}

/// Peers are asked while there are any, until they have brought nothing for some time, or nothing that is worth a dial.
const fn next_step(failures: u32, misses: u32, is_alone: bool) -> DiscoveryStep {
    if failures >= FAILURES || misses >= MISSES || is_alone {
        DiscoveryStep::Seeds
    } else {
        DiscoveryStep::Peers
    }
}

/// Asks every seed; whether an address came.
async fn ask_seeds(context: &Arc<SessionContext>) -> bool {
    let mut inserted = context.hosts.inserted();
    inserted.mark_unchanged();
    seed::sync(context).await;
    inserted.has_changed().unwrap_or_default()
}

/// Asks every peer; whether an address came in time.
async fn ask_peers(context: &SessionContext) -> bool {
    let mut inserted = context.hosts.inserted();
    inserted.mark_unchanged();
    let Ok(payload) = wire::to_bytes(&question(&context.settings.now(), context.transports.schemes())) else {
        return false;
    };
    context.channels.broadcast(GetAddrs::NAME, &Bytes::from(payload));
    let pause = context.settings.now().network.discovery_attempt_time;
    let heard = context.stop.run_until_cancelled(timeout(pause, inserted.changed())).await;
    matches!(heard, Some(Ok(Ok(()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers_are_asked_first_and_seeds_when_they_know_nothing_new() {
        for (failures, misses, is_alone, step) in [
            (0, 0, false, DiscoveryStep::Peers),
            (1, 19, false, DiscoveryStep::Peers),
            (2, 0, false, DiscoveryStep::Seeds),
            (0, 20, false, DiscoveryStep::Seeds),
            (0, 0, true, DiscoveryStep::Seeds),
        ] {
            assert_eq!(next_step(failures, misses, is_alone), step, "{failures} {misses} {is_alone}");
        }
    }
}
