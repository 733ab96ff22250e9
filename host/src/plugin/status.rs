//! How a plug-in is, for an operator.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// How a plug-in is, for an operator.
#[derive(Debug, Clone, serde::Serialize)]
pub struct PluginStatus {
    /// The name; empty when the file could not say.
    pub name: String,
    /// The version; empty when the file could not say.
    pub version: String,
    /// The file.
    pub file: PathBuf,
    /// `running`, `disabled` (not loaded, or withdrawn since) or `failed`.
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
