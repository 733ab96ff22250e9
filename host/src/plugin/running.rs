//! One running plug-in, from its making to its end.

use super::Services;
use super::bridge::{self, HostBridge};
use super::library::Library;
use super::runtime::PluginRuntime;
use super::status::PluginStatus;
use crate::protocol::ProtocolRegistry;
use backplane_plugin::abi::{Manifest, PluginBox, Reconfigured};
use backplane_plugin::{PluginError, RpcError};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::timeout;

/// How long a plug-in may take over a changed configuration.
const RECONFIGURE_DEADLINE: Duration = Duration::from_secs(5);

/// A plug-in that runs.
pub(super) struct Running {
    pub(super) library: Library,
    pub(super) object: Arc<PluginBox>,
    pub(super) host: HostBridge,
    /// Its protocols have been withdrawn from every channel.
    disabled: AtomicBool,
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

impl Running {
    /// Makes the plug-in of a library, with threads of its own.
    pub(super) fn new(library: Library, name: &Arc<str>, services: &Services) -> Result<Self, PluginError> {
        let settings = &services.settings;
        let runtime = PluginRuntime::new(name, settings.plugin(name).threads)
            .map_err(|error| PluginError::new(format!("cannot start its threads: {error}")))?;
        let host = HostBridge::new(name, services, runtime.own().cloned());
        let config = settings.plugin_config_json(name).to_string();
        let create = library.module().create();
        // What it does in here may need its runtime.
        let created = host.runtime().enter();
        let plugin = create(host.object(), config.as_str().into()).into_result();
        drop(created);
        Ok(Self {
            library,
            object: Arc::new(plugin?),
            host,
            disabled: AtomicBool::new(false),
            _runtime: runtime,
        })
    }

    pub(super) fn name(&self) -> &str {
        self.library.manifest().name.as_str()
    }

    pub(super) fn status(&self) -> PluginStatus {
        let Manifest { name, version, protocols, .. } = self.library.manifest();
        let disabled = self.disabled.load(Ordering::Relaxed);
        PluginStatus {
            name: name.to_string(),
            version: version.to_string(),
            file: self.library.path().to_owned(),
            state: if disabled { "disabled" } else { "running" },
            reason: disabled.then(|| "its protocols have been withdrawn".to_owned()),
            protocols: protocols.iter().map(|protocol| protocol.name.to_string()).collect(),
            methods: method_names(self.library.manifest()).into_iter().collect(),
            panics: self.host.panics(),
        }
    }

    /// Withdraws its protocols from every channel, or offers them again. It goes on running, with its RPC methods.
    pub(super) fn set_disabled(&self, disabled: bool, registry: &ProtocolRegistry) {
        self.disabled.store(disabled, Ordering::Relaxed);
        let protocols = self.host.protocols();
        if disabled {
            registry.withdraw(protocols);
            self.host.release();
        } else {
            registry.offer(protocols);
        }
    }

    /// Lets the plug-in read a changed configuration; with `apply` it takes it over.
    pub(super) async fn reconfigure(&self, config: &Value, apply: bool) -> Result<Reconfigured, PluginError> {
        let (plugin, config) = (Arc::clone(&self.object), config.to_string());
        let task = async move { plugin.reconfigure(config.as_str().into(), apply).into_result() };
        let asked = timeout(RECONFIGURE_DEADLINE, self.host.runtime().spawn(task)).await;
        let answer = asked
            .map_err(|_| PluginError::new(format!("no answer within {RECONFIGURE_DEADLINE:?}")))?
            .map_err(|_| PluginError::new("the plug-in has stopped"))?;
        answer.map_err(PluginError::from).inspect_err(|error| self.host.note(error))
    }

    pub(super) async fn stop(&self) {
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

/// The RPC methods of a plug-in.
pub(super) fn methods(plugin: &Arc<Running>) -> impl Iterator<Item = PluginMethod> {
    let plugin = Arc::clone(plugin);
    let names = method_names(plugin.library.manifest());
    (0..).zip(names).map(move |(index, (name, aliases))| PluginMethod {
        name,
        aliases,
        plugin: Arc::clone(&plugin),
        index,
    })
}
