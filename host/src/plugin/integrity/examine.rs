//! What somebody wants to know about a file, whatever the policy: no code of it runs.

use super::contents::Contents;
use super::refusal::Refusal;
use super::sha256::Sha256;
use super::signature::{self, Signer};
use crate::plugin::file::{Misfit, check, manifest};
use crate::settings::TrustedKey;
use backplane_plugin::manifest::FileManifest;
use std::path::Path;

/// What a file is.
#[derive(Debug)]
pub struct Examined {
    /// What it says of itself.
    pub manifest: FileManifest,
    /// Why this host cannot take it, if it cannot.
    pub misfit: Option<Misfit>,
    /// The hash of its bytes.
    pub sha256: Sha256,
    /// Whose signature is beside the file, or what is wrong with it; none where there is none.
    pub signature: Option<Result<Signer, Refusal>>,
}

/// Reads a file and looks at its signature.
///
/// # Errors
///
/// [`Refusal`], when it cannot be read or is no plug-in.
pub fn examine(file: &Path, keys: &[TrustedKey]) -> Result<Examined, Refusal> {
    let contents = Contents::read(file)?;
    let signature = signature::is_there(file).then(|| signature::check(file, &contents.bytes, keys));
    let manifest = manifest(&contents.bytes)?;
    let misfit = check(&manifest).err();
    Ok(Examined { manifest, misfit, sha256: contents.sha256, signature })
}
