//! The crashes of plug-ins, and which plug-ins are kept out for them: remembered over restarts.

use crate::durable;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

/// The name of the file in the data folder.
const FILE: &str = "crashes.json";
/// The longest file that is read, in bytes.
const MAX_BYTES: u64 = 1024 * 1024;
/// The most plug-ins that are remembered; the one whose last crash is the oldest goes.
const MOST_PLUGINS: usize = 256;
/// The most crashes of one plug-in that are remembered; the oldest go.
const MOST_CRASHES: usize = 16;

/// The end of the year 9999, in seconds since 1970.
const LAST_SECOND: u64 = 253_402_300_799;

/// How many crashes are too many: the key `plugins.crash_max` within `plugins.crash_window`.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// This many are too many; 0 is no number.
    pub max: u16,
    /// Within this time.
    pub window: Duration,
}

/// One crash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crash {
    /// When it was found, in seconds since 1970.
    pub at: u64,
    /// Which signal, in whose turn.
    pub what: String,
}

/// The crashes of plug-ins.
#[derive(Debug)]
pub struct Crashes {
    path: PathBuf,
    plugins: Mutex<Plugins>,
}

type Plugins = BTreeMap<String, History>;

/// What is remembered of one plug-in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct History {
    /// From the oldest to the newest.
    crashes: Vec<Crash>,
    /// It is kept out until it is released.
    quarantined: bool,
}

impl Crashes {
    /// What the file in a data folder says; nothing when it is damaged, which is told.
    #[must_use]
    pub fn load(data_dir: &Path) -> Self {
        let path = data_dir.join(FILE);
        let plugins = read(&path).unwrap_or_else(|error| {
            tracing::warn!(%error, path = %path.display(), "what is known of crashes of plug-ins cannot be read");
            Plugins::new()
        });
        Self { path, plugins: Mutex::new(plugins) }
    }

    /// Remembers a crash; a plug-in with too many is kept out from then on.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn note(&self, plugin: &str, crash: Crash, limits: Limits) -> io::Result<()> {
        let mut plugins = self.plugins.lock();
        add(&mut plugins, plugin, crash, limits);
        save(&self.path, &plugins)
    }

    /// Why a plug-in is kept out; `None` when it is not.
    #[must_use]
    pub fn quarantined(&self, plugin: &str) -> Option<String> {
        let plugins = self.plugins.lock();
        let history = plugins.get(plugin).filter(|history| history.quarantined)?;
        let last = history.crashes.last().map_or_else(|| "unknown".to_owned(), Crash::to_string);
        let count = history.crashes.len();
        Some(format!(
            "it ended the node {count} times, last {last}; release it with `backplane plugin release {plugin}`"
        ))
    }

    /// The last crash of a plug-in, in words.
    #[must_use]
    pub fn last(&self, plugin: &str) -> Option<String> {
        self.plugins.lock().get(plugin)?.crashes.last().map(Crash::to_string)
    }

    /// Forgets the crashes of a plug-in that is kept out, so that it is not any more. Whether it was.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn release(&self, plugin: &str) -> io::Result<bool> {
        let mut plugins = self.plugins.lock();
        if !plugins.get(plugin).is_some_and(|history| history.quarantined) {
            return Ok(false);
        }
        let mut left = plugins.clone();
        left.remove(plugin);
        // Only what is written is so.
        save(&self.path, &left)?;
        *plugins = left;
        Ok(true)
    }
}

impl std::fmt::Display for Crash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A damaged file may have any number, and years have four digits.
        let at = UNIX_EPOCH + Duration::from_secs(self.at.min(LAST_SECOND));
        write!(f, "{}: {}", humantime::format_rfc3339_seconds(at), self.what)
    }
}

/// Adds a crash to what is known.
fn add(plugins: &mut Plugins, plugin: &str, crash: Crash, limits: Limits) {
    let oldest = |plugins: &Plugins| {
        let last = |history: &History| history.crashes.last().map_or(0, |crash| crash.at);
        plugins.iter().min_by_key(|(_, history)| last(history)).map(|(name, _)| name.clone())
    };
    if plugins.len() >= MOST_PLUGINS && !plugins.contains_key(plugin) {
        oldest(plugins).and_then(|name| plugins.remove(&name));
    }
    let history = plugins.entry(plugin.to_owned()).or_default();
    let now = crash.at;
    // A clock that was set back makes crashes of the future, which count as of now.
    let recent = |crash: &Crash| now.saturating_sub(crash.at) <= limits.window.as_secs();
    history.crashes.push(crash);
    let surplus = history.crashes.len().saturating_sub(MOST_CRASHES);
    history.crashes.drain(..surplus);
    let recent = history.crashes.iter().filter(|crash| recent(crash)).count();
    history.quarantined |= limits.max > 0 && recent >= usize::from(limits.max).min(MOST_CRASHES);
}

