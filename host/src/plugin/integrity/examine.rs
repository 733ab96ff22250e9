//! What somebody wants to know about a file, whatever the policy: no code of it runs.

use super::contents::Contents;
use super::proof::{Checked, Proof};
use super::refusal::Refusal;
use super::sha256::Sha256;
use super::signature::{self, Signer};
use crate::plugin::file::{Misfit, check, manifest};
use crate::plugin::library::Library;
use crate::settings::{PluginPolicy, TrustedKey};
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

/// Opens a file where it is, as it is while it is opened: for whoever tries out what they have built.
///
/// # Errors
///
/// [`Refusal`], when it cannot be read or is no plug-in.
pub fn open_in_place(file: &Path) -> Result<Library, Refusal> {
    let contents = Contents::read(file)?;
    let manifest = manifest(&contents.bytes)?;
    let (policy, sha256) = (PluginPolicy::Open, contents.sha256);
    let proof = Proof { policy, sha256, signed_by: None, trusted_comment: None };
    let checked = Checked { file: file.to_owned(), copy: file.to_owned(), proof };
    Ok(Library::open(checked, &manifest)?)
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
