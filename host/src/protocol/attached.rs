//! The protocols of one channel, from their making to their end.

use super::entry::{Behaviour, ProtocolEntry};
use super::jobs::{Failure, Jobs};
use super::messages::ProtocolOffer;
use super::negotiate;
use crate::channel::Channel;
use crate::clock;
use backplane_plugin::PluginError;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;
use tracing::{Instrument, Span};

/// How long the jobs of a channel may take to end.
const END_DEADLINE: Duration = Duration::from_secs(5);

/// The protocols of one channel.
pub struct Attached {
    channel: Arc<Channel>,
    /// Those that have not started.
    waiting: Vec<AttachedProtocol>,
    running: Vec<RunningProtocol>,
}

/// One protocol of one channel that has not started.
pub(super) struct AttachedProtocol {
    pub(super) entry: Arc<ProtocolEntry>,
    pub(super) behaviour: Box<dyn Behaviour>,
}

/// One protocol of one channel that runs.
struct RunningProtocol {
    entry: Arc<ProtocolEntry>,
    jobs: Place,
}

/// Where jobs run.
enum Place {
    /// Where the channel's life is polled.
    Here(Jobs),
    /// In a task on a runtime of their plug-in, which ends when one of them fails.
    Away(AbortOnDropHandle<Failure>),
}

impl Attached {
    pub(super) fn new(channel: Arc<Channel>, waiting: Vec<AttachedProtocol>) -> Self {
        Self { channel, waiting, running: Vec::new() }
    }

    /// Drops the protocols that the peer does not speak. `theirs` is `None` for a peer that does not negotiate.
    pub fn negotiate(&mut self, theirs: Option<&[ProtocolOffer]>) {
        let messages = self.channel.messages();
        self.waiting.retain(|protocol| {
            let shared = negotiate::is_shared(&protocol.entry, theirs);
            if !shared {
                messages.remove_protocol(&protocol.entry.name);
            }
            shared
        });
    }

    /// Starts the protocols. Jobs that have no runtime of their own run while [`failure`](Self::failure) is awaited.
    pub fn start(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        self.running = waiting.into_iter().filter_map(|protocol| protocol.start(&self.channel)).collect();
    }

    /// The names of the protocols that have not ended.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let waiting = self.waiting.iter().map(|protocol| &protocol.entry);
        waiting.chain(self.running.iter().map(|protocol| &protocol.entry)).map(|entry| &*entry.name)
    }

    /// Runs the jobs until a protocol fails, and ends that one on this channel. The channel goes on with the others.
    ///
    /// # Cancel safety
    ///
    /// Safe: jobs wait meanwhile.
    pub async fn failure(&mut self) {
        let (at, failure) = poll_fn(|cx| self.poll_failure(cx)).await;
        let RunningProtocol { entry, jobs } = self.running.swap_remove(at);
        note(&entry, &self.channel, &failure);
        self.channel.messages().remove_protocol(&entry.name);
        drop(jobs);
    }

    fn poll_failure(&mut self, cx: &mut Context<'_>) -> Poll<(usize, Failure)> {
        // One look at the clock between two sets: the end of one is the beginning of the next.
        let mut before = clock::now();
        for (at, RunningProtocol { entry, jobs }) in self.running.iter_mut().enumerate() {
            let polled = match jobs {
                Place::Here(jobs) => {
                    let polled = jobs.poll_failure(cx);
                    let after = clock::now();
                    count(entry, &self.channel, after - before);
                    before = after;
                    polled
                }
                Place::Away(task) => Pin::new(task).poll(cx).map(|ended| {
                    ended.unwrap_or_else(|error| Failure { job: "all", error: PluginError::new(error) })
                }),
            };
            if let Poll::Ready(failure) = polled {
                return Poll::Ready((at, failure));
            }
        }
        Poll::Pending
    }

    /// Ends all protocols: their jobs are gone when it returns, unless one of them hangs.
    pub async fn close_all(self) {
        let mut ending = Vec::new();
        for RunningProtocol { entry, jobs } in self.running {
            if let Place::Away(task) = jobs {
                task.abort();
                ending.push((entry, task));
            }
        }
        for (entry, task) in ending {
            match timeout(END_DEADLINE, task).await {
                Ok(Ok(failure)) => note(&entry, &self.channel, &failure),
                // Ended by us.
                Ok(Err(_)) => {}
                Err(_) => {
                    tracing::error!(
                        protocol = &*entry.name,
                        channel = self.channel.id(),
                        "jobs did not end in time"
                    );
                }
            }
        }
    }
}

impl AttachedProtocol {
    /// Starts it, unless it fails at once.
    fn start(self, channel: &Arc<Channel>) -> Option<RunningProtocol> {
        let Self { entry, behaviour } = self;
        channel.messages().open_protocol(&entry.name);
        let (mut jobs, manager) = Jobs::new();
        if let Err(error) = behaviour.start(&manager) {
            note(&entry, channel, &Failure { job: "start", error });
            channel.messages().remove_protocol(&entry.name);
            return None;
        }
        let jobs = match entry.attach.runtime() {
            None => Place::Here(jobs),
            Some(runtime) => {
                let (owner, worker) = (Arc::clone(channel), Arc::clone(&entry));
                let poll = move |cx: &mut Context<'_>| {
                    let before = clock::now();
                    let polled = jobs.poll_failure(cx);
                    count(&worker, &owner, clock::now() - before);
                    polled
                };
                let task = async move { poll_fn(poll).await };
                Place::Away(AbortOnDropHandle::new(runtime.spawn(task.instrument(Span::current()))))
            }
        };
        Some(RunningProtocol { entry, jobs })
    }
}

/// Counts the time of jobs, for the protocol and for the channel.
fn count(entry: &ProtocolEntry, channel: &Channel, time: Duration) {
    entry.worked.add(time);
    channel.traffic().worked(time);
}

/// Tells of a failure, where it is logged and where it is counted.
fn note(entry: &ProtocolEntry, channel: &Channel, Failure { job, error }: &Failure) {
    tracing::error!(protocol = &*entry.name, job, channel = channel.id(), %error, "a protocol failed on a channel");
    entry.attach.failed(error);
}

impl fmt::Debug for Attached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}
