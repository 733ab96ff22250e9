//! Refine: addresses are tried by short connections, before they are told to others and before they lose their place.
//!
//! Two jobs do it, side by side. The *refinery* tries a random grey address at each interval: a node that answers
//! makes it white. The *feeler* comes more rarely and irregularly, and looks into what is in doubt: a white address
//! whose place another one wants, else a grey one or the white one that was seen longest ago. So the white list stays
//! true, and a newcomer gets a place only from one that has gone. A bet that one can foresee can be rigged: hence the
//! feeler's irregular times.
//!
//! While no connection works at all, failures are not the addresses' own: the feeler rests, and the refinery goes on to
//! find out when one works again, but holds nothing against anybody. A connection that came and went counts as one that
//! works, and so does a test that went well: nobody stays with a seed.

use super::context::SessionContext;
use super::dial::dial;
use crate::clock;
use crate::hosts::Reservation;
use crate::random;
use backplane_plugin::SessionKind;
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Works until the node stops.
pub(super) async fn run(context: &Arc<SessionContext>) {
    let link = Mutex::new(Link::new(clock::now()));
    tokio::join!(refinery(context, &link), feeler(context, &link));
}

async fn refinery(context: &Arc<SessionContext>, link: &Mutex<Link>) {
    while context.pause(context.settings.now().network.refinery_interval).await {
        if is_down(context, link) {
            context.hosts.free_suspended();
        }
        let candidate = context.hosts.refine_candidate(&mut random::rng());
        test(context, link, candidate).await;
    }
}

async fn feeler(context: &Arc<SessionContext>, link: &Mutex<Link>) {
    while context.pause(random::around(context.settings.now().network.feeler_interval)).await {
        if !is_down(context, link) {
            let candidate = context.hosts.feeler_candidate(&mut random::rng());
            test(context, link, candidate).await;
        }
    }
}

async fn test(context: &Arc<SessionContext>, link: &Mutex<Link>, candidate: Option<Reservation>) {
    let Some(candidate) = candidate else { return };
    let dialled = dial(context, candidate.address(), SessionKind::Refine).await;
    context.status.tried(candidate.address(), dialled.is_ok());
    match dialled {
        Ok(live) => {
            live.done().await;
            tracing::debug!(address = %candidate.address(), "a node answers there");
            link.lock().worked(clock::now());
            candidate.refined(clock::unix_seconds());
        }
        // A node that stops ended the dial itself.
        Err(_) if context.stop.is_cancelled() => {}
        Err(error) => {
            tracing::debug!(address = %candidate.address(), %error, "no node answers there");
            if !is_down(context, link) {
                candidate.unreachable(clock::now());
            }
        }
    }
}

fn is_down(context: &SessionContext, link: &Mutex<Link>) -> bool {
    let channels = &context.channels;
    let patience = context.settings.now().network.time_with_no_connections;
    link.lock().is_down(channels.is_empty(), channels.entered(), clock::now(), patience)
}

/// Whether this node reaches anybody at all.
#[derive(Debug)]
struct Link {
    last_up: Instant,
    /// How many channels there had been when it was looked at last.
    entered: u64,
}

impl Link {
    const fn new(now: Instant) -> Self {
        Self { last_up: now, entered: 0 }
    }

    /// A connection was made.
    const fn worked(&mut self, now: Instant) {
        self.last_up = now;
    }

    /// Whether there has been no connection for longer than `patience`: no channel is there, and none came.
    fn is_down(&mut self, is_alone: bool, entered: u64, now: Instant, patience: Duration) -> bool {
        if !is_alone || entered != self.entered {
            self.entered = entered;
            self.worked(now);
        }
        now.saturating_duration_since(self.last_up) >= patience
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_is_down_after_a_time_without_any_connection() {
        let (start, second) = (clock::now(), Duration::from_secs(1));
        let mut link = Link::new(start);
        for (seconds, is_alone, entered, is_down) in [
            (15, true, 0, false),
            (30, true, 0, true),
            (31, false, 1, false),
            (60, true, 1, false),
            (61, true, 1, true),
            // One that has gone again.
            (62, true, 2, false),
            (91, true, 2, false),
            (92, true, 2, true),
        ] {
            let now = start + seconds * second;
            assert_eq!(link.is_down(is_alone, entered, now, 30 * second), is_down, "after {seconds} s");
        }
        link.worked(start + 100 * second);
        assert!(!link.is_down(true, 2, start + 129 * second, 30 * second));
    }
}
