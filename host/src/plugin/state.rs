//! How a plug-in is, and why.

use std::fmt;

/// How a plug-in is.
///
/// ```text
/// Running <-> Withdrawn
///    |  ^
///    v  |
/// Restarting -> Failed | Disabled | Hung
/// ```
///
/// What is not running comes back by `plugin.enable`, with an instance made anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Its protocols run.
    Running,
    /// It runs, and its protocols do not: the operator disabled it.
    Withdrawn,
    /// One instance ends, and the next one is not there yet.
    Restarting {
        /// Why.
        reason: String,
    },
    /// It does not run, since the operator or the node decided so.
    Disabled {
        /// Why.
        reason: String,
    },
    /// It could not be started.
    Failed {
        /// Why.
        reason: String,
    },
    /// It does not return, and is not tried again.
    Hung {
        /// Where.
        reason: String,
    },
    /// It ended the process before, and is not loaded.
    Quarantined {
        /// When and where.
        reason: String,
    },
}

impl State {
    /// One word for it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Withdrawn | Self::Disabled { .. } => "disabled",
            Self::Restarting { .. } => "restarting",
            Self::Failed { .. } => "failed",
            Self::Hung { .. } => "hung",
            Self::Quarantined { .. } => "quarantined",
        }
    }

    /// Why it is not running; `None` when it is.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Running => None,
            Self::Withdrawn => Some("its protocols have been withdrawn"),
            Self::Restarting { reason }
            | Self::Disabled { reason }
            | Self::Failed { reason }
            | Self::Hung { reason }
            | Self::Quarantined { reason } => Some(reason),
        }
    }
}

impl fmt::Display for State {
    /// As in `disabled: its protocols have been withdrawn`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        self.reason().map_or(Ok(()), |reason| write!(f, ": {reason}"))
    }
}
