//! The protocols of one channel, from their making to their end.

use super::base;
use super::entry::{Behaviour, Entries, ProtocolEntry};
use super::exchange::Exchange;
use super::handshake::Offered;
use super::jobs::Failure;
use super::messages::ProtocolOffer;
use super::negotiate::Standing;
use super::offers::Offers;
use super::running::RunningProtocol;
use crate::channel::Channel;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

/// How long the jobs of a channel may take to end.
const END_DEADLINE: Duration = Duration::from_secs(5);

/// The protocols of one channel.
pub struct Attached {
    pub(super) channel: Arc<Channel>,
    /// The protocols of the node, as this channel follows them.
    pub(super) entries: Arc<Entries>,
    /// Tells when they change.
    pub(super) changes: watch::Receiver<Arc<Entries>>,
    /// Those that have not started.
    pub(super) waiting: Vec<AttachedProtocol>,
    pub(super) running: Vec<RunningProtocol>,
    /// Those that have ended while the channel goes on, and until when their jobs may finish what has arrived.
    pub(super) leaving: Vec<(Instant, RunningProtocol)>,
    /// Those that have failed on this channel, and do not come back.
    pub(super) failed: Vec<Arc<ProtocolEntry>>,
    /// Those whose commands are passed over.
    pub(super) muted: Vec<Arc<str>>,
    /// With a peer that negotiates.
    pub(super) exchange: Option<Box<Exchange>>,
}

/// One protocol of one channel that has not started.
pub(super) struct AttachedProtocol {
    pub(super) entry: Arc<ProtocolEntry>,
    pub(super) behaviour: Box<dyn Behaviour>,
}

impl Attached {
    pub(super) fn new(channel: Arc<Channel>, mut changes: watch::Receiver<Arc<Entries>>) -> Self {
        let entries = Arc::clone(&changes.borrow_and_update());
        let mut attached = Self {
            channel,
            entries: Arc::clone(&entries),
            changes,
            waiting: Vec::with_capacity(entries.offered.len()),
            running: Vec::new(),
            leaving: Vec::new(),
            failed: Vec::new(),
            muted: Vec::new(),
            exchange: None,
        };
        for entry in &entries.offered {
            if attached.is_usable(entry) {
                attached.attach(entry);
            }
        }
        attached
    }

    /// Attaches one protocol; whether it took it.
    pub(super) fn attach(&mut self, entry: &Arc<ProtocolEntry>) -> bool {
        let Some(behaviour) = attach(entry, &self.channel) else {
            self.failed.push(Arc::clone(entry));
            return false;
        };
        self.waiting.push(AttachedProtocol { entry: Arc::clone(entry), behaviour });
        true
    }

    /// What a peer that negotiates is told: the protocols whose commands this channel understands.
    #[must_use]
    pub fn offers(&self) -> Vec<ProtocolOffer> {
        describe(&self.entries.offered, &self.wanted())
    }

    /// The protocols of the node whose commands this channel understands, or would.
    pub(super) fn wanted(&self) -> Offers {
        let offered = self.entries.offered.iter().filter(|entry| self.is_usable(entry) || base::knows(entry));
        offered.map(|entry| (Arc::clone(&entry.name), entry.version)).collect()
    }

    /// Whether a protocol of the node may run on this channel.
    pub(super) fn is_usable(&self, entry: &Arc<ProtocolEntry>) -> bool {
        let has_failed = self.failed.iter().any(|failed| Arc::ptr_eq(failed, entry));
        entry.sessions.contains(self.channel.session()) && !has_failed
    }

    /// Drops the protocols that the peer does not speak. `theirs` is `None` for a peer that does not negotiate.
    pub fn negotiate(&mut self, theirs: Option<Offered>) {
        self.exchange =
            theirs.map(|theirs| Box::new(Exchange::new(self.wanted(), &theirs.protocols, theirs.lists)));
        if self.exchange.is_none() {
            self.pass_over_withdrawn();
        }
        self.end_unshared();
    }

