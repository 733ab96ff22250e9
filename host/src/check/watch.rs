//! Sees what a plug-in's protocols say to their host: the failures, and the jobs.

use crate::channel::Channel;
use crate::marks::Marker;
use crate::protocol::{Attach, Behaviour, ProtocolEntry, ProtocolJobsManager};
use backplane_plugin::PluginError;
use parking_lot::Mutex;
use std::sync::{Arc, Weak};
use tokio::runtime::Handle;

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// The last protocol that failed to attach or to start, with why.
    unstarted: Mutex<Option<String>>,
    /// The last panic.
    panic: Mutex<Option<String>>,
    /// The jobs of protocols that have started.
    jobs: Mutex<Vec<Weak<ProtocolJobsManager>>>,
}

impl Watch {
    /// The entry, watched.
    pub(super) fn over(self: &Arc<Self>, entry: ProtocolEntry) -> ProtocolEntry {
        let (inner, watch) = (entry.attach, Arc::clone(self));
        let attach = Box::new(Watched { protocol: Arc::clone(&entry.name), inner, watch });
        // Peers of a check negotiate nothing.
        ProtocolEntry { attach, assumed: true, ..entry }
    }

    /// Why a protocol did not attach or start since this was asked last.
    pub(super) fn unstarted(&self) -> Option<String> {
        self.unstarted.lock().take()
    }

    /// The last panic, in words.
    pub(super) fn panic(&self) -> Option<String> {
        self.panic.lock().clone()
    }

    /// How many protocols have still a handle to their jobs, of those that started since this was asked last.
    pub(super) fn jobs_held(&self) -> usize {
        std::mem::take(&mut *self.jobs.lock()).iter().filter(|jobs| jobs.strong_count() > 0).count()
    }

    fn missed(&self, protocol: &str, step: &str, error: &PluginError) {
        *self.unstarted.lock() = Some(format!("the protocol {protocol} fails to {step}: {error}"));
    }
}

/// Makes the protocols of one entry, and tells the watch.
struct Watched {
    protocol: Arc<str>,
    inner: Box<dyn Attach>,
    watch: Arc<Watch>,
}

impl Attach for Watched {
    fn attach(&self, channel: &Arc<Channel>) -> Result<Box<dyn Behaviour>, PluginError> {
        let attached = self.inner.attach(channel);
        let inner = attached.inspect_err(|error| self.watch.missed(&self.protocol, "attach", error))?;
        let (protocol, watch) = (Arc::clone(&self.protocol), Arc::clone(&self.watch));
        Ok(Box::new(WatchedBehaviour { protocol, inner, watch }))
    }

    fn runtime(&self) -> Option<Handle> {
        self.inner.runtime()
    }

    fn marker(&self) -> Option<&Marker> {
        self.inner.marker()
    }

    fn failed(&self, error: &PluginError) {
        if error.is_panic() {
            *self.watch.panic.lock() = Some(error.to_string());
        }
        self.inner.failed(error);
    }
}

struct WatchedBehaviour {
    protocol: Arc<str>,
    inner: Box<dyn Behaviour>,
    watch: Arc<Watch>,
}

impl Behaviour for WatchedBehaviour {
    fn start(self: Box<Self>, jobs: &Arc<ProtocolJobsManager>) -> Result<(), PluginError> {
        self.watch.jobs.lock().push(Arc::downgrade(jobs));
        let started = self.inner.start(jobs);
        started.inspect_err(|error| self.watch.missed(&self.protocol, "start", error))
    }
}
