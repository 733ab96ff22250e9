//! Copies files before they are looked at, and opens the copies of what has passed: never a file itself.

use super::pass::Passed;
use super::proof::Checked;
use super::refusal::Refusal;
use super::vault::{Copied, Vault};
use super::writers;
use crate::plugin::library::Library;
use crate::settings::{PluginPolicy, Settings};
use backplane_plugin::manifest::FileManifest;
use std::path::Path;

/// Copies what is to be looked at, and opens what has passed and nothing else.
#[derive(Debug)]
pub struct Gate {
    vault: Vault,
}

impl Gate {
    /// The gate of a node. What earlier runs have left in the vault is removed.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        Self { vault: Vault::open(settings.node.data_dir.join("vault")) }
    }

    /// Copies a file, so that it can be looked at and then opened without a change in between. Blocks on the disk.
    ///
    /// # Errors
    ///
    /// [`Refusal`], when it cannot be read or copied.
    pub fn copy(&self, file: &Path) -> Result<Copied, Refusal> {
        self.vault.copy(file)
    }

    /// Opens what has passed, and was read as saying this. `file` is the one that the operator knows.
    ///
    /// # Errors
    ///
    /// [`Refusal`], when its library is not what the file said.
    pub fn open(file: &Path, passed: Passed<Copied>, said: &FileManifest) -> Result<Library, Refusal> {
        let proof = passed.proof();
        if proof.policy != PluginPolicy::Open {
            let (sha256, policy) = (proof.sha256, proof.policy.name());
            let (key, comment) = (proof.signed_by.map(tracing::field::display), &proof.trusted_comment);
            tracing::info!(file = %file.display(), %sha256, policy, key, comment, "the file may be loaded");
        }
        let path = passed.contents.path();
        let copy = if proof.policy == PluginPolicy::Open { path.to_owned() } else { writers::check(path)? };
        let library = Library::open(Checked { file: file.to_owned(), copy, proof }, said)?;
        passed.contents.keep();
        Ok(library)
    }

    /// Removes the copies that were opened. What still runs goes on: the system keeps what is mapped.
    pub fn close(&self) {
        self.vault.close();
    }
}
