//! One protocol of one channel that runs: its jobs, and where they do.

use super::entry::{Behaviour, ProtocolEntry};
use super::jobs::{Failure, Jobs, Owner, ProtocolJobsManager};
use crate::channel::Channel;
use crate::clock;
use backplane_plugin::PluginError;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio_util::task::AbortOnDropHandle;
use tracing::{Instrument, Span};

/// One protocol of one channel that runs. Dropping it drops its jobs.
pub(super) struct RunningProtocol {
    pub(super) entry: Arc<ProtocolEntry>,
    manager: Arc<ProtocolJobsManager>,
    jobs: Place,
}

/// Jobs in a task of their own.
type Task = AbortOnDropHandle<Option<Failure>>;

/// Where jobs run.
enum Place {
    /// Where the channel's life is polled.
    Here(Jobs),
    /// In a task on a runtime of their plug-in, which ends when one of them fails.
    Away(Task),
}

impl RunningProtocol {
    /// Starts a protocol.
    ///
    /// # Errors
    ///
    /// When it fails at once.
    pub(super) fn start(
        entry: Arc<ProtocolEntry>,
        behaviour: Box<dyn Behaviour>,
        channel: &Arc<Channel>,
    ) -> Result<Self, Failure> {
        let (mut jobs, manager) =
            Jobs::new(Owner { marker: entry.attach.marker().cloned(), channel: channel.id() });
        behaviour.start(&manager).map_err(|error| Failure { job: "start", error })?;
        let jobs = match entry.attach.runtime() {
            None => Place::Here(jobs),
            Some(runtime) => {
                let (owner, worker) = (Arc::clone(channel), Arc::clone(&entry));
                let poll = move |cx: &mut Context<'_>| {
                    let before = clock::now();
                    let polled = jobs.poll_end(cx);
                    worker.count(&owner, clock::now() - before);
                    polled
                };
                let task = async move { poll_fn(poll).await };
                Place::Away(AbortOnDropHandle::new(runtime.spawn(task.instrument(Span::current()))))
            }
        };
        Ok(Self { entry, manager, jobs })
    }

    /// Polls the jobs that run here: ready when one has failed, or when all have ended after [`finish`](Self::finish).
    pub(super) fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<Option<Failure>> {
        match &mut self.jobs {
            Place::Here(jobs) => jobs.poll_end(cx),
            Place::Away(task) => Pin::new(task).poll(cx).map(|ended| {
                ended.unwrap_or_else(|error| Some(Failure { job: "all", error: PluginError::new(error) }))
            }),
        }
    }

    /// Whether its jobs run where the channel does.
    pub(super) const fn is_here(&self) -> bool {
        matches!(self.jobs, Place::Here(_))
    }

    /// Lets the jobs that run finish, and runs no others.
    pub(super) fn finish(&self) {
        self.manager.finish();
    }

    /// Ends the jobs: the task in which they do, if they have one.
    pub(super) fn abort(self) -> Option<(Arc<ProtocolEntry>, Task)> {
        match self.jobs {
            Place::Here(_) => None,
            Place::Away(task) => {
                task.abort();
                Some((self.entry, task))
            }
        }
    }
}
