//! `[plugin.NAME]`: what the host decides about one plug-in.

use super::finding::Finding;
use super::text;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// `[plugin.NAME]`
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub struct PluginSettings {
    /// Whether it is loaded.
    pub enabled: bool,
    /// Whether the node neither starts nor goes on without it.
    pub required: bool,
    /// Threads for its jobs; 0 puts them on the network's.
    pub threads: u16,
    /// A call of it that takes longer is told of; 0 is any time.
    #[serde(deserialize_with = "text::duration", serialize_with = "text::write_duration")]
    pub warn_after: Duration,
    /// A call of it that takes longer is taken for one that does not return; 0 is any time.
    #[serde(deserialize_with = "text::duration", serialize_with = "text::write_duration")]
    pub hang_after: Duration,
    /// How many instances of it that hang are replaced.
    pub max_abandoned: u16,
    /// How often it may fail.
    pub restart: RestartSettings,
    /// What it may use.
    pub limits: PluginLimits,
    /// Its own keys, for it to judge.
    pub config: serde_json::Map<String, serde_json::Value>,
}

/// `[plugin.NAME.restart]`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub struct RestartSettings {
    /// So many panics and forced restarts disable it; 0 is any number.
    pub max: u8,
    /// Those that are older are forgotten.
    #[serde(deserialize_with = "text::duration", serialize_with = "text::write_duration")]
    pub window: Duration,
}

/// `[plugin.NAME.limits]`: 0 is any number, but for jobs and subscriptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub struct PluginLimits {
    /// Bytes that wait in the queues of its subscriptions.
    pub queue_bytes: u64,
    /// Jobs that have not ended.
    pub jobs: u32,
    /// Subscriptions on all channels.
    pub subscriptions: u32,
    /// Bytes that it sends a second, on all channels.
    pub bytes_per_second: u64,
    /// Lines that it logs a second.
    pub log_lines_per_second: u64,
    /// Bytes in its data folder of which it is told.
    pub data_soft: u64,
    /// Bytes in its data folder that disable it.
    pub data_hard: u64,
    /// Bytes of heap of which it is told.
    pub heap_soft: u64,
    /// Bytes of heap that restart it.
    pub heap_hard: u64,
}

/// Checks what no single key's type can say.
pub(super) fn check<'a>(
    plugins: impl Iterator<Item = (&'a String, &'a PluginSettings)>,
) -> Result<(), Finding> {
    for (name, PluginSettings { restart, limits, .. }) in plugins {
        if restart.window.is_zero() {
            return Err(Finding::new(format!("plugin.{name}.restart.window"), "expected more than 0s"));
        }
        for (what, soft, hard) in
            [("data", limits.data_soft, limits.data_hard), ("heap", limits.heap_soft, limits.heap_hard)]
        {
            if hard > 0 && soft > hard {
                let expected = format!("expected at most {hard}, the value of {what}_hard, found {soft}");
                return Err(Finding::new(format!("plugin.{name}.limits.{what}_soft"), expected));
            }
        }
    }
    Ok(())
}

impl Default for PluginSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            required: false,
            threads: 1,
            warn_after: Duration::from_millis(100),
            hang_after: Duration::from_secs(5),
            max_abandoned: 3,
            restart: RestartSettings::default(),
            limits: PluginLimits::default(),
            config: serde_json::Map::new(),
        }
    }
}

impl Default for RestartSettings {
    fn default() -> Self {
        Self { max: 3, window: Duration::from_secs(60 * 60) }
    }
}

impl Default for PluginLimits {
    fn default() -> Self {
        Self {
            queue_bytes: 64 << 20,
            jobs: 100_000,
            subscriptions: 1_000_000,
            bytes_per_second: 0,
            log_lines_per_second: 1000,
            data_soft: 1 << 30,
            data_hard: 4 << 30,
            heap_soft: 256 << 20,
            heap_hard: 1 << 30,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_soft_limit_is_below_its_hard_one() {
        let finding = |set: fn(&mut PluginSettings)| {
            let (name, mut settings) = ("chat".to_owned(), PluginSettings::default());
            set(&mut settings);
            check(std::iter::once((&name, &settings))).err().map(|finding| finding.key)
        };
        assert_eq!(finding(|_| {}), None);
        assert_eq!(finding(|settings| settings.limits.heap_hard = 0), None);
        let heap = Some("plugin.chat.limits.heap_soft".to_owned());
        assert_eq!(finding(|settings| settings.limits.heap_hard = 1), heap);
        let window = Some("plugin.chat.restart.window".to_owned());
        assert_eq!(finding(|settings| settings.restart.window = Duration::ZERO), window);
    }
}
