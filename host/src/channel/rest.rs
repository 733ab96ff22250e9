//! The rest of a channel between two reads.

use super::CloseReason;
use crate::clock;
use crate::message::Dispatcher;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{sleep, timeout_at};

/// What has to be waited for before more is read.
pub(super) struct Rest {
    /// The commands with a subscription that is full.
    pub(super) full: Vec<Arc<Dispatcher>>,
    /// How long metering or its speed want the channel to rest.
    pub(super) delay: Duration,
}

impl Rest {
    pub(super) fn is_none(&self) -> bool {
        self.full.is_empty() && self.delay.is_zero()
    }

    /// Waits for every subscription that is full, for all of them together as long as for one; then for the metering.
    pub(super) async fn wait(self, slow_consumer_timeout: Duration) -> Result<(), CloseReason> {
        let deadline = clock::now() + slow_consumer_timeout;
        for dispatcher in self.full {
            let info = dispatcher.info();
            timeout_at(deadline, dispatcher.room()).await.map_err(|_| CloseReason::Overrun {
                protocol: Arc::clone(&info.protocol),
                command: Arc::clone(&info.name),
            })?;
        }
        sleep(self.delay).await;
        Ok(())
    }
}
