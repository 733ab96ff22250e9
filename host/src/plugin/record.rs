//! What is known of a plug-in beyond the end of one of its instances: its log, its speed, and what went wrong.

use super::log::PluginLog;
use super::rate::Rate;
use super::refusals::{Quota, Refusals};
use crate::clock;
use crate::settings::{PluginLimits, PluginSettings, RestartSettings};
use backplane_plugin::PluginError;
use backplane_plugin::abi::LogRecord;
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// So many failures are kept: as many as `restart.max` may count.
const STRIKES: usize = 255;

/// What is known of a plug-in beyond the end of one of its instances.
#[derive(Debug)]
pub struct Record {
    log: PluginLog,
    /// Lines that it logs.
    lines: Rate,
    /// Bytes that it sends.
    bytes: Rate,
    limits: Mutex<(RestartSettings, PluginLimits)>,
    panics: AtomicU32,
    /// Events that it told while somebody watched.
    events: AtomicU64,
    strikes: Mutex<Strikes>,
    refusals: Refusals,
    /// Rung when something has to be decided.
    bell: Arc<Notify>,
}

/// The failures that count for the ladder.
#[derive(Debug, Clone, Default)]
pub struct Strikes {
    /// When they were, in order.
    pub times: Vec<Instant>,
    /// The last one.
    pub last: String,
}

impl Record {
    /// Of the plug-in with this name; `filter` is `log.level`, and `bell` is rung when something has to be decided.
    #[must_use]
    pub fn new(plugin: &str, filter: &str, settings: &PluginSettings, bell: &Arc<Notify>) -> Self {
        let limits = settings.limits;
        Self {
            log: PluginLog::new(plugin, filter),
            lines: Rate::new(limits.log_lines_per_second),
            bytes: Rate::new(limits.bytes_per_second),
            limits: Mutex::new((settings.restart, limits)),
            panics: AtomicU32::new(0),
            events: AtomicU64::new(0),
            strikes: Mutex::default(),
            refusals: Refusals::default(),
            bell: Arc::clone(bell),
        }
    }

    /// Takes over changed settings.
    pub(super) fn adopt(&self, settings: &PluginSettings, filter: &str) {
        let limits = settings.limits;
        *self.limits.lock() = (settings.restart, limits);
        self.lines.set(limits.log_lines_per_second);
        self.bytes.set(limits.bytes_per_second);
        self.log.set_filter(filter);
    }

    /// What it may use, and how often it may fail.
    #[must_use]
    pub fn limits(&self) -> (RestartSettings, PluginLimits) {
        *self.limits.lock()
    }

    /// The most verbose level that its log takes.
    pub(super) fn log_level(&self) -> u8 {
        self.log.level()
    }

    /// Writes to its log. A library keeps the way to it for good.
    pub(super) fn log(&self, record: &LogRecord<'_>) {
        if self.lines.take(1, clock::now()) {
            self.log.write(record);
        } else {
            self.refusals.add(Quota::LogLines);
        }
    }

    /// How long its speed lets what it sends wait. The clock is read only where the speed is limited.
    #[must_use]
    pub fn held_back(&self) -> Duration {
        if self.bytes.is_limited() { self.bytes.wait(clock::now()) } else { Duration::ZERO }
    }

    /// Counts what it has sent.
    pub fn sent(&self, bytes: usize) {
        if self.bytes.is_limited() {
            self.bytes.spend(bytes as u64, clock::now());
        }
    }

    /// Counts an event that it has told.
    pub fn count_event(&self) {
        self.events.fetch_add(1, Ordering::Relaxed);
    }

    /// How many events it has told.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events.load(Ordering::Relaxed)
    }

    /// What it was refused.
    #[must_use]
    pub const fn refusals(&self) -> &Refusals {
        &self.refusals
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
            self.strike(error.to_string());
            self.bell.notify_one();
        }
    }

    /// Counts what may not happen too often.
    pub fn strike(&self, what: String) {
        let mut strikes = self.strikes.lock();
        if strikes.times.len() == STRIKES {
            strikes.times.remove(0);
        }
        strikes.times.push(clock::now());
        strikes.last = what;
    }

    /// The failures that count.
    #[must_use]
    pub fn strikes(&self) -> Strikes {
        self.strikes.lock().clone()
    }

    /// Lets it begin anew.
    pub fn forgive(&self) {
        *self.strikes.lock() = Strikes::default();
    }
}
