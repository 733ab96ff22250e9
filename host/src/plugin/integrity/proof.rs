//! What was found out about a file before it was opened.

use super::sha256::Sha256;
use crate::settings::{KeyId, PluginPolicy};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What was found out about a file, for an operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// The policy that it was held against.
    pub policy: PluginPolicy,
    /// The hash of the bytes that run.
    pub sha256: Sha256,
    /// The trusted key that they are signed with, if that was looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<KeyId>,
    /// What was signed with them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trusted_comment: Option<String>,
}

/// A file that may be opened.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The file that the operator knows.
    pub(super) file: PathBuf,
    /// What is to be opened in its place.
    pub(super) copy: PathBuf,
    pub(super) proof: Proof,
}

impl Checked {
    /// The file that the operator knows.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// What is to be opened in its place.
    #[must_use]
    pub fn copy(&self) -> &Path {
        &self.copy
    }

    /// What was found out about it.
    #[must_use]
    pub const fn proof(&self) -> &Proof {
        &self.proof
    }
}
