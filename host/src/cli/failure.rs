//! Why a command ended without doing its job.

use crate::causes::chain;
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
