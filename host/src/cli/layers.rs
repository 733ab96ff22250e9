//! The arguments that every command with a configuration takes.

use super::Failure;
use crate::settings::{Loaded, Sources};
use clap::Args;
use std::{env, path::PathBuf};

/// Where the configuration comes from, over the compiled-in defaults.
#[derive(Debug, Args)]
pub(super) struct LayerArguments {
    /// A configuration file in TOML; given several times, later ones win
    #[arg(long = "config", value_name = "FILE")]
    files: Vec<PathBuf>,

    /// One key, such as network.localnet=true; wins over files and environment
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
}

impl LayerArguments {
    /// The settings that these arguments and the environment make.
    pub(super) fn load(&self) -> Result<Loaded, Failure> {
        self.sources().load().map_err(|error| Failure::usage(&error))
    }

    /// Where they come from.
    pub(super) fn sources(&self) -> Sources {
        // Files are UTF-8, so nothing else could be said there either.
        let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
        let environment = env::vars_os().map(|(name, value)| (text(name), text(value))).collect();
        Sources { files: self.files.clone(), sets: self.sets.clone(), environment }
    }
}
