//! A protocol's jobs as the protocol sees them.

use crate::protocol::ProtocolJobsManager;
use abi_stable::std_types::RStr;
use backplane_plugin::PluginError;
use backplane_plugin::abi::{Job, JobsObject};
use std::sync::{Arc, Weak};

/// The jobs of one protocol on one channel. The channel owns them; a job that keeps this handle does not keep the others.
#[derive(Debug, Clone)]
pub(super) struct JobsBridge {
    jobs: Weak<ProtocolJobsManager>,
}

impl JobsBridge {
    pub(super) fn new(jobs: &Arc<ProtocolJobsManager>) -> Self {
        Self { jobs: Arc::downgrade(jobs) }
    }
}

impl JobsObject for JobsBridge {
    fn spawn(&self, name: RStr<'_>, job: Job) {
        let Some(jobs) = self.jobs.upgrade() else { return };
        jobs.spawn(name.as_str(), async move { job.await.into_result().map_err(PluginError::from) });
    }
}
