//! The plug-ins of a node: found in a folder, made, registered, and stopped.

use super::bridge::{self, HostBridge};
use super::error::StartError;
use super::folder::{is_same_file, libraries, name_of};
use super::library::Library;
use super::runtime::PluginRuntime;
use crate::channel::Channels;
use crate::protocol::{ProtocolEntry, ProtocolRegistry};
use crate::settings::Settings;
use backplane_plugin::abi::{Manifest, PluginBox};
use backplane_plugin::{PluginError, RpcError};
use parking_lot::RwLock;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;

/// What plug-ins are made with.
#[derive(Debug, Clone)]
pub struct Services {
    /// The settings of the node.
    pub settings: Arc<Settings>,
    /// The channels of the node.
    pub channels: Arc<Channels>,
    /// Where protocols are registered.
    pub registry: Arc<ProtocolRegistry>,
    /// The runtime of the network.
    pub network: Handle,
}

/// How a plug-in is, for an operator.
#[derive(Debug, Clone, serde::Serialize)]
pub struct PluginStatus {
    /// The name; empty when the file could not say.
    pub name: String,
    /// The version; empty when the file could not say.
    pub version: String,
    /// The file.
    pub file: PathBuf,
    /// `running`, `disabled` or `failed`.
    pub state: &'static str,
    /// Why it is not running.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Its protocols.
    pub protocols: Vec<String>,
    /// Its RPC methods, with the bare names behind them.
    pub methods: BTreeMap<String, Vec<String>>,
    /// The panics that were caught.
    pub panics: u32,
}

/// The plug-ins of a node.
#[derive(Debug)]
pub struct PluginManager {
    services: Services,
    plugins: RwLock<Vec<Arc<Running>>>,
    others: RwLock<Vec<PluginStatus>>,
}

/// A plug-in that runs.
struct Running {
    library: Library,
    object: Arc<PluginBox>,
    host: HostBridge,
    /// Keeps the plug-in's threads.
    _runtime: PluginRuntime,
}

/// One RPC method of a running plug-in.
#[derive(Debug, Clone)]
pub struct PluginMethod {
    /// The name, with the plug-in's in front.
    pub name: String,
    /// The bare names.
    pub aliases: Vec<String>,
    plugin: Arc<Running>,
    index: u32,
}

impl PluginMethod {
    /// Asks the method.
    ///
    /// # Errors
    ///
    /// What it answers instead of a result.
    pub async fn call(&self, params: &Value) -> Result<Value, RpcError> {
        bridge::rpc(&self.plugin.object, &self.plugin.host, self.index, params).await
    }
}

impl PluginManager {
    /// No plug-ins yet.
    #[must_use]
    pub fn new(services: Services) -> Self {
        Self { services, plugins: RwLock::default(), others: RwLock::default() }
    }

    /// Starts every plug-in of the configured folder, in the order of the file names. One that fails is left out, with
    /// a line that names its file, unless it is required.
    ///
    /// # Errors
    ///
    /// [`StartError`]: what the operator has to change.
    pub fn start_all(&self) -> Result<(), StartError> {
        let settings = Arc::clone(&self.services.settings);
        for file in libraries(&settings.plugins.dir)? {
            let guess = name_of(&file);
            if !settings.plugin(&guess).enabled {
                tracing::info!(plugin = guess, file = %file.display(), "plug-in disabled");
                let reason = PluginError::new(format!("plugin.{guess}.enabled is false"));
                self.note(&file, &guess, "disabled", &reason);
                continue;
            }
            if let Err(failure) = self.start(&file) {
                self.failed(&file, failure)?;
            }
        }
        self.check_tables()
    }

    fn start(&self, file: &Path) -> Result<(), Failure> {
        if self.plugins.read().iter().any(|other| is_same_file(other.library.path(), file)) {
            return Err(Failure::new(name_of(file), "the same file is loaded already"));
        }
        let library = Library::open(file).map_err(|error| Failure::new(name_of(file), error))?;
        let name: Arc<str> = library.manifest().name.as_str().into();
        let fail = |error: PluginError| Failure { name: name.to_string(), error };
        if self.plugins.read().iter().any(|other| *other.name() == *name) {
            return Err(Failure::new(&*name, format!("there is a plug-in {name} already")));
        }
        let running = self.make(library, &name).map_err(fail)?;
        let largest = self.services.settings.network.max_payload_bytes as u64;
        let entries = bridge::entries(running.library.manifest(), &running.object, &running.host, largest)
            .map_err(|error| Failure::new(&*name, error))?;
        running
            .host
            .set_protocols(entries.iter().map(|entry: &ProtocolEntry| Arc::clone(&entry.name)).collect());
        self.services.registry.register(entries).map_err(|error| Failure::new(&*name, error))?;
        let manifest = running.library.manifest();
        let protocols: Vec<_> = manifest.protocols.iter().map(|protocol| protocol.name.as_str()).collect();
        tracing::info!(plugin = &*name, version = %manifest.version, protocols = ?protocols, file = %file.display(), "plug-in loaded");
        self.plugins.write().push(Arc::new(running));
        Ok(())
    }

