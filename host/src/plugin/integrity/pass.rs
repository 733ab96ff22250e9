//! Whether the policy of the operator lets a file run: what it is held against, before anything of it is opened.

use super::contents::Contents;
use super::lock::Lock;
use super::pin::Pin;
use super::proof::Proof;
use super::refusal::Refusal;
use super::signature::{self, Signer};
use super::writers;
use crate::settings::{PluginPolicy, PluginsSettings};
use backplane_plugin::manifest::FileManifest;
use std::path::{Path, PathBuf};

/// A file that the policy lets run, with what it holds.
pub struct Passed<C> {
    pub(super) contents: C,
    found: Found,
    policy: PluginPolicy,
    dir: PathBuf,
}

/// What the policy asked for.
#[derive(Debug)]
enum Found {
    Unchecked,
    Pinned(Box<Pin>),
    Signed(Signer),
}

/// Holds a file against the policy. `read` gets what it holds, once. Blocks on the disk.
///
/// # Errors
///
/// [`Refusal`].
pub(in crate::plugin) fn pass<C: AsRef<Contents>>(
    plugins: &PluginsSettings,
    file: &Path,
    read: impl FnOnce(&Path) -> Result<C, Refusal>,
) -> Result<Passed<C>, Refusal> {
    let PluginsSettings { dir, policy, trusted_keys, .. } = plugins;
    let (policy, dir) = (*policy, dir.clone());
    if policy == PluginPolicy::Open {
        return Ok(Passed { contents: read(file)?, found: Found::Unchecked, policy, dir });
    }
    let dir = writers::check(&dir)?;
    let contents = read(&writers::check(file)?)?;
    let found = match policy {
        PluginPolicy::Pinned => Found::Pinned(Box::new(pinned(&dir, file, contents.as_ref())?)),
        _ => Found::Signed(signature::check(file, &contents.as_ref().bytes, trusted_keys)?),
    };
    Ok(Passed { contents, found, policy, dir })
}

impl<C: AsRef<Contents>> Passed<C> {
    /// What the file holds.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.contents.as_ref().bytes
    }

    /// Whether a pin, if there is one, is of the plug-in that the file says it is. The bytes are those that were pinned: so
    /// somebody has changed the lock by hand, if it is not.
    ///
    /// # Errors
    ///
    /// [`Refusal::OtherPlugin`].
    pub fn suits(&self, said: &FileManifest) -> Result<(), Refusal> {
        match &self.found {
            Found::Pinned(pin) if said.name != *pin.name || said.version != *pin.version => {
                let found = format!("{} {}", said.name, said.version);
                Err(Refusal::OtherPlugin { lock: Lock::path(&self.dir), pin: pin.clone(), found })
            }
            _ => Ok(()),
        }
    }

    /// What was found out.
    #[must_use]
    pub fn proof(&self) -> Proof {
        let signer = match &self.found {
            Found::Signed(signer) => Some(signer),
            Found::Unchecked | Found::Pinned(_) => None,
        };
        Proof {
            policy: self.policy,
            sha256: self.contents.as_ref().sha256,
            signed_by: signer.map(|signer| signer.key),
            trusted_comment: signer.map(|signer| signer.comment.clone()),
        }
    }
}

impl<C> std::fmt::Debug for Passed<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Passed").field("found", &self.found).finish_non_exhaustive()
    }
}

/// The pin that these contents have.
fn pinned(dir: &Path, file: &Path, contents: &Contents) -> Result<Pin, Refusal> {
    let path = Lock::path(dir);
    let Some(lock) = Lock::load(dir)? else { return Err(Refusal::NoLock { lock: path }) };
    let source = file.file_name().unwrap_or_default().to_string_lossy();
    match lock.pin(&source) {
        None => Err(Refusal::NotPinned { lock: path, source_name: source.into_owned() }),
        Some(pin) if pin.sha256 != contents.sha256 => {
            Err(Refusal::OtherBytes { lock: path, pin: Box::new(pin.clone()), found: contents.sha256 })
        }
        Some(pin) => Ok(pin.clone()),
    }
}
