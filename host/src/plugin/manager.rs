//! The plug-ins of a node: found in a folder, made, registered, and stopped.

use super::error::StartError;
use super::file::{Named, Screening, Taken, Verdict, unmet};
use super::folder::libraries;
use super::integrity::{Gate, Passed};
use super::kept::{Kept, Owner};
use super::linked::link;
use super::methods::{PluginMethod, methods};
use super::state::State;
use super::status::PluginStatus;
use crate::channel::{Channels, Connect};
use crate::protocol::{ProtocolRegistry, RegisterError};
use crate::settings::Settings;
use backplane_plugin::abi::Reconfigured;
use backplane_plugin::manifest::{FileManifest, Package};
use backplane_plugin::{Host, PluginError};
use parking_lot::RwLock;
use std::collections::BTreeMap;
use std::path::Path;
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
}

/// The plug-ins of a node.
#[derive(Debug)]
pub struct PluginManager {
    pub(super) services: Services,
    gate: Gate,
    plugins: RwLock<Vec<Arc<Kept>>>,
    others: RwLock<Vec<PluginStatus>>,
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
        Self {
            services,
            gate,
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

    fn owner(&self) -> Owner<'_> {
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

    /// Starts every plug-in of the configured folder, in the order of the file names. One that fails is left out, with
    /// a line that names its file, unless it is required.
    ///
    /// # Errors
    ///
    /// [`StartError`]: what the operator has to change.
    pub async fn start_all(&self) -> Result<(), StartError> {
        let settings = Arc::clone(&self.services.settings);
        let files = libraries(&settings.plugins.dir)?;
        let mut screening = Screening::new(self.taken());
        if files.is_empty() {
            tracing::info!(dir = %settings.plugins.dir.display(), "no plug-ins in plugins.dir");
        }
        for file in files {
            match screening.look(&file, &settings) {
                Verdict::Disabled(named) => self.disabled(&file, &named),
                Verdict::Refused(named, reason) => self.failed(&file, &named, &PluginError::new(reason))?,
                Verdict::Sound(manifest, passed) => match self.start(&file, passed, &manifest).await {
                    Ok(()) => screening.keep(file, &manifest),
                    Err(error) => self.failed(&file, &Named::by_manifest(*manifest), &error)?,
                },
            }
        }
        self.check_tables(&settings)
    }

    /// The names that the node has without plug-ins.
    fn taken(&self) -> Taken {
        Taken::by_node(self.services.registry.entries().iter().map(|entry| {
            let commands = entry.messages.iter().map(|command| command.info().name.to_string());
            (entry.name.to_string(), entry.sessions, commands.collect())
        }))
    }

    async fn start(&self, file: &Path, passed: Passed, said: &FileManifest) -> Result<(), PluginError> {
        for (limit, wanted, allowed) in unmet(&said.limits, &self.services.settings.plugin(&said.name).limits)
        {
            tracing::warn!(
                plugin = said.name,
                limit,
                wanted,
                allowed,
                "the plug-in wants more than its limits allow"
            );
        }
        let library = self.gate.open(file, passed, said).map_err(PluginError::new)?;
        let plugin = Kept::start(library, &self.owner()).await?;
        let protocols: Vec<_> = said.protocols.iter().map(|protocol| protocol.name.as_str()).collect();
        tracing::info!(plugin = said.name, version = said.version, protocols = ?protocols, file = %file.display(), "plug-in loaded");
        self.plugins.write().push(Arc::new(plugin));
        Ok(())
    }

    fn disabled(&self, file: &Path, named: &Named) {
        tracing::info!(plugin = named.name, file = %file.display(), "plug-in disabled");
        let reason = format!("plugin.{}.enabled is false", named.name);
        self.note(file, named, &State::Disabled { reason }, false);
    }

    fn failed(&self, file: &Path, named: &Named, error: &PluginError) -> Result<(), StartError> {
        let name = &named.name;
        if let Some(error) = config_error(name, error) {
            return Err(error);
        }
        if self.services.settings.plugin(name).required {
            let (name, error) = (name.clone(), error.clone());
            return Err(StartError::Required { file: file.to_owned(), name, error });
        }
        tracing::error!(file = %file.display(), plugin = name, %error, "plug-in left out");
        self.note(file, named, &State::Failed { reason: error.to_string() }, error.is_panic());
        Ok(())
    }

    fn note(&self, file: &Path, named: &Named, state: &State, panicked: bool) {
        self.others.write().push(PluginStatus {
            name: named.name.clone(),
            version: named.version.clone(),
            file: file.to_owned(),
            state: state.name(),
            reason: state.reason().map(ToOwned::to_owned),
            protocols: Vec::new(),
            methods: BTreeMap::new(),
            panics: u32::from(panicked),
            abandoned: 0,
            proof: None,
            usage: None,
        });
    }

    /// Every table of the settings has to belong to a file.
    fn check_tables(&self, settings: &Settings) -> Result<(), StartError> {
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

/// The mistake in a plug-in's configuration, if the error is one.
fn config_error(name: &str, error: &PluginError) -> Option<StartError> {
    let key = error.place().filter(|_| error.is_config())?;
    let dot = if key.starts_with('?') || key == "." { String::new() } else { format!(".{key}") };
    let key = format!("plugin.{name}.config{dot}");
    Some(StartError::Config { key, reason: error.message().to_owned() })
}
