//! Something of the plug-in's that a test waits for.

use super::executor::Task;
use super::kit::Kit;
use parking_lot::Mutex;
use std::future::Future;
use std::sync::Arc;

/// What an RPC method will answer, once the host has been run as long as it takes.
#[derive(Debug)]
pub struct Pending<T> {
    outcome: Arc<Mutex<Option<T>>>,
}

impl<T: Send + 'static> Pending<T> {
    pub(super) fn begin(kit: &Kit, name: &str, work: impl Future<Output = T> + Send + 'static) -> Self {
        let outcome = Arc::new(Mutex::new(None));
        let slot = Arc::clone(&outcome);
        let task: Task = Box::pin(async move {
            let done = work.await;
            *slot.lock() = Some(done);
            Ok(())
        });
        kit.begin(name, task);
        Self { outcome }
    }

    pub(super) fn known(outcome: T) -> Self {
        Self { outcome: Arc::new(Mutex::new(Some(outcome))) }
    }

    /// Whether the outcome is there and has not been taken.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.outcome.lock().is_some()
    }

    /// The outcome, if it is there; once.
    #[must_use]
    pub fn take(&self) -> Option<T> {
        self.outcome.lock().take()
    }
}
