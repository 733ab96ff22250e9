//! The order of what is done with a file before anything of it runs.

use super::contents::Contents;
use super::lock::Lock;
use super::pin::Pin;
use super::proof::{Checked, Proof};
use super::refusal::Refusal;
use super::signature::{self, Signer};
use super::vault::Vault;
use super::writers;
use crate::plugin::library::Library;
use crate::settings::{PluginPolicy, PluginsSettings, Settings, TrustedKey};
use std::path::Path;

/// Opens what the policy of the operator allows, and nothing else.
#[derive(Debug)]
pub struct Gate {
    plugins: PluginsSettings,
    vault: Vault,
}

impl Gate {
    /// The gate of a node. What earlier runs have left in the vault is removed.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        Self { plugins: settings.plugins.clone(), vault: Vault::open(settings.node.data_dir.join("vault")) }
    }

    /// Checks a file, and opens a copy of what was checked. Blocks on the disk.
    ///
    /// # Errors
    ///
    /// [`Refusal`]; nothing of the file has run then, unless the policy let it and it is no plug-in for this host.
    pub fn open(&self, file: &Path) -> Result<Library, Refusal> {
        let (contents, found) = self.check(file)?;
        let proof = found.proof(self.plugins.policy, &contents);
        if proof.policy != PluginPolicy::Open {
            let (sha256, policy) = (proof.sha256, proof.policy.name());
            let (key, comment) = (proof.signed_by.map(tracing::field::display), &proof.trusted_comment);
            tracing::info!(file = %file.display(), %sha256, policy, key, comment, "the file may be loaded");
        }
        let mut copy = self.vault.copy(&contents)?;
        if self.plugins.policy != PluginPolicy::Open {
            copy = writers::check(&copy)?;
        }
        // The whole file need not stay in memory while its copy is mapped.
        drop(contents);
        let library = Library::open(Checked { file: file.to_owned(), copy, proof })?;
        match found {
            Found::Pinned(pin) => self.agrees(pin, &library)?,
            Found::Unchecked | Found::Signed(_) => {}
        }
        Ok(library)
    }

    /// Removes the copies that were opened. What still runs goes on: the system keeps what is mapped.
    pub fn close(&self) {
        self.vault.close();
    }

    fn check(&self, file: &Path) -> Result<(Contents, Found), Refusal> {
        let PluginsSettings { dir, policy, trusted_keys } = &self.plugins;
        if *policy == PluginPolicy::Open {
            return Ok((Contents::read(file)?, Found::Unchecked));
        }
        let dir = &writers::check(dir)?;
        let contents = Contents::read(&writers::check(file)?)?;
        let found = match policy {
            PluginPolicy::Pinned => Found::Pinned(Box::new(pinned(dir, file, &contents)?)),
            _ => Found::Signed(signature::check(file, &contents.bytes, trusted_keys)?),
        };
        Ok((contents, found))
    }

    /// The bytes are those that were pinned: so somebody has changed the lock by hand, if this fails.
    fn agrees(&self, pin: Box<Pin>, library: &Library) -> Result<(), Refusal> {
        let manifest = library.manifest();
        if *manifest.name == *pin.name && *manifest.version == *pin.version {
            return Ok(());
        }
        let found = format!("{} {}", manifest.name, manifest.version);
        Err(Refusal::OtherPlugin { lock: Lock::path(&self.plugins.dir), pin, found })
    }
}

/// What the policy asked for.
#[derive(Debug)]
enum Found {
    Unchecked,
    Pinned(Box<Pin>),
    Signed(Signer),
}

impl Found {
    fn proof(&self, policy: PluginPolicy, contents: &Contents) -> Proof {
        let signer = match self {
            Self::Signed(signer) => Some(signer),
            Self::Unchecked | Self::Pinned(_) => None,
        };
        Proof {
            policy,
            sha256: contents.sha256,
            signed_by: signer.map(|signer| signer.key),
            trusted_comment: signer.map(|signer| signer.comment.clone()),
        }
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

/// A file that somebody wants to know about, whatever the policy.
#[derive(Debug)]
pub struct Examined {
    /// The library, opened where it is.
    pub library: Library,
    /// Whose signature is beside the file, or what is wrong with it; none where there is none.
    pub signature: Option<Result<Signer, Refusal>>,
}

/// Opens a file and looks at its signature. Its start-up code runs.
///
/// # Errors
///
/// [`Refusal`], when it cannot be read or is no plug-in for this host.
pub fn examine(file: &Path, keys: &[TrustedKey]) -> Result<Examined, Refusal> {
    let contents = Contents::read(file)?;
    let signature = signature::is_there(file).then(|| signature::check(file, &contents.bytes, keys));
    let proof = Found::Unchecked.proof(PluginPolicy::Open, &contents);
    let library = Library::open(Checked { file: file.to_owned(), copy: file.to_owned(), proof })?;
    Ok(Examined { library, signature })
}
