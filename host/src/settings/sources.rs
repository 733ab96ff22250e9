//! Where the settings come from, so that they can be read once more.

use super::{
    error::SettingsError,
    loaded::{Loaded, load},
};
use std::path::PathBuf;

/// The layers over the compiled-in one: what was given when the program was started.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The files, in their order.
    pub files: Vec<PathBuf>,
    /// The arguments of `--set`, in their order.
    pub sets: Vec<String>,
    /// The variables of the environment.
    pub environment: Vec<(String, String)>,
}

impl Sources {
    /// Reads them. Blocks on the disk.
    ///
    /// # Errors
    ///
    /// Those of [`load`].
    pub fn load(&self) -> Result<Loaded, SettingsError> {
        load(&self.files, &self.sets, self.environment.iter().cloned())
    }
}
