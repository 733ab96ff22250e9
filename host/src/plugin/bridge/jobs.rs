//! A protocol's jobs as the protocol sees them.

use crate::protocol::ProtocolJobsManager;
use abi_stable::std_types::RStr;
use backplane_plugin::abi::{Job, JobsObject};
use std::sync::Arc;

/// Where the jobs of one protocol on one channel are spawned. The channel owns the jobs.
#[derive(Debug, Clone)]
pub(super) struct JobsBridge {
    jobs: Arc<ProtocolJobsManager>,
}

impl JobsBridge {
    pub(super) fn new(jobs: &Arc<ProtocolJobsManager>) -> Self {
        Self { jobs: Arc::clone(jobs) }
    }
}

impl JobsObject for JobsBridge {
    fn spawn(&self, name: RStr<'static>, job: Job) {
        self.jobs.spawn(name.as_str(), job);
    }
}