    fn make(&self, library: Library, name: &Arc<str>) -> Result<Running, PluginError> {
        let Services { settings, network, .. } = &self.services;
        let runtime = PluginRuntime::new(name, settings.plugin(name).threads, network)
            .map_err(|error| PluginError::new(format!("cannot start its threads: {error}")))?;
        let host = HostBridge::new(name, &self.services, runtime.handle().clone());
        let config = settings.plugin_config_json(name).to_string();
        let create = library.module().create();
        // What it does in here may need its runtime.
        let created = runtime.handle().enter();
        let plugin = create(host.object(), config.as_str().into()).into_result();
        drop(created);
        Ok(Running { library, object: Arc::new(plugin?), host, _runtime: runtime })
    }

    fn failed(&self, file: &Path, failure: Failure) -> Result<(), StartError> {
        let Failure { name, error } = failure;
        if let Some(key) = error.place().filter(|_| error.is_config()) {
            let dot = if key.starts_with('?') || key == "." { String::new() } else { format!(".{key}") };
            let key = format!("plugin.{name}.config{dot}");
            return Err(StartError::Config { key, reason: error.message().to_owned() });
        }
        if self.services.settings.plugin(&name).required {
            return Err(StartError::Required { file: file.to_owned(), name, error });
        }
        tracing::error!(file = %file.display(), plugin = name, %error, "plug-in left out");
        self.note(file, &name, "failed", &error);
        Ok(())
    }

    fn note(&self, file: &Path, name: &str, state: &'static str, reason: &PluginError) {
        self.others.write().push(PluginStatus {
            name: name.to_owned(),
            version: String::new(),
            file: file.to_owned(),
            state,
            reason: Some(reason.to_string()),
            protocols: Vec::new(),
            methods: BTreeMap::new(),
            panics: u32::from(reason.is_panic()),
        });
    }

    /// Every table of the settings has to belong to a file.
    fn check_tables(&self) -> Result<(), StartError> {
        let known: Vec<String> = self.status().into_iter().map(|status| status.name).collect();
        let settings = &self.services.settings;
        let missing = settings.plugin.keys().find(|name| !known.contains(name));
        missing.map_or(Ok(()), |name| {
            Err(StartError::NoPlugin { name: name.clone(), dir: settings.plugins.dir.clone(), known })
        })
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

    /// Stops every plug-in: their tasks, then they themselves. `limit` is for each.
    pub async fn stop_all(&self, limit: Duration) {
        let plugins = std::mem::take(&mut *self.plugins.write());
        for plugin in plugins.iter().rev() {
            if tokio::time::timeout(limit, plugin.stop()).await.is_err() {
                tracing::error!(plugin = %plugin.name(), "the plug-in did not stop in time");
            }
        }
    }
}

impl Running {
    fn name(&self) -> &str {
        self.library.manifest().name.as_str()
    }

    fn status(&self) -> PluginStatus {
        let Manifest { name, version, protocols, .. } = self.library.manifest();
        PluginStatus {
            name: name.to_string(),
            version: version.to_string(),
            file: self.library.path().to_owned(),
            state: "running",
            reason: None,
            protocols: protocols.iter().map(|protocol| protocol.name.to_string()).collect(),
            methods: method_names(self.library.manifest()).into_iter().collect(),
            panics: self.host.panics(),
        }
    }

    async fn stop(&self) {
        self.host.stop_tasks().await;
        let plugin = Arc::clone(&self.object);
        let stopped = self.host.runtime().spawn(async move { plugin.stop().await.into_result() }).await;
        match stopped {
            Ok(Ok(())) => tracing::info!(plugin = self.name(), "plug-in stopped"),
            Ok(Err(error)) => {
                tracing::error!(plugin = self.name(), error = %PluginError::from(error), "the plug-in failed to stop");
            }
            Err(error) => tracing::error!(plugin = self.name(), %error, "the plug-in's runtime is gone"),
        }
    }
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running").field("name", &self.name()).finish_non_exhaustive()
    }
}

/// The full names of a plug-in's methods with their bare names.
#[must_use]
pub fn method_names(manifest: &Manifest) -> Vec<(String, Vec<String>)> {
    let named = |method: &backplane_plugin::abi::MethodDecl| {
        let aliases = method.aliases.iter().map(ToString::to_string).collect();
        (format!("{}.{}", manifest.name, method.name), aliases)
    };
    manifest.methods.iter().map(named).collect()
}

fn methods(plugin: &Arc<Running>) -> impl Iterator<Item = PluginMethod> {
    let plugin = Arc::clone(plugin);
    let names = method_names(plugin.library.manifest());
    (0..).zip(names).map(move |(index, (name, aliases))| PluginMethod {
        name,
        aliases,
        plugin: Arc::clone(&plugin),
        index,
    })
}

/// A plug-in that could not be started.
#[derive(Debug)]
struct Failure {
    name: String,
    error: PluginError,
}

impl Failure {
    fn new(name: impl Into<String>, error: impl std::fmt::Display) -> Self {
        Self { name: name.into(), error: PluginError::new(error) }
    }
}
