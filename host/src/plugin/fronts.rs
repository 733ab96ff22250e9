//! What the plug-ins of a node have for browsers, as long as they run.

use super::kept::Kept;
use super::manager::PluginManager;
use super::pages::PluginPage;
use super::state::State;
use std::sync::Arc;

/// A plug-in that has pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Front {
    /// Its name.
    pub name: String,
    /// What it says of itself.
    pub description: String,
    /// How it is, unless it runs.
    pub idle: Option<State>,
}

/// Why there is no such page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoPage {
    /// The node has no plug-in of this name.
    #[error("this node has no plug-in {0:?}")]
    NoPlugin(String),
    /// Pages are there while their plug-in runs.
    #[error("the plug-in {plugin} is {state}")]
    NotRunning {
        /// The plug-in.
        plugin: String,
        /// How it is.
        state: String,
    },
    /// The plug-in has others.
    #[error("the plug-in {plugin} has no page {path:?}")]
    NoPath {
        /// The plug-in.
        plugin: String,
        /// What was asked for.
        path: String,
    },
}

impl PluginManager {
    /// The plug-ins that were started and have pages, by name.
    #[must_use]
    pub fn fronts(&self) -> Vec<Front> {
        let with_pages = self.all().into_iter().filter(|plugin| !plugin.library.pages().is_empty());
        let front = |plugin: Arc<Kept>| Front {
            name: plugin.name().to_owned(),
            description: plugin.library.manifest().description.to_string(),
            idle: Some(plugin.state()).filter(|state| *state != State::Running),
        };
        let mut fronts: Vec<_> = with_pages.map(front).collect();
        fronts.sort_by(|one, other| one.name.cmp(&other.name));
        fronts
    }

    /// A page of a plug-in that runs.
    ///
    /// # Errors
    ///
    /// [`NoPage`].
    pub fn page(&self, plugin: &str, path: &str) -> Result<PluginPage, NoPage> {
        let Some(kept) = self.find(plugin) else { return Err(self.why_missing(plugin)) };
        let state = kept.state();
        if state != State::Running {
            return Err(NoPage::NotRunning { plugin: plugin.to_owned(), state: state.to_string() });
        }
        let missing = || NoPage::NoPath { plugin: plugin.to_owned(), path: path.to_owned() };
        kept.library.pages().get(path).copied().ok_or_else(missing)
    }

    /// Of a plug-in that was not started.
    fn why_missing(&self, plugin: &str) -> NoPage {
        match self.status().into_iter().find(|status| status.name == plugin) {
            Some(status) => {
                let reason = status.reason.map(|reason| format!(": {reason}")).unwrap_or_default();
                NoPage::NotRunning { plugin: plugin.to_owned(), state: format!("{}{reason}", status.state) }
            }
            None => NoPage::NoPlugin(plugin.to_owned()),
        }
    }
}
