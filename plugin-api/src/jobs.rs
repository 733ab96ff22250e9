//! Jobs: the tasks of one protocol on one channel.

use crate::abi::{HostArc, JobsArc, job};
use crate::error::{Closed, PluginError, SendError};
use std::fmt;
use std::future::Future;

/// Owns the tasks of one protocol on one channel; all of them end with the channel.
///
/// Given to [`Protocol::start`](crate::Protocol::start). Clones are handles to the same jobs.
#[derive(Clone)]
pub struct ProtocolJobsManager {
    object: JobsArc,
    host: HostArc,
}

impl ProtocolJobsManager {
    pub(crate) const fn new(object: JobsArc, host: HostArc) -> Self {
        Self { object, host }
    }

    /// Runs `task` on the plug-in's runtime until it ends or the channel closes, when it is dropped at its next
    /// `await`. The jobs of one protocol on one channel take turns: they never run at the same time.
    ///
    /// A task that fails or panics ends this protocol on this channel: its other jobs are dropped. `name` stands in
    /// the log. Above `limits.jobs` of the plug-in it is dropped, which the log tells;
    /// [`try_spawn`](Self::try_spawn) tells the plug-in.
    pub fn spawn<T>(&self, name: &'static str, task: T)
    where
        T: Future<Output: JobOutcome> + Send + 'static,
    {
        self.object.spawn(name.into(), job(name, task, self.host.clone()));
    }

    /// As [`spawn`](Self::spawn).
    ///
    /// # Errors
    ///
    /// When the plug-in has as many jobs as it may ([`PluginError::limit`]): `task` has been dropped.
    pub fn try_spawn<T>(&self, name: &'static str, task: T) -> Result<(), PluginError>
    where
        T: Future<Output: JobOutcome> + Send + 'static,
    {
        let spawned = self.object.try_spawn(name.into(), job(name, task, self.host.clone()));
        spawned.into_result().map_err(PluginError::from)
    }
}

impl fmt::Debug for ProtocolJobsManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProtocolJobsManager").finish_non_exhaustive()
    }
}

/// What a job may end with: nothing, or a `Result` with one of this crate's errors.
///
/// [`Closed`] and [`SendError::Closed`] are a good end: the channel is gone.
pub trait JobOutcome {
    /// The outcome as one result.
    ///
    /// # Errors
    ///
    /// What the job failed with.
    fn into_result(self) -> Result<(), PluginError>;
}

impl JobOutcome for () {
    fn into_result(self) -> Result<(), PluginError> {
        Ok(())
    }
}

macro_rules! job_outcome {
    ($($error:ty),*) => {$(
        impl JobOutcome for Result<(), $error> {
            fn into_result(self) -> Result<(), PluginError> {
                match self.map_err(PluginError::from) {
                    Err(error) if error.is_closed() => Ok(()),
                    result => result,
                }
            }
        }
    )*};
}

job_outcome!(Closed, SendError, PluginError);
