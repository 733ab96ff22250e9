//! What changes on a live channel when the protocols of either side do.

use super::attached::{Attached, describe};
use super::entry::{Entries, ProtocolEntry};
use super::exchange::{Exchange, until};
use super::jobs::Failure;
use super::messages::Protocols;
use super::negotiate::Standing;
use super::running::RunningProtocol;
use crate::channel::{Channel, CloseReason};
use crate::clock;
use std::future::{pending, poll_fn};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// How long the jobs of a protocol that ends may take to finish what has arrived.
const GRACE: Duration = Duration::from_secs(1);

/// What happened to the protocols of a channel.
enum Event {
    /// The one at this place failed.
    Failed(usize, Failure),
    /// The jobs of the leaving one at this place are done.
    Left(usize, Option<Failure>),
    /// The time of the first leaving one is up.
    Late,
    /// The node has other protocols.
    Changed,
    /// The peer tells of its protocols.
    Heard(Protocols),
}

impl Attached {
    /// Runs the jobs until the protocols change, and follows one change: a failure ends the protocol on this channel, a
    /// change of the node's protocols or the peer's starts and stops what the sides share. The channel goes on with the
    /// others.
    ///
    /// # Errors
    ///
    /// Why the channel has to be closed.
    ///
    /// # Cancel safety
    ///
    /// Safe: jobs wait meanwhile.
    pub async fn follow(&mut self) -> Result<(), CloseReason> {
        let late = self.leaving.first().map(|(until, _)| *until);
        let (running, leaving, channel) = (&mut self.running, &mut self.leaving, &self.channel);
        let event = tokio::select! {
            biased;
            event = poll_fn(|cx| poll_jobs(running, leaving, channel, cx)) => event,
            () = changed(&mut self.changes) => Event::Changed,
            list = next(self.exchange.as_deref_mut()) => Event::Heard(list?),
            () = until(late) => Event::Late,
        };
        let mut answer = false;
        match event {
            Event::Left(at, failure) => {
                self.left(at, failure.as_ref());
                return Ok(());
            }
            Event::Late => {
                self.leaving.remove(0);
                return Ok(());
            }
            Event::Failed(at, failure) => {
                let failed = self.running.swap_remove(at);
                self.note(&failed.entry, &failure);
                self.stop(&failed.entry.name);
                self.failed.push(Arc::clone(&failed.entry));
            }
            Event::Heard(list) => {
                if let Some(exchange) = &mut self.exchange {
                    answer = exchange.hear(&list)?;
                }
            }
            Event::Changed => {}
        }
        self.settle(answer)
    }

    /// How a protocol of this node stands on this channel.
    pub(super) fn standing(&self, entry: &ProtocolEntry) -> Standing {
        match &self.exchange {
            Some(exchange) => exchange.negotiation.standing(&entry.name),
            // Who cannot say what it speaks is not told either.
            None if self.muted.contains(&entry.name) => Standing::Muted,
            None if entry.assumed => Standing::Running,
            None => Standing::Gone,
        }
    }

    /// A peer that does not negotiate goes on sending what this node has withdrawn.
    pub(super) fn pass_over_withdrawn(&mut self) {
        for entry in &Arc::clone(&self.entries).withdrawn {
            if !entry.assumed || !self.is_usable(entry) {
                continue;
            }
            for message in &entry.messages {
                // One that another protocol has is known already.
                let _ = self.channel.messages().add(message);
            }
            self.mute(&entry.name);
        }
    }

    /// Ends the protocols that the sides do not share, with their commands.
    pub(super) fn end_unshared(&mut self) {
        let gone: Vec<_> = self
            .attached()
            .filter(|entry| self.standing(entry) == Standing::Gone)
            .map(|entry| Arc::clone(&entry.name))
            .collect();
        for name in gone {
            self.channel.messages().remove_protocol(&name);
            self.leave(&name);
        }
    }

    /// Notes that a protocol has ended here, whatever the peer knows.
    pub(super) fn stop(&mut self, name: &Arc<str>) {
        if let Some(exchange) = &mut self.exchange {
            exchange.negotiation.stop(name);
        }
        self.mute(name);
    }

    fn left(&mut self, at: usize, failure: Option<&Failure>) {
        let (_, protocol) = self.leaving.remove(at);
        if let Some(failure) = failure {
            self.note(&protocol.entry, failure);
        }
    }

