//! Opens what has passed: never the file itself, but a copy of what was read.

use super::pass::Passed;
use super::proof::Checked;
use super::refusal::Refusal;
use super::vault::Vault;
use super::writers;
use crate::plugin::library::Library;
use crate::settings::{PluginPolicy, Settings};
use backplane_plugin::manifest::FileManifest;
use std::path::Path;

/// Opens what has passed, and nothing else.
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

    /// Opens a copy of what has passed, and was read as saying this. Blocks on the disk.
    ///
    /// # Errors
    ///
    /// [`Refusal`], when it cannot be copied, or its library is not what the file said.
    pub fn open(&self, file: &Path, passed: Passed, said: &FileManifest) -> Result<Library, Refusal> {
        let proof = passed.proof();
        if proof.policy != PluginPolicy::Open {
            let (sha256, policy) = (proof.sha256, proof.policy.name());
            let (key, comment) = (proof.signed_by.map(tracing::field::display), &proof.trusted_comment);
            tracing::info!(file = %file.display(), %sha256, policy, key, comment, "the file may be loaded");
        }
        let mut copy = self.vault.copy(&passed.contents)?;
        if proof.policy != PluginPolicy::Open {
            copy = writers::check(&copy)?;
        }
        // The whole file need not stay in memory while its copy is mapped.
        drop(passed);
        Ok(Library::open(Checked { file: file.to_owned(), copy, proof }, said)?)
    }

    /// Removes the copies that were opened. What still runs goes on: the system keeps what is mapped.
    pub fn close(&self) {
        self.vault.close();
    }
}
