//! What is known of a plug-in beyond the end of one of its instances: its log, and what went wrong.

use super::log::PluginLog;
use backplane_plugin::PluginError;
use std::sync::atomic::{AtomicU32, Ordering};

/// What is known of a plug-in beyond the end of one of its instances.
#[derive(Debug)]
pub struct Record {
    log: PluginLog,
    panics: AtomicU32,
}

impl Record {
    /// Of the plug-in with this name; `filter` is `log.level`.
    #[must_use]
    pub fn new(plugin: &str, filter: &str) -> Self {
        Self { log: PluginLog::new(plugin, filter), panics: AtomicU32::new(0) }
    }

    /// Its log: a library keeps the way to the first one for good.
    pub(super) const fn log(&self) -> &PluginLog {
        &self.log
    }

    /// The panics that were caught.
    #[must_use]
    pub fn panics(&self) -> u32 {
        self.panics.load(Ordering::Relaxed)
    }

    /// Counts a failure, if it was a panic.
    pub fn note(&self, error: &PluginError) {
        if error.is_panic() {
            self.panics.fetch_add(1, Ordering::Relaxed);
        }
    }
}