    /// Brings the protocols to where both sides' wishes put them, and tells the peer.
    fn settle(&mut self, answer: bool) -> Result<(), CloseReason> {
        let entries = Arc::clone(&self.changes.borrow_and_update());
        self.entries = Arc::clone(&entries);
        // What has been replaced since may be tried.
        self.failed.retain(|failed| entries.all().any(|entry| Arc::ptr_eq(entry, failed)));
        self.end_withdrawn(&entries.offered);
        self.forget_muted();
        self.end_unshared();
        self.attach_due(&entries.offered);
        let wanted = self.wanted();
        if let Some(exchange) = &mut self.exchange {
            exchange.announce(&self.channel, &wanted, answer, |offers| describe(&entries.offered, offers))?;
        }
        self.start();
        Ok(())
    }

    /// Ends what this node has withdrawn: at once, whatever the peer knows.
    fn end_withdrawn(&mut self, entries: &[Arc<ProtocolEntry>]) {
        let is_here = |entry: &Arc<ProtocolEntry>| entries.iter().any(|other| Arc::ptr_eq(other, entry));
        let ended: Vec<_> =
            self.attached().filter(|entry| !is_here(entry)).map(|entry| Arc::clone(&entry.name)).collect();
        for name in ended {
            self.stop(&name);
            self.leave(&name);
        }
    }

    /// Takes out a protocol; jobs that run may finish what has arrived.
    fn leave(&mut self, name: &str) {
        self.waiting.retain(|protocol| *protocol.entry.name != *name);
        let until = clock::now() + GRACE;
        for protocol in self.running.extract_if(.., |protocol| *protocol.entry.name == *name) {
            protocol.finish();
            self.leaving.push((until, protocol));
        }
    }

    fn mute(&mut self, name: &Arc<str>) {
        self.channel.messages().mute_protocol(name);
        if !self.muted.contains(name) {
            self.muted.push(Arc::clone(name));
        }
    }

    /// Removes the commands that the peer cannot send any more.
    fn forget_muted(&mut self) {
        let Some(exchange) = &self.exchange else { return };
        let negotiation = &exchange.negotiation;
        for name in self.muted.extract_if(.., |name| negotiation.standing(name) != Standing::Muted) {
            self.channel.messages().remove_protocol(&name);
        }
    }

    /// Attaches what the peer may send from now on, and what the next list offers anew.
    fn attach_due(&mut self, entries: &[Arc<ProtocolEntry>]) {
        for entry in entries {
            let is_attached = self.attached().any(|other| other.name == entry.name);
            if is_attached || !self.is_usable(entry) || !self.is_due(entry) {
                continue;
            }
            self.muted.retain(|name| *name != entry.name);
            if !self.attach(entry) {
                self.stop(&entry.name);
            }
        }
    }

    fn is_due(&self, entry: &ProtocolEntry) -> bool {
        let Some(exchange) = &self.exchange else { return entry.assumed };
        let negotiation = &exchange.negotiation;
        match negotiation.standing(&entry.name) {
            Standing::Ready | Standing::Running => true,
            Standing::Gone => negotiation.is_answered() && !negotiation.offered().contains(&entry.name),
            Standing::Muted => false,
        }
    }
}

/// Polls the jobs that run where the channel does.
fn poll_jobs(
    running: &mut [RunningProtocol],
    leaving: &mut [(Instant, RunningProtocol)],
    channel: &Channel,
    cx: &mut Context<'_>,
) -> Poll<Event> {
    // One look at the clock between two sets: the end of one is the beginning of the next.
    let mut before = clock::now();
    for (at, protocol) in running.iter_mut().enumerate() {
        let polled = protocol.poll_end(cx);
        if protocol.is_here() {
            let after = clock::now();
            protocol.entry.count(channel, after - before);
            before = after;
        }
        // It ends without a failure only when it is told to finish.
        if let Poll::Ready(Some(failure)) = polled {
            return Poll::Ready(Event::Failed(at, failure));
        }
    }
    for (at, (_, protocol)) in leaving.iter_mut().enumerate() {
        if let Poll::Ready(failure) = protocol.poll_end(cx) {
            return Poll::Ready(Event::Left(at, failure));
        }
    }
    Poll::Pending
}

/// Ready when the node has other protocols.
async fn changed(entries: &mut watch::Receiver<Arc<Entries>>) {
    if entries.changed().await.is_err() {
        // The node is gone, and with it the channel soon.
        pending().await
    }
}

async fn next(exchange: Option<&mut Exchange>) -> Result<Protocols, CloseReason> {
    match exchange {
        Some(exchange) => exchange.next().await,
        None => pending().await,
    }
}
