//! One plug-in to be checked, as a check gets it.

use super::outcome::{Stop, failed};
use crate::causes::chain;
use crate::plugin::{Library, examine, open_in_place};
use crate::settings::{Settings, Sources};
use backplane_plugin::manifest::FileManifest;
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::fmt::Display;
use std::path::{Path, PathBuf};

/// Where a check notes what it does, below its folder.
pub(super) fn last_step(scratch: &Path) -> PathBuf {
    scratch.join("last-step")
}

/// One plug-in to be checked.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its file.
    pub file: PathBuf,
    /// What all that is random in a check follows from.
    pub seed: u64,
    /// `KEY=VALUE` of its configuration, over its defaults.
    pub config: Vec<String>,
    /// A folder for the check, which is empty.
    pub scratch: PathBuf,
}

impl Case {
    /// The source of all that is random.
    pub(super) fn rng(&self) -> StdRng {
        StdRng::seed_from_u64(self.seed)
    }

    /// What the file says of itself.
    pub(super) fn manifest(&self) -> Result<FileManifest, Stop> {
        examine(&self.file, &[]).map(|examined| examined.manifest).or_else(failed)
    }

    /// The library, opened.
    pub(super) fn open(&self) -> Result<Library, Stop> {
        open_in_place(&self.file).or_else(failed)
    }

    /// The settings of the node around a plug-in of this name.
    pub(super) fn settings(&self, name: &str) -> Result<Settings, Stop> {
        let own = [
            format!("node.data_dir={}", self.scratch.join("data").display()),
            "network.localnet=true".to_owned(),
            "log.level=error".to_owned(),
        ];
        let config = self.config.iter().map(|set| format!("plugin.{name}.config.{set}"));
        let sources = Sources { sets: own.into_iter().chain(config).collect(), ..Sources::default() };
        let loaded = sources.load().or_else(|error| failed(chain(&error)))?;
        Ok(loaded.settings)
    }

    /// Notes what is done next, for the case that it is the last thing.
    pub(super) fn begin(&self, what: impl Display) {
        // Without it, less is known of a crash.
        let _ = std::fs::write(last_step(&self.scratch), what.to_string());
    }
}
