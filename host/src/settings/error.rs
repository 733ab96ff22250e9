//! What can be wrong with the operator's settings.

use std::{io, path::PathBuf};
use thiserror::Error;

/// The settings cannot be used. Each is one line that says where and what.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// A file given with `--config` cannot be read.
    #[error("{}: cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is not TOML.
    #[error("{}: line {line}: {reason}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What the parser says.
        reason: String,
    },
    /// A `--set` argument has another form.
    #[error("--set {argument}: expected KEY=VALUE, such as network.localnet=true")]
    Argument {
        /// What was given.
        argument: String,
    },
    /// A key is unknown, or its value cannot be used.
    #[error("{origin}: {key}: {reason}")]
    Key {
        /// The layer of the value: a file, the name of an environment variable, `--set` or `default`.
        origin: String,
        /// The key, such as `network.inbound[1]`.
        key: String,
        /// What was expected.
        reason: String,
    },
}
