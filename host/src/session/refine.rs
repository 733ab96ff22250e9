//! Refine: addresses are tried by short connections, before they are told to others and before they lose their place.
//!
//! Two jobs do it, side by side. The *refinery* tries a random grey address at each interval: a node that answers
//! makes it white. The *feeler* comes more rarely and irregularly, and looks into what is in doubt: a white address
//! whose place another one wants, else a grey one or the white one that was seen longest ago. So the white list stays
//! true, and a newcomer gets a place only from one that has gone. A bet that one can foresee can be rigged: hence the
//! feeler's irregular times.
//!
//! Both rest while no connection works at all: such failures are not the addresses' own.

use super::context::SessionContext;
use super::dial::dial;
use crate::clock;
use crate::hosts::Reservation;
use backplane_plugin::SessionKind;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Works until the node stops.
pub(super) async fn run(context: &Arc<SessionContext>) {
    tokio::join!(refinery(context), feeler(context));
}

async fn refinery(context: &Arc<SessionContext>) {
    let mut link = Link { last_up: clock::now() };
    while context.pause(context.settings.now().network.refinery_interval).await {
        let patience = context.settings.now().network.time_with_no_connections;
        if link.is_down(!context.channels.is_empty(), clock::now(), patience) {
            context.hosts.free_suspended();
            continue;
        }
        let candidate = context.hosts.refine_candidate(&mut rand::rng());
        test(context, candidate).await;
    }
}

async fn feeler(context: &Arc<SessionContext>) {
    while context.pause(irregular(context.settings.now().network.feeler_interval, rand::random())).await {
        if !context.channels.is_empty() {
            let candidate = context.hosts.feeler_candidate(&mut rand::rng());
            test(context, candidate).await;
        }
    }
}

async fn test(context: &Arc<SessionContext>, candidate: Option<Reservation>) {
    let Some(candidate) = candidate else { return };
    let dialled = dial(context, candidate.address(), SessionKind::Refine).await;
    context.status.tried(candidate.address(), dialled.is_ok());
    match dialled {
        Ok(live) => {
            live.done().await;
            tracing::debug!(address = %candidate.address(), "a node answers there");
            candidate.refined(clock::unix_seconds());
        }
        // A node that stops ended the dial itself.
        Err(_) if context.stop.is_cancelled() => {}
        Err(error) => {
            tracing::debug!(address = %candidate.address(), %error, "no node answers there");
            candidate.unreachable(clock::now());
        }
    }
}

/// Whether this node reaches anybody at all.
#[derive(Debug)]
struct Link {
    last_up: Instant,
}

impl Link {
    /// Whether there has been no connection for too long.
    fn is_down(&mut self, is_connected: bool, now: Instant, patience: Duration) -> bool {
        if is_connected {
            self.last_up = now;
        }
        now.saturating_duration_since(self.last_up) >= patience
    }
}

/// A time between half and one and a half of `interval`, as `random` says.
fn irregular(interval: Duration, random: u32) -> Duration {
    interval.mul_f64(0.5 + f64::from(random) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_is_down_after_a_time_without_any_connection() {
        let (start, second) = (clock::now(), Duration::from_secs(1));
        let mut link = Link { last_up: start };
        for (seconds, is_connected, is_down) in
            [(15, false, false), (30, false, true), (31, true, false), (60, false, false), (61, false, true)]
        {
            let now = start + seconds * second;
            assert_eq!(link.is_down(is_connected, now, 30 * second), is_down, "after {seconds} s");
        }
    }

    #[test]
    fn the_feeler_comes_around_its_interval() {
        let minute = Duration::from_secs(60);
        assert_eq!([0, u32::MAX].map(|random| irregular(2 * minute, random)), [minute, 3 * minute]);
    }
}