    /// Starts the protocols that the peer speaks. Jobs that have no runtime of their own run while
    /// [`follow`](Self::follow) is awaited.
    pub fn start(&mut self) {
        // Most channels have the same protocols for good.
        self.running.reserve_exact(self.waiting.len());
        for AttachedProtocol { entry, behaviour } in std::mem::take(&mut self.waiting) {
            if self.exchange.is_some() && self.standing(&entry) != Standing::Running {
                self.waiting.push(AttachedProtocol { entry, behaviour });
                continue;
            }
            self.channel.messages().open_protocol(&entry.name);
            match RunningProtocol::start(Arc::clone(&entry), behaviour, &self.channel) {
                Ok(running) => self.running.push(running),
                Err(failure) => {
                    self.note(&entry, &failure);
                    self.stop(&entry.name);
                    self.failed.push(entry);
                    // Told to the peer at the next turn.
                    self.changes.mark_changed();
                }
            }
        }
    }

    /// The names of the protocols that have not ended.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.attached().map(|entry| &*entry.name)
    }

    /// The protocols that have not ended.
    pub(super) fn attached(&self) -> impl Iterator<Item = &Arc<ProtocolEntry>> {
        let waiting = self.waiting.iter().map(|protocol| &protocol.entry);
        waiting.chain(self.running.iter().map(|protocol| &protocol.entry))
    }

    /// Ends all protocols: their jobs are gone when it returns, unless one of them hangs.
    pub async fn close_all(mut self) {
        let running = std::mem::take(&mut self.running).into_iter();
        let leaving = std::mem::take(&mut self.leaving).into_iter().map(|(_, protocol)| protocol);
        let ending: Vec<_> = running.chain(leaving).filter_map(RunningProtocol::abort).collect();
        for (entry, task) in ending {
            match timeout(END_DEADLINE, task).await {
                Ok(Ok(Some(failure))) => self.note(&entry, &failure),
                // Ended by us.
                Ok(Ok(None) | Err(_)) => {}
                Err(_) => {
                    let channel = self.channel.id();
                    tracing::error!(protocol = &*entry.name, channel, "jobs did not end in time");
                }
            }
        }
    }

    /// Tells of a failure, where it is logged and where it is counted.
    pub(super) fn note(&self, entry: &ProtocolEntry, Failure { job, error }: &Failure) {
        let channel = self.channel.id();
        tracing::error!(protocol = &*entry.name, job, channel, %error, "a protocol failed on a channel");
        entry.attach.failed(error);
    }
}

/// Offers in words of the wire.
pub(super) fn describe(entries: &[Arc<ProtocolEntry>], offers: &Offers) -> Vec<ProtocolOffer> {
    let offered = entries.iter().filter(|entry| offers.contains(&entry.name));
    let offer = |entry: &Arc<ProtocolEntry>| ProtocolOffer {
        name: entry.name.to_string(),
        version: entry.version,
        commands: entry.messages.iter().map(|message| message.info().name.to_string()).collect(),
    };
    offered.map(offer).collect()
}

fn attach(entry: &ProtocolEntry, channel: &Arc<Channel>) -> Option<Box<dyn Behaviour>> {
    for message in &entry.messages {
        if let Err(error) = channel.messages().add(message) {
            tracing::warn!(protocol = &*entry.name, channel = channel.id(), %error, "a protocol does not fit a channel");
            return None;
        }
    }
    match entry.attach.attach(channel) {
        Ok(behaviour) => Some(behaviour),
        Err(error) => {
            tracing::error!(protocol = &*entry.name, channel = channel.id(), %error, "a protocol failed to attach");
            entry.attach.failed(&error);
            // That it fails is not the fault of a peer that sends them.
            channel.messages().mute_protocol(&entry.name);
            None
        }
    }
}

impl fmt::Debug for Attached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}
