//! A protocol's jobs as the protocol sees them.

use crate::plugin::quotas::Quotas;
use crate::protocol::ProtocolJobsManager;
use abi_stable::std_types::{RResult, RStr};
use backplane_plugin::abi::{AbiError, Job, JobsObject};
use std::sync::Arc;

/// Where the jobs of one protocol on one channel are spawned. The channel owns the jobs.
#[derive(Debug, Clone)]
pub(super) struct JobsBridge {
    jobs: Arc<ProtocolJobsManager>,
    quotas: Arc<Quotas>,
}

impl JobsBridge {
    pub(super) fn new(jobs: &Arc<ProtocolJobsManager>, quotas: &Arc<Quotas>) -> Self {
        Self { jobs: Arc::clone(jobs), quotas: Arc::clone(quotas) }
    }
}

impl JobsObject for JobsBridge {
    fn spawn(&self, name: RStr<'static>, job: Job) {
        // Who wants to know uses the other one.
        let _ = self.try_spawn(name, job);
    }

    fn try_spawn(&self, name: RStr<'static>, job: Job) -> RResult<(), AbiError> {
        match self.quotas.job() {
            Ok(place) => {
                self.jobs.spawn_in(place, name.as_str(), job);
                RResult::ROk(())
            }
            Err(refusal) => RResult::RErr(refusal),
        }
    }
}
