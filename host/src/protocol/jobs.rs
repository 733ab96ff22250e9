//! The jobs of one protocol on one channel: a set that is polled as one.

use crate::marks::{Label, Marked, Marker, Work};
use backplane_plugin::PluginError;
use backplane_plugin::abi::{Job, guard};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use parking_lot::Mutex;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use tokio::sync::OwnedSemaphorePermit;

/// A job that failed.
#[derive(Debug)]
pub(super) struct Failure {
    /// The name of the job.
    pub(super) job: &'static str,
    /// What it failed with.
    pub(super) error: PluginError,
}

/// Whose jobs they are, for those who watch.
#[derive(Debug, Default)]
pub(super) struct Owner {
    /// What marks their turns; those of the built-in protocols have none.
    pub(super) marker: Option<Marker>,
    /// The channel.
    pub(super) channel: u32,
}

/// Takes the jobs of one protocol on one channel, at any time and from any thread.
#[derive(Debug)]
pub struct ProtocolJobsManager {
    owner: Owner,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Spawned and not polled yet.
    new: Vec<NamedJob>,
    /// How many have not ended.
    running: usize,
    /// Those that they hold, one each; none for jobs of the built-in protocols.
    places: Option<OwnedSemaphorePermit>,
    /// Nothing new is run.
    closed: bool,
    /// Who polls the set.
    poller: Option<Waker>,
}

impl ProtocolJobsManager {
    /// Runs a job. After the end of the protocol it is dropped instead.
    pub fn spawn(&self, name: &'static str, job: Job) {
        self.add(None, name, job);
    }

    /// Runs a job that holds a place until it has gone.
    pub fn spawn_in(&self, place: OwnedSemaphorePermit, name: &'static str, job: Job) {
        self.add(Some(place), name, job);
    }

    fn add(&self, place: Option<OwnedSemaphorePermit>, name: &'static str, job: Job) {
        let mark = self.owner.marker.as_ref().map(|marker| marker.job(name));
        let job = NamedJob { name, job: Marked::new(job, mark, self.owner.channel) };
        let mut state = self.state.lock();
        if state.closed {
            // Not under the lock: what the job owns may want to spawn when it is dropped.
            drop(state);
            return drop(job);
        }
        state.new.push(job);
        state.running += 1;
        if let Some(place) = place {
            match &mut state.places {
                Some(places) => places.merge(place),
                none => *none = Some(place),
            }
        }
        let poller = state.poller.take();
        drop(state);
        if let Some(poller) = poller {
            poller.wake();
        }
    }

    /// How many jobs run.
    #[must_use]
    pub fn running(&self) -> usize {
        self.state.lock().running
    }

    /// Lets the jobs that run finish, and runs no others: the set is at its end when they are done.
    pub(super) fn finish(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        let poller = state.poller.take();
        drop(state);
        if let Some(poller) = poller {
            poller.wake();
        }
    }

    /// What was spawned since the last call; `cx` is woken for more.
    fn take_new(&self, cx: &Context<'_>) -> Vec<NamedJob> {
        let mut state = self.state.lock();
        if !state.poller.as_ref().is_some_and(|poller| poller.will_wake(cx.waker())) {
            state.poller = Some(cx.waker().clone());
        }
        std::mem::take(&mut state.new)
    }

    /// Whether no job is left, and none may come.
    fn is_finished(&self) -> bool {
        let state = self.state.lock();
        state.closed && state.new.is_empty()
    }

    /// One of the jobs has ended.
    fn ended(&self) {
        let mut state = self.state.lock();
        state.running = state.running.saturating_sub(1);
        // Free again.
        drop(state.places.as_mut().and_then(|places| places.split(1)));
    }

    /// Takes no more jobs: the places of those that are left, which are free once that is dropped.
    fn close(&self) -> Option<OwnedSemaphorePermit> {
        let mut state = self.state.lock();
        state.closed = true;
        state.running = 0;
        let left = (std::mem::take(&mut state.new), state.poller.take());
        let places = state.places.take();
        drop(state);
        drop(left);
        places
    }
}

/// The jobs themselves, for whoever polls them. Dropping it drops them all.
#[derive(Debug)]
pub(super) struct Jobs {
    manager: Arc<ProtocolJobsManager>,
    /// Those that have been polled.
    running: FuturesUnordered<NamedJob>,
}

impl Jobs {
    /// No jobs yet, and where they are spawned.
    pub(super) fn new(owner: Owner) -> (Self, Arc<ProtocolJobsManager>) {
        let manager = Arc::new(ProtocolJobsManager { owner, state: Mutex::default() });
        (Self { manager: Arc::clone(&manager), running: FuturesUnordered::new() }, manager)
    }

    /// Polls the jobs that can go on: ready when one has failed, or when there is none left and no other may come.
    pub(super) fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<Option<Failure>> {
        self.running.extend(self.manager.take_new(cx));
        // A set that has run empty waits for more, like one whose jobs all wait.
        while let Poll::Ready(Some(ended)) = self.running.poll_next_unpin(cx) {
            self.manager.ended();
            if let Err(failure) = ended {
                return Poll::Ready(Some(failure));
            }
        }
        if self.running.is_empty() && self.manager.is_finished() { Poll::Ready(None) } else { Poll::Pending }
    }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        // What is dropped with the jobs is code of the plug-in, too.
        let Owner { marker, channel } = &self.manager.owner;
        let dropping = marker.as_ref().map(|marker| marker.mark("drop of jobs"));
        let _work = dropping.map(|mark| Work::begin(mark, *channel, Label::NONE));
        let places = self.manager.close();
        drop(std::mem::take(&mut self.running));
        // Free when the jobs have gone.
        drop(places);
    }
}

/// One job and what the log calls it.
struct NamedJob {
    name: &'static str,
    job: Marked<Job>,
}

impl Future for NamedJob {
    type Output = Result<(), Failure>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // The glue has its own guard in the plug-in. This one keeps the channel where a job was made without it.
        let polled = guard(|| Pin::new(&mut self.job).poll(cx));
        let ended = match polled {
            Ok(polled) => ready!(polled).into_result().map_err(PluginError::from),
            Err(panic) => Err(panic),
        };
        Poll::Ready(ended.map_err(|error| Failure { job: self.name, error }))
    }
}

impl std::fmt::Debug for NamedJob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}
