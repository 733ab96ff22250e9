//! Why the plug-ins of a node keep it from starting.

use backplane_plugin::PluginError;
use std::path::PathBuf;

/// Why a node cannot start with the plug-ins it has.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The folder cannot be read.
    #[error("cannot read the plug-ins' folder {}", dir.display())]
    Folder {
        /// The folder.
        dir: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A plug-in's configuration is wrong.
    #[error("{key}: {reason}")]
    Config {
        /// The key.
        key: String,
        /// What was expected.
        reason: String,
    },
    /// A required plug-in failed.
    #[error("{}: the required plug-in {name} cannot be used: {error}", file.display())]
    Required {
        /// The file.
        file: PathBuf,
        /// The plug-in.
        name: String,
        /// Why.
        error: PluginError,
    },
    /// A table of the settings belongs to no plug-in.
    #[error("there is no plug-in {name} in {} (found: {})", dir.display(), known.join(", "))]
    NoPlugin {
        /// The plug-in.
        name: String,
        /// The folder.
        dir: PathBuf,
        /// The plug-ins that were found.
        known: Vec<String>,
    },
}

/// The mistake in a plug-in's configuration, if the error is one.
pub(super) fn config_error(name: &str, error: &PluginError) -> Option<StartError> {
    let key = error.place().filter(|_| error.is_config())?;
    let dot = if key.starts_with('?') || key == "." { String::new() } else { format!(".{key}") };
    let key = format!("plugin.{name}.config{dot}");
    Some(StartError::Config { key, reason: error.message().to_owned() })
}
