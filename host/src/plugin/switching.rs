//! Switching plug-ins while their node runs: off, on, and one instance for another.

use super::kept::{Kept, Reason};
use super::manager::PluginManager;
use super::state::State;
use backplane_plugin::PluginError;
use std::sync::Arc;

impl PluginManager {
    /// Ends the protocols of a plug-in on every channel, and tells the peers. The plug-in goes on running, so that it can
    /// be enabled again without losing what it holds.
    ///
    /// # Errors
    ///
    /// When no plug-in of this name runs.
    pub async fn disable(&self, name: &str) -> Result<(), NotRunning> {
        let plugin = self.loaded(name)?;
        let withdrawn = self.change(async move { plugin.withdraw().await }).await;
        withdrawn.map_err(|_| NotRunning(name.to_owned()))?;
        tracing::info!(plugin = name, "the protocols of a plug-in were withdrawn");
        Ok(())
    }

    /// Offers the protocols of a plug-in again that was disabled, to every peer. One that does not run is made anew.
    ///
    /// # Errors
    ///
    /// When there is no plug-in of this name, or its making fails.
    pub async fn enable(&self, name: &str) -> Result<(), SwitchError> {
        let plugin = self.loaded(name)?;
        self.change(async move { plugin.enable().await }).await?;
        tracing::info!(plugin = name, "the protocols of a plug-in are offered");
        Ok(())
    }

    /// Ends the instance of a plug-in, and lets a new one of the same library take its place, with the configuration in
    /// force and threads of its own. Peers are told that its protocols go and come; other plug-ins notice nothing.
    ///
    /// # Errors
    ///
    /// When no plug-in of this name runs, or the new instance cannot be made: then the plug-in has failed.
    ///
    /// # Cancel safety
    ///
    /// Safe: it goes on.
    pub async fn restart(&self, name: &str, reason: Reason) -> Result<(), SwitchError> {
        let plugin = self.loaded(name)?;
        Ok(self.change(async move { plugin.restart(reason).await }).await?)
    }

    /// Ends the instance of a plug-in: `after` says how the plug-in is then, until it is enabled.
    ///
    /// # Errors
    ///
    /// When no plug-in of this name runs.
    ///
    /// # Cancel safety
    ///
    /// Safe: it goes on.
    pub async fn end(&self, name: &str, after: State, reason: Reason) -> Result<(), SwitchError> {
        let plugin = self.loaded(name)?;
        Ok(self.change(async move { plugin.disable(after, reason).await }).await?)
    }

    /// Makes a change on the network's runtime, in a task of its own.
    async fn change<E: From<PluginError> + Send + 'static>(
        &self,
        change: impl Future<Output = Result<(), E>> + Send + 'static,
    ) -> Result<(), E> {
        let changed = self.changes.spawn_on(change, &self.services.network).await;
        changed.unwrap_or_else(|_| Err(PluginError::new("the node stops").into()))
    }

    fn loaded(&self, name: &str) -> Result<Arc<Kept>, NotRunning> {
        self.find(name).ok_or_else(|| NotRunning(name.to_owned()))
    }
}

/// No plug-in of this name runs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no plug-in {0} runs")]
pub struct NotRunning(
    /// The name.
    pub String,
);

/// Why a plug-in was not switched.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SwitchError {
    /// There is none, or it does not run.
    #[error(transparent)]
    NotRunning(#[from] NotRunning),
    /// It does not start.
    #[error(transparent)]
    Failed(#[from] PluginError),
}
