//! What became of a check.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// What became of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", content = "reason", rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing was found.
    Passed,
    /// Something was found.
    Failed(String),
    /// The plug-in ended the process: how.
    Crashed(String),
    /// The check did not end in time.
    TimedOut(String),
    /// It was not run, or could not be.
    Skipped(String),
}

impl Outcome {
    /// Whether it speaks against the plug-in.
    #[must_use]
    pub const fn is_bad(&self) -> bool {
        matches!(self, Self::Failed(_) | Self::Crashed(_) | Self::TimedOut(_))
    }

    /// One word for it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed(_) => "failed",
            Self::Crashed(_) => "crashed",
            Self::TimedOut(_) => "timed out",
            Self::Skipped(_) => "skipped",
        }
    }

    /// What was found, or why it was not run; `None` when it passed.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Passed => None,
            Self::Failed(reason) | Self::Crashed(reason) | Self::TimedOut(reason) | Self::Skipped(reason) => {
                Some(reason)
            }
        }
    }
}

impl fmt::Display for Outcome {
    /// As in `failed: it panics`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        self.reason().map_or(Ok(()), |reason| write!(f, ": {reason}"))
    }
}

/// One check that is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// Its name.
    pub name: &'static str,
    /// What became of it.
    pub outcome: Outcome,
    /// How long it took.
    pub time: Duration,
    /// The last lines of its log, as far as there are any.
    pub log: String,
}

/// Why a check does not pass.
#[derive(Debug)]
pub(super) enum Stop {
    /// Something was found.
    Failed(String),
    /// There is nothing to be checked.
    Skipped(&'static str),
}

/// What a check comes to.
pub(super) type Verdict = Result<(), Stop>;

/// Something was found.
pub(super) fn failed<T>(what: impl fmt::Display) -> Result<T, Stop> {
    Err(Stop::Failed(what.to_string()))
}

impl From<Verdict> for Outcome {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Ok(()) => Self::Passed,
            Err(Stop::Failed(reason)) => Self::Failed(reason),
            Err(Stop::Skipped(reason)) => Self::Skipped(reason.to_owned()),
        }
    }
}