fn read(path: &Path) -> io::Result<Plugins> {
    let read = durable::read(path, MAX_BYTES)?;
    read.map_or_else(|| Ok(Plugins::new()), |bytes| Ok(serde_json::from_slice(&bytes)?))
}

fn save(path: &Path, plugins: &Plugins) -> io::Result<()> {
    let text = serde_json::to_vec_pretty(plugins)?;
    durable::replace(path, |file| file.write_all(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { max: 3, window: Duration::from_secs(3600) };

    fn crash(at: u64) -> Crash {
        Crash { at, what: "SIGSEGV in chat 0.3.0, job receive, command DchatMsg".to_owned() }
    }

    /// Whether a plug-in with crashes at these times is kept out.
    fn is_quarantined(times: &[u64], limits: Limits) -> bool {
        let mut plugins = Plugins::new();
        times.iter().for_each(|at| add(&mut plugins, "chat", crash(*at), limits));
        plugins["chat"].quarantined
    }

    #[test]
    fn the_third_crash_within_the_window_is_too_many() {
        for (times, expected) in [
            (&[0, 1][..], false),
            (&[0, 3600, 7200], false),
            (&[0, 10, 3600], true),
            (&[0, 10, 3601], false),
            (&[9000, 9000, 10], true),
            // Once kept out, always kept out.
            (&[0, 1, 2, 100_000], true),
        ] {
            assert_eq!(is_quarantined(times, LIMITS), expected, "{times:?}");
        }
        assert!(!is_quarantined(&[1; 20], Limits { max: 0, ..LIMITS }), "0 is no number");
        assert!(is_quarantined(&[1; 20], Limits { max: 100, ..LIMITS }), "as many as are remembered");
    }

    #[test]
    fn what_is_remembered_of_crashes_has_a_bound() {
        let mut plugins = Plugins::new();
        for at in 0..2 * MOST_PLUGINS as u64 {
            add(&mut plugins, &format!("plugin {at}"), crash(at), LIMITS);
        }
        (0..100).for_each(|_| add(&mut plugins, "chat", crash(10_000), LIMITS));
        assert_eq!(plugins.len(), MOST_PLUGINS);
        assert_eq!(plugins["chat"].crashes.len(), MOST_CRASHES);
        assert!(!plugins.contains_key("plugin 0"), "the oldest stays");
    }

    #[test]
    fn a_quarantine_outlives_the_process_until_it_is_released() {
        let dir = tempfile::tempdir().unwrap();
        Crashes::load(dir.path()).note("echo", crash(0), LIMITS).unwrap();
        (0..3).for_each(|at| Crashes::load(dir.path()).note("chat", crash(at), LIMITS).unwrap());
        let reason = Crashes::load(dir.path()).quarantined("chat").unwrap();
        let last = "last 1970-01-01T00:00:02Z: SIGSEGV in chat 0.3.0, job receive, command DchatMsg;";
        assert!(reason.contains(last) && reason.contains("plugin release chat"), "{reason}");
        assert_eq!(Crashes::load(dir.path()).quarantined("echo"), None);

        assert!(Crashes::load(dir.path()).release("chat").unwrap());
        assert!(!Crashes::load(dir.path()).release("chat").unwrap());
        assert_eq!(Crashes::load(dir.path()).quarantined("chat"), None);
        assert!(!Crashes::load(dir.path()).release("echo").unwrap(), "it is not kept out");
        assert!(Crashes::load(dir.path()).last("echo").is_some(), "and its crash stays known");
    }

    #[test]
    fn a_damaged_file_keeps_nothing_out() {
        let dir = tempfile::tempdir().unwrap();
        for damaged in [&b""[..], b"[]", b"{\"chat\":7}", b"\xff\xfe"] {
            std::fs::write(dir.path().join(FILE), damaged).unwrap();
            let crashes = Crashes::load(dir.path());
            assert_eq!(crashes.quarantined("chat"), None);
            crashes.note("chat", crash(1), LIMITS).unwrap();
            assert!(Crashes::load(dir.path()).last("chat").is_some(), "it is written anew");
        }
        assert!(crash(u64::MAX).to_string().starts_with("9999-12-31T23:59:59Z"));
    }
}
