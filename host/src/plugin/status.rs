//! How a plug-in is, for an operator.

use super::integrity::Proof;
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
    /// The name of its [`State`](super::State).
    pub state: &'static str,
    /// Why it is not running.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When and where it last ended the process, if it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_crash: Option<String>,
    /// Its protocols.
    pub protocols: Vec<String>,
    /// Its RPC methods, with the bare names behind them.
    pub methods: BTreeMap<String, Vec<String>>,
    /// The panics that were caught.
    pub panics: u32,
    /// The instances that did not stop, and were left behind with their threads.
    pub abandoned: u32,
    /// What was found out about the file before it was opened; none where it was not opened.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
    /// What it uses; `None` when it was never started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
}

/// What a plug-in uses of what its limits are about.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct Usage {
    /// Panics and forced restarts within `restart.window`.
    pub failures: usize,
    /// Jobs that have not ended.
    pub jobs: usize,
    /// Subscriptions on all channels.
    pub subscriptions: usize,
    /// Bytes that wait in their queues, in steps of some kilobytes.
    pub queue_bytes: usize,
    /// Bytes of heap; `None` when the plug-in does not measure them.
    pub heap_bytes: Option<u64>,
    /// Bytes in its data folder; `None` before they were measured.
    pub data_bytes: Option<u64>,
    /// Events that it has told while somebody watched.
    pub events: u64,
    /// How often it was refused something, by the key of the limit.
    pub refused: BTreeMap<&'static str, u64>,
}
