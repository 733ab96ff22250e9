//! A protocol's jobs as the protocol sees them.

use crate::plugin::places::JobPlaces;
use crate::protocol::ProtocolJobsManager;
use abi_stable::std_types::RStr;
use backplane_plugin::abi::{Job, JobsObject};
use std::sync::Arc;

/// Where the jobs of one protocol on one channel are spawned. The channel owns the jobs.
#[derive(Debug, Clone)]
pub(super) struct JobsBridge {
    jobs: Arc<ProtocolJobsManager>,
    places: JobPlaces,
}

impl JobsBridge {
    pub(super) fn new(jobs: &Arc<ProtocolJobsManager>, places: &JobPlaces) -> Self {
        Self { jobs: Arc::clone(jobs), places: places.clone() }
    }
}

impl JobsObject for JobsBridge {
    fn spawn(&self, name: RStr<'static>, job: Job) {
        if let Some(place) = self.places.take() {
            self.jobs.spawn_in(place, name.as_str(), job);
        }
    }
}
