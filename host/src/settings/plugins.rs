//! The section `[plugins]`: where the libraries are, and which of them may run.

use super::text;
use super::trusted_key::TrustedKey;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;

/// `[plugins]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct PluginsSettings {
    /// The folder of the plug-in libraries.
    pub dir: PathBuf,
    /// Which of them may run.
    pub policy: PluginPolicy,
    /// The keys whose signatures count.
    pub trusted_keys: Vec<TrustedKey>,
    /// A plug-in that ends the process so many times is kept out; 0 is any number of times.
    pub crash_max: u16,
    /// The time within which it does.
    #[serde(deserialize_with = "text::duration")]
    pub crash_window: Duration,
}

/// Which libraries may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PluginPolicy {
    /// All that are in the folder.
    Open,
    /// Those whose bytes are the ones that `plugins.lock` names.
    Pinned,
    /// Those that are signed with a trusted key.
    Signed,
}

impl PluginPolicy {
    /// Its name in the configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Pinned => "pinned",
            Self::Signed => "signed",
        }
    }
}
