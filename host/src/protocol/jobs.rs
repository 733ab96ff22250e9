//! The tasks of one protocol on one channel.

use backplane_plugin::PluginError;
use parking_lot::Mutex;
use std::future::Future;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tracing::{Instrument, Span};

/// A protocol that failed on a channel.
#[derive(Debug)]
pub struct Failure {
    /// The protocol.
    pub protocol: Arc<str>,
    /// The job that failed.
    pub job: String,
    /// What it failed with.
    pub error: PluginError,
}

/// Owns the tasks of one protocol on one channel.
#[derive(Debug)]
pub struct ProtocolJobsManager {
    protocol: Arc<str>,
    runtime: Handle,
    /// The channel's, so that the log of a job says on which channel it runs.
    span: Span,
    failures: mpsc::Sender<Box<Failure>>,
    /// `None` once they have been closed.
    tasks: Mutex<Option<JoinSet<()>>>,
}

impl ProtocolJobsManager {
    /// No jobs yet. They run in the span in which this is called.
    pub(super) fn new(protocol: Arc<str>, runtime: Handle, failures: mpsc::Sender<Box<Failure>>) -> Self {
        let tasks = Mutex::new(Some(JoinSet::new()));
        Self { protocol, runtime, span: Span::current(), failures, tasks }
    }

    /// Runs a job. After [`close_all_tasks`](Self::close_all_tasks) it is dropped instead.
    pub fn spawn(&self, name: &str, job: impl Future<Output = Result<(), PluginError>> + Send + 'static) {
        let (protocol, failures, name) = (Arc::clone(&self.protocol), self.failures.clone(), name.to_owned());
        let mut tasks = self.tasks.lock();
        let Some(tasks) = tasks.as_mut() else { return };
        while tasks.try_join_next().is_some() {}
        let job = async move {
            if let Err(error) = job.await {
                // A full queue holds a failure of this protocol already, and one ends it.
                let _ = failures.try_send(Box::new(Failure { protocol, job: name, error }));
            }
        };
        tasks.spawn_on(job.instrument(self.span.clone()), &self.runtime);
    }

    /// How many jobs run.
    #[must_use]
    pub fn running(&self) -> usize {
        let mut tasks = self.tasks.lock();
        let Some(tasks) = tasks.as_mut() else { return 0 };
        while tasks.try_join_next().is_some() {}
        tasks.len()
    }

    /// Drops every job, and waits until they are gone.
    ///
    /// # Cancel safety
    ///
    /// The jobs are dropped all the same.
    pub async fn close_all_tasks(&self) {
        let tasks = self.tasks.lock().take();
        if let Some(mut tasks) = tasks {
            tasks.shutdown().await;
        }
    }
}
