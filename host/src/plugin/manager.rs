//! The plug-ins of a node: kept from the start to the stop, and asked how they are.

use super::error::{StartError, config_error};
use super::flight::Crashes;
use super::integrity::Gate;
use super::kept::{Kept, Owner};
use super::linked::link;
use super::methods::{PluginMethod, methods};
use super::status::PluginStatus;
use crate::channel::{Channels, Connect};
use crate::hub::Hub;
use crate::protocol::{ProtocolRegistry, RegisterError};
use crate::settings::Settings;
use backplane_plugin::abi::Reconfigured;
use backplane_plugin::manifest::Package;
use backplane_plugin::{Host, PluginError};
use parking_lot::RwLock;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

/// What plug-ins are made with.
#[derive(Debug, Clone)]
pub struct Services {
    /// The settings that the node was started with.
    pub settings: Arc<Settings>,
    /// The channels of the node.
    pub channels: Arc<Channels>,
    /// Where protocols are registered.
    pub registry: Arc<ProtocolRegistry>,
    /// The runtime of the network.
    pub network: Handle,
    /// Grants wishes for channels; a node without it never dials for a plug-in.
    pub connect: Option<Arc<dyn Connect>>,
    /// Where plug-ins tell their events.
    pub hub: Hub,
}

/// The plug-ins of a node.
#[derive(Debug)]
pub struct PluginManager {
    pub(super) services: Services,
    pub(super) gate: Gate,
    pub(super) plugins: RwLock<Vec<Arc<Kept>>>,
    pub(super) others: RwLock<Vec<PluginStatus>>,
    pub(super) crashes: Crashes,
    /// Changes of plug-ins that are under way: they go on when nobody waits for them any more.
    pub(super) changes: TaskTracker,
    /// Rung when something of a plug-in has to be decided.
    pub(super) bell: Arc<Notify>,
    /// Why the node cannot go on.
    lost: watch::Sender<Option<String>>,
}

impl PluginManager {
    /// No plug-ins yet. What earlier runs have left of theirs on the disk is removed.
    #[must_use]
    pub fn new(services: Services) -> Self {
        let gate = Gate::new(&services.settings);
        let crashes = Crashes::load(&services.settings.node.data_dir);
        Self {
            services,
            gate,
            crashes,
            plugins: RwLock::default(),
            others: RwLock::default(),
            changes: TaskTracker::new(),
            bell: Arc::default(),
            lost: watch::Sender::default(),
        }
    }

    /// Registers protocols that are linked in; their jobs run on the network's runtime. `make` makes what they share.
    ///
    /// # Errors
    ///
    /// When a name or a command is taken.
    pub fn link<P: Send + Sync + 'static>(
        &self,
        package: Package,
        make: impl FnOnce(Host) -> P,
        registry: backplane_plugin::ProtocolRegistry<P>,
    ) -> Result<(), RegisterError> {
        link(package, make, registry, &self.services)
    }

    /// Where the plug-ins tell their events.
    #[must_use]
    pub const fn hub(&self) -> &Hub {
        &self.services.hub
    }

    pub(super) fn owner(&self) -> Owner<'_> {
        Owner { services: &self.services, bell: &self.bell, lost: &self.lost }
    }

    /// Waits until a plug-in that is required does not run any more: which one, and why.
    ///
    /// # Cancel safety
    ///
    /// Safe.
    pub async fn lost(&self) -> String {
        let mut lost = self.lost.subscribe();
        let reason =
            lost.wait_for(Option::is_some).await.expect("the sender is the manager's, which is borrowed");
        reason.clone().unwrap_or_default()
    }

    /// Every table of the settings has to belong to a file.
    pub(super) fn check_tables(&self, settings: &Settings) -> Result<(), StartError> {
        let known: Vec<String> = self.status().into_iter().map(|status| status.name).collect();
        let missing = settings.plugin.keys().find(|name| !known.contains(name));
        missing.map_or(Ok(()), |name| {
            Err(StartError::NoPlugin { name: name.clone(), dir: settings.plugins.dir.clone(), known })
        })
    }

    /// Lets each of these plug-ins read its changed configuration, and holds the tables of all against the plug-ins
    /// that there are. Nothing changes.
    ///
    /// # Errors
    ///
    /// [`StartError`], as if the node were started with these settings.
    pub async fn check(
        &self,
        settings: &Settings,
        changed: impl Iterator<Item = &String>,
    ) -> Result<(), StartError> {
        self.check_tables(settings)?;
        for name in changed {
            let Some(plugin) = self.find(name) else { continue };
            let config = settings.plugin_config_json(name);
            if let Err(error) = plugin.reconfigure(config, false).await {
                let other =
                    || StartError::Config { key: format!("plugin.{name}.config"), reason: error.to_string() };
                return Err(config_error(name, &error).unwrap_or_else(other));
            }
        }
        Ok(())
    }

    /// Lets a plug-in take over its changed configuration. One that has ended does so when it is
    /// enabled.
    ///
    /// # Errors
    ///
    /// Why it goes on with the old one.
    pub async fn reconfigure(&self, settings: &Settings, name: &str) -> Result<Reconfigured, PluginError> {
        let Some(plugin) = self.find(name) else { return Ok(Reconfigured::NeedsRestart) };
        plugin.reconfigure(settings.plugin_config_json(name), true).await
    }

    /// Takes over changed limits of the plug-ins, and what a changed `log.level` takes of their logs.
    pub fn adopt(&self, settings: &Settings) {
        self.plugins.read().iter().for_each(|plugin| plugin.adopt(settings));
    }

    /// Those that were started.
    pub(super) fn all(&self) -> Vec<Arc<Kept>> {
        self.plugins.read().clone()
    }

    pub(super) fn find(&self, name: &str) -> Option<Arc<Kept>> {
        self.plugins.read().iter().find(|plugin| plugin.name() == name).cloned()
    }

    /// How every plug-in is, by name.
    #[must_use]
    pub fn status(&self) -> Vec<PluginStatus> {
        let mut all: Vec<_> = self.plugins.read().iter().map(|plugin| plugin.status()).collect();
        all.extend(self.others.read().iter().cloned());
        all.iter_mut().for_each(|status| status.last_crash = self.crashes.last(&status.name));
        all.sort_by(|one, other| (&one.name, &one.file).cmp(&(&other.name, &other.file)));
        all
    }

    /// The RPC methods of all plug-ins.
    #[must_use]
    pub fn methods(&self) -> Vec<PluginMethod> {
        self.plugins.read().iter().flat_map(methods).collect()
    }

    /// Stops every plug-in, side by side: their tasks, then they themselves. Those that are not done by `deadline` are
    /// left behind.
    pub async fn stop_all(&self, deadline: Instant) {
        let mut stopping = JoinSet::new();
        for plugin in std::mem::take(&mut *self.plugins.write()) {
            stopping.spawn(async move {
                plugin.stop(deadline).await;
            });
        }
        stopping.join_all().await;
        self.gate.close();
    }
}
