//! The protocols of one channel, from their making to their end.

use super::entry::{Behaviour, ProtocolEntry};
use super::jobs::{Failure, ProtocolJobsManager};
use super::messages::ProtocolOffer;
use super::negotiate;
use crate::channel::Channel;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// How long the jobs of a channel may take to end.
const END_DEADLINE: Duration = Duration::from_secs(5);
/// How many failures wait to be handled; further ones of the same protocol tell nothing new.
const FAILURES: usize = 16;

/// The protocols of one channel.
pub struct Attached {
    channel: Arc<Channel>,
    /// All that were attached, whether they still run or not.
    entries: Vec<Arc<ProtocolEntry>>,
    protocols: Vec<AttachedProtocol>,
    /// Boxed, since the queue takes the memory of many at once.
    failures: mpsc::Receiver<Box<Failure>>,
    report: mpsc::Sender<Box<Failure>>,
}

/// One protocol of one channel.
pub(super) struct AttachedProtocol {
    entry: Arc<ProtocolEntry>,
    behaviour: Box<dyn Behaviour>,
    jobs: Option<Arc<ProtocolJobsManager>>,
}

impl AttachedProtocol {
    pub(super) fn new(entry: Arc<ProtocolEntry>, behaviour: Box<dyn Behaviour>) -> Self {
        Self { entry, behaviour, jobs: None }
    }
}

impl Attached {
    pub(super) fn new(channel: Arc<Channel>, protocols: Vec<AttachedProtocol>) -> Self {
        let (report, failures) = mpsc::channel(FAILURES);
        let entries = protocols.iter().map(|protocol| Arc::clone(&protocol.entry)).collect();
        Self { channel, entries, protocols, failures, report }
    }

    /// Drops the protocols that the peer does not speak. `theirs` is `None` for a peer that does not negotiate.
    pub fn negotiate(&mut self, theirs: Option<&[ProtocolOffer]>) {
        let messages = self.channel.messages();
        self.protocols.retain(|protocol| {
            let shared = negotiate::is_shared(&protocol.entry, theirs);
            if !shared {
                messages.remove_protocol(&protocol.entry.name);
            }
            shared
        });
    }

    /// Starts the protocols.
    pub fn start(&mut self) {
        for index in 0..self.protocols.len() {
            let protocol = &mut self.protocols[index];
            let name = Arc::clone(&protocol.entry.name);
            self.channel.messages().open_protocol(&name);
            let runtime = protocol.entry.attach.runtime();
            let jobs = Arc::new(ProtocolJobsManager::new(Arc::clone(&name), runtime, self.report.clone()));
            protocol.jobs = Some(Arc::clone(&jobs));
            if let Err(error) = protocol.behaviour.start(&jobs) {
                // The queue of failures is empty at the start, and drained while it runs.
                let _ = self.report.try_send(Box::new(Failure {
                    protocol: name,
                    job: "start".to_owned(),
                    error,
                }));
            }
        }
    }

    /// The names of the protocols that run.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.protocols.iter().map(|protocol| &*protocol.entry.name)
    }

    /// Waits for a protocol to fail, and ends it on this channel. The channel goes on with the others.
    ///
    /// # Cancel safety
    ///
    /// Safe up to the failure; what ends the protocol after it is repeated by [`close_all`](Self::close_all).
    pub async fn failure(&mut self) {
        let Some(failure) = self.failures.recv().await else { return std::future::pending().await };
        self.note(&failure);
        let index = self.protocols.iter().position(|protocol| protocol.entry.name == failure.protocol);
        // A protocol that has ended already may fail once more, as when what its last job owned panics in its drop.
        let Some(index) = index else { return };
        let protocol = self.protocols.swap_remove(index);
        self.channel.messages().remove_protocol(&failure.protocol);
        protocol.close(self.channel.id()).await;
    }

    /// Ends all protocols: their jobs are gone when it returns, unless one of them hangs.
    pub async fn close_all(mut self) {
        for protocol in std::mem::take(&mut self.protocols) {
            protocol.close(self.channel.id()).await;
        }
        while let Ok(failure) = self.failures.try_recv() {
            self.note(&failure);
        }
    }

    /// Tells of a failure, where it is logged and where it is counted.
    fn note(&self, failure: &Failure) {
        let Failure { protocol, job, error } = failure;
        tracing::error!(protocol = &**protocol, job, channel = self.channel.id(), %error, "a protocol failed on a channel");
        if let Some(entry) = self.entries.iter().find(|entry| entry.name == *protocol) {
            entry.attach.failed(error);
        }
    }
}

impl AttachedProtocol {
    async fn close(self, channel: u32) {
        let Some(jobs) = &self.jobs else { return };
        if tokio::time::timeout(END_DEADLINE, jobs.close_all_tasks()).await.is_err() {
            tracing::error!(protocol = &*self.entry.name, channel, "jobs did not end in time");
        }
    }
}

impl fmt::Debug for Attached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}
