//! What one instance of a plug-in holds of the host, with its limits.

use super::places::Places;
use super::record::Record;
use super::refusals::Quota;
use crate::message::QueueShare;
use backplane_plugin::abi::AbiError;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// What one instance of a plug-in holds of the host.
#[derive(Debug)]
pub struct Quotas {
    jobs: Places,
    subscriptions: Places,
    queues: Arc<QueueShare>,
    record: Arc<Record>,
}

impl Quotas {
    /// As much as the limits of its record say.
    #[must_use]
    pub fn new(record: &Arc<Record>) -> Self {
        let (_, limits) = record.limits();
        Self {
            jobs: Places::new(limits.jobs),
            subscriptions: Places::new(limits.subscriptions),
            queues: Arc::new(QueueShare::new(bytes(limits.queue_bytes))),
            record: Arc::clone(record),
        }
    }

    /// A place for a job.
    ///
    /// # Errors
    ///
    /// When all are taken.
    pub fn job(&self) -> Result<OwnedSemaphorePermit, AbiError> {
        self.place(&self.jobs, Quota::Jobs)
    }

    /// A place for a subscription.
    ///
    /// # Errors
    ///
    /// When all are taken.
    pub fn subscription(&self) -> Result<OwnedSemaphorePermit, AbiError> {
        self.place(&self.subscriptions, Quota::Subscriptions)
    }

    fn place(&self, places: &Places, quota: Quota) -> Result<OwnedSemaphorePermit, AbiError> {
        places.take().ok_or_else(|| {
            self.record.refusals().add(quota);
            quota.refusal(places.all().into())
        })
    }

    /// Its jobs.
    #[must_use]
    pub const fn jobs(&self) -> &Places {
        &self.jobs
    }

    /// Its subscriptions.
    #[must_use]
    pub const fn subscriptions(&self) -> &Places {
        &self.subscriptions
    }

    /// What its queues share.
    #[must_use]
    pub const fn queues(&self) -> &Arc<QueueShare> {
        &self.queues
    }

    /// What is known of the plug-in.
    #[must_use]
    pub const fn record(&self) -> &Arc<Record> {
        &self.record
    }

    /// Takes over changed limits of what waits in the queues.
    pub fn adopt(&self) {
        let (_, limits) = self.record.limits();
        self.queues.set_limit(bytes(limits.queue_bytes));
    }
}

/// A number of bytes; 0 is any.
fn bytes(limit: u64) -> usize {
    if limit == 0 { usize::MAX } else { usize::try_from(limit).unwrap_or(usize::MAX) }
}
