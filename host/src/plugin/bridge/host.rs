//! The node as a plug-in's host.

use super::connection::Leases;
use crate::address::Address;
use crate::channel::{Channel, Channels, Connect, ConnectError};
use crate::hub::Hub;
use crate::marks::{Label, Mark, Marker, Work};
use crate::plugin::Services;
use crate::plugin::quotas::Quotas;
use abi_stable::sabi_trait::TD_Opaque;
use abi_stable::std_types::RArc;
use backplane_plugin::PluginError;
use backplane_plugin::abi::{ConnectionBox, HostArc, HostObject_TO};
use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The node, for one plug-in.
#[derive(Debug, Clone)]
pub struct HostBridge {
    pub(super) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) plugin: Arc<str>,
    pub(super) data_dir: PathBuf,
    pub(super) channels: Arc<Channels>,
    pub(super) network: Handle,
    own_runtime: Option<Handle>,
    marker: Option<Marker>,
    pub(super) quotas: Arc<Quotas>,
    pub(super) tasks: TaskTracker,
    pub(super) stop: CancellationToken,
    /// Nobody waits for the plug-in any more.
    left: CancellationToken,
    protocols: OnceLock<Vec<Arc<str>>>,
    connect: Option<Arc<dyn Connect>>,
    leases: Leases,
    pub(super) hub: Hub,
}

impl HostBridge {
    /// The host of the plug-in with this name, whose jobs run on a runtime of its own, or on the network's. What is
    /// built in has no marker.
    #[must_use]
    pub fn new(
        plugin: &Arc<str>,
        services: &Services,
        own_runtime: Option<Handle>,
        quotas: Quotas,
        marker: Option<Marker>,
    ) -> Self {
        let settings = &services.settings;
        let shared = Shared {
            quotas: Arc::new(quotas),
            plugin: Arc::clone(plugin),
            data_dir: settings.plugin_data_dir(plugin),
            channels: Arc::clone(&services.channels),
            network: services.network.clone(),
            own_runtime,
            marker,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            left: CancellationToken::new(),
            protocols: OnceLock::new(),
            connect: services.connect.clone(),
            leases: Leases::default(),
            hub: services.hub.clone(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// The host as the plug-in gets it.
    #[must_use]
    pub fn object(&self) -> HostArc {
        HostObject_TO::from_ptr(RArc::new(self.clone()), TD_Opaque)
    }

    /// Counts a panic that came as the failure of a protocol.
    pub fn note(&self, error: &PluginError) {
        self.shared.quotas.record().note(error);
    }

    /// What this instance holds of the host.
    #[must_use]
    pub fn quotas(&self) -> &Arc<Quotas> {
        &self.shared.quotas
    }

    /// Runs something short of the plug-in's on its runtime.
    pub fn run(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.shared.tasks.spawn_on(task, self.runtime());
    }

    /// Lets the plug-in's own tasks end, and the plug-in reach no channel any more.
    pub fn cancel(&self) {
        self.shared.stop.cancel();
        self.shared.tasks.close();
        self.release();
    }

    /// Lets nobody wait for the plug-in any more.
    pub fn leave(&self) {
        self.cancel();
        self.shared.left.cancel();
    }

    /// What becomes of something, unless the plug-in is left behind before.
    ///
    /// # Cancel safety
    ///
    /// That of `future`.
    pub async fn until_left<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        self.shared.left.run_until_cancelled(future).await
    }

    /// Ends the plug-in's own tasks.
    pub async fn stop_tasks(&self) {
        self.cancel();
        self.shared.tasks.wait().await;
        // What one of them got meanwhile.
        self.release();
    }

    /// Lets go of the channels that the plug-in asked for.
    pub fn release(&self) {
        self.shared.leases.release();
    }

    pub(super) async fn connect_to(self, address: String) -> Result<ConnectionBox, ConnectError> {
        let connect = self.shared.connect.as_ref().ok_or(ConnectError::Stopped)?;
        let address: Address = address
            .parse()
            .map_err(|error| ConnectError::Refused(format!("{address} is no address: {error}")))?;
        // What the plug-in asked for ends with it.
        let stop = &self.shared.stop;
        let lease =
            stop.run_until_cancelled(connect.connect(address)).await.ok_or(ConnectError::Stopped)??;
        Ok(self.shared.leases.lend(lease))
    }

    /// What marks the plug-in's turns.
    #[must_use]
    pub fn marker(&self) -> Option<&Marker> {
        self.shared.marker.as_ref()
    }

    /// The mark of some work of the plug-in.
    #[must_use]
    pub fn mark(&self, work: &str) -> Option<Mark> {
        self.marker().map(|marker| marker.mark(work))
    }

    /// Calls an entry of the plug-in as a turn.
    pub fn during<R>(&self, work: &str, call: impl FnOnce() -> R) -> R {
        let _work = self.mark(work).map(|mark| Work::begin(mark, 0, Label::NONE));
        call()
    }

    /// The runtime that is the plug-in's own, if it has one.
    #[must_use]
    pub fn own_runtime(&self) -> Option<&Handle> {
        self.shared.own_runtime.as_ref()
    }

    /// The runtime of the plug-in's tasks: its own, or the network's.
    #[must_use]
    pub fn runtime(&self) -> &Handle {
        self.own_runtime().unwrap_or(&self.shared.network)
    }

    /// Whether a protocol of the plug-in runs on a channel.
    pub(super) fn serves(&self, channel: &Channel) -> bool {
        // An instance that was left behind and returns after all shares its protocols' names with the next one.
        if self.shared.stop.is_cancelled() {
            return false;
        }
        let runs = |protocol: &Arc<str>| {
            channel.messages().of_protocol(protocol).iter().any(|command| command.is_open())
        };
        self.shared.protocols.get().is_some_and(|protocols| protocols.iter().any(runs))
    }

    /// Tells which protocols are the plug-in's, once.
    pub fn set_protocols(&self, protocols: Vec<Arc<str>>) {
        // The first list stands: a plug-in is registered once.
        let _ = self.shared.protocols.set(protocols);
    }
}
