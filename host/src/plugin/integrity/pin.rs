//! One pinned plug-in, and what may have changed about it.

use super::sha256::Sha256;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One plug-in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// What it calls itself.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The hash of its library.
    pub sha256: Sha256,
    /// The name of the library in the folder.
    pub source: String,
}

/// What differs between two locks about one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It was not pinned before.
    Added(Pin),
    /// It was pinned otherwise.
    Changed {
        /// As it was.
        from: Pin,
        /// As it is.
        to: Pin,
    },
    /// It is not pinned any more.
    Removed(Pin),
}

impl Pin {
    /// What is different from an earlier pin of the same source, if anything is.
    pub(super) fn change_from(&self, old: Option<&Self>) -> Option<Change> {
        match old {
            None => Some(Change::Added(self.clone())),
            Some(old) if old == self => None,
            Some(old) => Some(Change::Changed { from: old.clone(), to: self.clone() }),
        }
    }
}

impl Change {
    /// The file that it is about.
    pub(super) fn source(&self) -> &str {
        match self {
            Self::Added(pin) | Self::Removed(pin) | Self::Changed { to: pin, .. } => &pin.source,
        }
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} sha256 {}", self.source, self.name, self.version, self.sha256)
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added(pin) => write!(f, "added {pin}"),
            Self::Removed(pin) => write!(f, "removed {pin}"),
            Self::Changed { from, to } => {
                write!(f, "changed {to}, was {} {} sha256 {}", from.name, from.version, from.sha256)
            }
        }
    }
}
