//! Why a command ended without doing its job.

use std::{error::Error, process::ExitCode};
use thiserror::Error as ThisError;

/// One line for the person who typed the command.
#[derive(Debug, ThisError)]
pub enum Failure {
    /// It failed at run time: exit code 1.
    #[error("{0}")]
    Runtime(String),
    /// It was asked for wrongly, or the configuration is wrong: exit code 2.
    #[error("{0}")]
    Usage(String),
}

impl Failure {
    /// A failure at run time, with its causes.
    pub fn runtime(error: &dyn Error) -> Self {
        Self::Runtime(chain(error))
    }

    /// A mistake in the command or the configuration, with its causes.
    pub fn usage(error: &dyn Error) -> Self {
        Self::Usage(chain(error))
    }

    /// What the process reports.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Runtime(_) => ExitCode::FAILURE,
            Self::Usage(_) => ExitCode::from(2),
        }
    }
}

/// An error with its causes, in one line.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        line.push_str(": ");
        line.push_str(&cause.to_string());
        source = cause.source();
    }
    line
}
