//! One look at one plug-in: how it is for an operator, and what follows from what it uses.

use super::kept::{Kept, Reason};
use super::ladder::{Seen, Step, decide, recent};
use super::names::method_names;
use super::state::State;
use super::status::{PluginStatus, Usage};
use crate::clock;
use backplane_plugin::abi::{Manifest, PressureDecl};
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::time::Instant;

impl Kept {
    /// How it is, for an operator.
    pub(super) fn status(&self) -> PluginStatus {
        let Manifest { name, version, protocols, .. } = self.library.manifest();
        let usage = self.usage();
        let current = self.current.lock();
        PluginStatus {
            name: name.to_string(),
            version: version.to_string(),
            file: self.library.path().to_owned(),
            state: current.state.name(),
            reason: current.state.reason().map(ToOwned::to_owned),
            last_crash: None,
            protocols: protocols.iter().map(|protocol| protocol.name.to_string()).collect(),
            methods: method_names(self.library.manifest()).into_iter().collect(),
            panics: self.record.panics(),
            abandoned: current.abandoned,
            proof: Some(self.library.checked().proof().clone()),
            usage: Some(usage),
        }
    }

    fn usage(&self) -> Usage {
        let instance = self.instance();
        let quotas = instance.as_ref().map(|instance| instance.host.quotas());
        let (watch, (restart, _)) = (*self.watch.lock(), self.record.limits());
        let strikes = self.record.strikes();
        Usage {
            failures: recent(&strikes.times, restart, clock::now()),
            jobs: quotas.map_or(0, |quotas| quotas.jobs().taken()),
            subscriptions: quotas.map_or(0, |quotas| quotas.subscriptions().taken()),
            queue_bytes: quotas.map_or(0, |quotas| quotas.queues().held()),
            heap_bytes: self.library.heap(),
            data_bytes: watch.data.bytes,
            events: self.record.events(),
            refused: self.record.refusals().all(),
        }
    }

    /// The folder that belongs to it.
    pub(super) fn data_dir(&self) -> PathBuf {
        self.services.settings.plugin_data_dir(self.name())
    }

    /// Notes how much lies in its folder.
    pub(super) fn measured(&self, data: u64) {
        self.watch.lock().data.bytes = Some(data);
    }

    /// Tells of what it was refused and of what is running out; what is to be done about it, if anything is.
    pub(super) fn look(self: &Arc<Self>, now: Instant) -> Option<impl Future<Output = ()> + Send + use<>> {
        for (limit, refused) in self.record.refusals().untold() {
            tracing::warn!(plugin = self.name(), limit, refused, "a plug-in reached one of its limits");
        }
        if self.is_changing.load(Ordering::Acquire) || self.instance().is_none() {
            return None;
        }
        self.press();
        let step = self.decide(now);
        if step == Step::GoOn {
            return None;
        }
        self.is_changing.store(true, Ordering::Release);
        let plugin = Arc::clone(self);
        Some(async move {
            plugin.follow(step).await;
            plugin.is_changing.store(false, Ordering::Release);
        })
    }

    fn decide(&self, now: Instant) -> Step {
        let (strikes, (restart, limits), watch) =
            (self.record.strikes(), self.record.limits(), *self.watch.lock());
        let (heap, data) = (watch.heap.bytes, watch.data.bytes);
        let seen = Seen { strikes: &strikes.times, last: &strikes.last, heap, data };
        decide(seen, restart, &limits, now)
    }

    /// Measures the heap, and holds what is used against the soft limits.
    fn press(&self) {
        let (_, limits) = self.record.limits();
        let heap = self.library.heap();
        let mut watch = self.watch.lock();
        watch.heap.bytes = heap;
        let told = watch.press((limits.heap_soft, limits.heap_hard), (limits.data_soft, limits.data_hard));
        let is_pressed = watch.heap.is_pressed;
        drop(watch);
        let Some(instance) = self.instance() else { return };
        instance.host.quotas().queues().set_halved(is_pressed);
        for pressure in told {
            let PressureDecl { resource, used, soft, .. } = pressure;
            let what = if resource == 0 { "heap" } else { "data folder" };
            tracing::warn!(plugin = self.name(), what, used, soft, "a plug-in passed a soft limit");
            instance.press(pressure);
        }
    }

    async fn follow(&self, step: Step) {
        let done = match step {
            Step::GoOn => Ok(()),
            Step::Restart(reason) => {
                self.record.strike(reason.clone());
                self.restart(Reason::Sound(reason)).await
            }
            Step::Disable(reason) => {
                tracing::error!(plugin = self.name(), reason, "the plug-in is disabled");
                self.disable(State::Disabled { reason: reason.clone() }, Reason::Sound(reason)).await
            }
        };
        if let Err(error) = done {
            tracing::error!(plugin = self.name(), %error, "the plug-in does not run any more");
        }
    }
}
