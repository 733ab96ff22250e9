//! The configuration read again while the node runs: all of it checked first, then applied as far as it can be.

use super::{Node, blame};
use crate::blocking::run_blocking;
use crate::causes::chain;
use crate::settings::{Change, Loaded, Settings, SettingsError, Sources, Waiting};
use backplane_plugin::abi::Reconfigured;
use serde::Serialize;
use std::fmt;
use std::sync::Arc;
use tokio::sync::Mutex;

/// Sets the level of the log, to a text that the settings have taken.
pub type SetLogLevel = Box<dyn Fn(&str) -> Result<(), String> + Send + Sync>;

/// Reads the configuration of a node again.
pub struct Reloader {
    node: Arc<Node>,
    sources: Sources,
    set_log_level: SetLogLevel,
    /// What is in force. Locked for a whole reload: the next one begins where this one ends.
    in_force: Mutex<Loaded>,
}

/// What a reload has changed.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Reloaded {
    /// The keys whose new values are in force.
    pub applied: Vec<String>,
    /// How many keys have the value that is in force already.
    pub unchanged: usize,
    /// The keys whose new values need a restart.
    pub restart: Vec<Waiting>,
    /// The plug-ins that go on with their old configuration, since they failed to take over the new one.
    pub refused: Vec<Refusal>,
}

/// A plug-in that refused its configuration.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// The plug-in.
    pub plugin: String,
    /// Why.
    pub reason: String,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
#[error("the configuration cannot be used; nothing was changed")]
pub struct ReloadError {
    /// The mistake, with the layer and the key.
    #[from]
    pub source: SettingsError,
}

impl Reloader {
    /// Of a node that was started with `loaded`, which came from `sources`.
    #[must_use]
    pub fn new(node: Arc<Node>, sources: Sources, loaded: Loaded, set_log_level: SetLogLevel) -> Self {
        Self { node, sources, set_log_level, in_force: Mutex::new(loaded) }
    }

    /// Reads the configuration and puts into force what can change while the node runs.
    ///
    /// # Errors
    ///
    /// [`ReloadError`]. Nothing has changed then.
    ///
    /// # Cancel safety
    ///
    /// Not safe: plug-ins may have taken over what the node has not. Only a node that stops drops it.
    pub async fn reload(&self) -> Result<Reloaded, ReloadError> {
        let mut in_force = self.in_force.lock().await;
        let sources = self.sources.clone();
        let read = run_blocking(move || sources.load()).await;
        let new = read.expect("reading the configuration does not panic")?;
        let mut change = Change::between(&in_force, new.clone())?;
        let plugins = self.node.plugins();
        if let Err(error) = plugins.check(&new.settings, change.plugins.keys()).await {
            let mistake = blame(&error, &new);
            return Err(mistake.unwrap_or_else(|| new.blame("plugins", error.to_string())).into());
        }
        let refused = self.reconfigure_plugins(&in_force, &mut change, &new.settings).await;
        self.apply(&change);
        *in_force = change.loaded;
        let Change { applied, unchanged, restart, .. } = change;
        Ok(Reloaded { applied, unchanged, restart, refused })
    }

    async fn reconfigure_plugins(&self, old: &Loaded, change: &mut Change, new: &Settings) -> Vec<Refusal> {
        let mut refused = Vec::new();
        let names: Vec<String> = change.plugins.keys().cloned().collect();
        for name in names {
            match self.node.plugins().reconfigure(new, &name).await {
                Ok(Reconfigured::Done) => change.plugin_applied(&name),
                Ok(Reconfigured::NeedsRestart) => change.plugin_waits(old, &name),
                Err(error) => {
                    change.plugin_refused(old, &name);
                    refused.push(Refusal { plugin: name, reason: error.to_string() });
                }
            }
        }
        refused
    }

    fn apply(&self, change: &Change) {
        let settings = &change.loaded.settings;
        // First, so that it holds for what follows from the rest.
        if let Err(error) = (self.set_log_level)(&settings.log.level) {
            tracing::error!(error, "the level of the log stays as it was");
        }
        self.node.adopt(settings.clone());
    }

    /// Reloads, with the outcome in the log.
    ///
    /// # Errors
    ///
    /// Those of [`reload`](Self::reload).
    pub async fn reload_and_tell(&self) -> Result<Reloaded, ReloadError> {
        let outcome = self.reload().await;
        match &outcome {
            Ok(reloaded) => {
                let restart: Vec<_> = reloaded.restart.iter().map(|waiting| &waiting.key).collect();
                let Reloaded { applied, unchanged, refused, .. } = reloaded;
                tracing::info!(?applied, unchanged, ?restart, "configuration reloaded");
                for Refusal { plugin, reason } in refused {
                    tracing::error!(plugin, reason, "the plug-in goes on with its old configuration");
                }
            }
            Err(error) => tracing::error!(error = chain(error), "configuration not reloaded"),
        }
        outcome
    }
}

impl fmt::Debug for Reloader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reloader").field("sources", &self.sources).finish_non_exhaustive()
    }
}
