//! One instance of a plug-in, from its making to its end.

use super::Services;
use super::bridge::{self, HostBridge};
use super::handle::PluginHandle;
use super::library::Library;
use super::quotas::Quotas;
use super::record::Record;
use super::runtime::PluginRuntime;
use crate::marks::{Generation, Marked, Marker};
use crate::protocol::{ProtocolEntry, RegisterError};
use backplane_plugin::PluginError;
use backplane_plugin::abi::{Manifest, PressureDecl, Reconfigured};
use serde_json::Value;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How long a plug-in may take over its making.
const CREATE_DEADLINE: Duration = Duration::from_secs(30);
/// How long a plug-in may take over a changed configuration.
const RECONFIGURE_DEADLINE: Duration = Duration::from_secs(5);
/// How long the jobs of an instance that ends may take to finish what has arrived: a second longer than a channel lets
/// them.
const JOBS_DEADLINE: Duration = Duration::from_secs(2);

/// One instance of a plug-in, with threads of its own.
#[derive(Debug)]
pub(super) struct Instance {
    pub(super) handle: PluginHandle,
    pub(super) host: HostBridge,
    /// Keeps the plug-in's threads.
    _runtime: PluginRuntime,
}

impl Instance {
    /// Makes an instance; `config` is what its configuration holds.
    ///
    /// # Errors
    ///
    /// What the plug-in says.
    pub(super) async fn create(
        library: &Library,
        record: &Arc<Record>,
        services: &Services,
        config: &Value,
    ) -> Result<Self, PluginError> {
        let name: Arc<str> = library.manifest().name.as_str().into();
        let runtime = PluginRuntime::new(&name, services.settings.plugin(&name).threads)
            .map_err(|error| PluginError::new(format!("cannot start its threads: {error}")))?;
        let marker = Marker::new(Generation::next(), &name, library.manifest().version.as_str());
        let host =
            HostBridge::new(&name, services, runtime.own().cloned(), Quotas::new(record), Some(marker));
        let (create, config, caller) = (library.module().create(), config.to_string(), host.clone());
        // On its own thread: what it does in there may need its runtime, and may take time.
        let task = async move {
            caller.during("create", || create(caller.object(), config.as_str().into())).into_result()
        };
        let created =
            ask(&host, CREATE_DEADLINE, task).await.and_then(|made| made.map_err(PluginError::from));
        let object = created.inspect_err(|error| {
            record.note(error);
            // What it has spawned by then.
            host.cancel();
        })?;
        Ok(Self { handle: PluginHandle::new(object), host, _runtime: runtime })
    }

    /// The registry's entries for its protocols.
    ///
    /// # Errors
    ///
    /// When the manifest has session flags that this host does not know.
    pub(super) fn entries(
        &self,
        manifest: &Manifest,
        services: &Services,
    ) -> Result<Vec<ProtocolEntry>, RegisterError> {
        let entries = bridge::entries(manifest, &self.handle, &self.host, (&*services.settings).into())?;
        self.host.set_protocols(entries.iter().map(|entry| Arc::clone(&entry.name)).collect());
        Ok(entries)
    }

    /// Lets the plug-in read a changed configuration; with `apply` it takes it over.
    ///
    /// # Errors
    ///
    /// Why it does not.
    pub(super) async fn reconfigure(&self, config: &Value, apply: bool) -> Result<Reconfigured, PluginError> {
        let (plugin, config) = (self.handle.get()?, config.to_string());
        let host = self.host.clone();
        let task = async move {
            host.during("reconfigure", || plugin.reconfigure(config.as_str().into(), apply)).into_result()
        };
        let answer = ask(&self.host, RECONFIGURE_DEADLINE, task).await?;
        answer.map_err(PluginError::from).inspect_err(|error| self.host.note(error))
    }

    /// Tells the plug-in of something that is running out.
    pub(super) fn press(&self, pressure: PressureDecl) {
        // One that has stopped need not know.
        let Ok(plugin) = self.handle.get() else { return };
        self.host.run(async move { plugin.pressure(pressure) });
    }

    /// Ends its jobs, then the plug-in, and drops it where it ran.
    ///
    /// # Errors
    ///
    /// What it failed with. It has ended all the same.
    ///
    /// # Cancel safety
    ///
    /// The plug-in goes on stopping, and no call reaches it any more after [`leave`](Self::leave).
    pub(super) async fn stop(&self) -> Result<(), PluginError> {
        self.host.stop_tasks().await;
        // Those of a channel that is stuck are dropped with the runtime.
        let _ = timeout(JOBS_DEADLINE, self.host.quotas().jobs().all_free()).await;
        let Some(plugin) = self.handle.take() else { return Ok(()) };
        let host = self.host.clone();
        let task = async move {
            let stopping = host.during("stop", || plugin.stop());
            let stopped = Marked::new(stopping, host.mark("stop"), 0).await.into_result();
            host.during("end", || drop(plugin));
            let stopped = stopped.map_err(PluginError::from);
            stopped.inspect_err(|error| host.note(error))
        };
        let stopped = self.host.runtime().spawn(task).await;
        stopped.map_err(|_| PluginError::new("its runtime is gone"))?
    }

    /// Lets nothing reach the plug-in any more, without asking it.
    pub(super) fn leave(&self) {
        self.host.leave();
        if let Some(plugin) = self.handle.take() {
            // Its drop is the plug-in's code, which may not return.
            let host = self.host.clone();
            self.host.runtime().spawn(async move { host.during("end", || drop(plugin)) });
        }
    }
}

/// What a call of the plug-in gives, on the plug-in's runtime and within its time.
async fn ask<T: Send + 'static>(
    host: &HostBridge,
    limit: Duration,
    call: impl Future<Output = T> + Send + 'static,
) -> Result<T, PluginError> {
    let asked = timeout(limit, host.runtime().spawn(call)).await;
    let answer = asked.map_err(|_| PluginError::new(format!("no answer within {limit:?}")))?;
    answer.map_err(|_| PluginError::new("the plug-in has stopped"))
}
