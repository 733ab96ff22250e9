//! A plug-in's file: opened, checked, and never closed.
#![expect(unsafe_code, reason = "opening a library runs its code")]

use super::elf;
use super::integrity::Checked;
use abi_stable::library::{AbiHeaderRef, LibHeader, ROOT_MODULE_LOADER_NAME_WITH_NUL};
use backplane_plugin::PluginError;
use backplane_plugin::abi::{ABI_MAJOR, Manifest, PluginModule_Ref};
use libloading::os::unix::{Library as Handle, RTLD_LOCAL, RTLD_NOW};
use std::fmt;
use std::path::Path;

/// An opened plug-in library. It stays in memory for good: its code may be referred to from anywhere.
pub struct Library {
    checked: Checked,
    module: PluginModule_Ref,
    manifest: Manifest,
}

impl Library {
    /// Opens the copy of a file that was checked, and asks it who it is.
    ///
    /// # Errors
    ///
    /// [`LibraryError`]: what the file is instead of a plug-in for this host.
    pub fn open(checked: Checked) -> Result<Self, LibraryError> {
        let module = module(checked.copy())?;
        let manifest = (module.manifest())().into_result().map_err(PluginError::from);
        let manifest = manifest.map_err(|error| LibraryError::Manifest { error })?;
        Ok(Self { checked, module, manifest })
    }

    /// The file that the operator knows: not the copy that is mapped.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.checked.file()
    }

    /// What was found out about the file before it was opened.
    #[must_use]
    pub const fn checked(&self) -> &Checked {
        &self.checked
    }

    /// What it says of itself.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The ABI version that it was built with.
    #[must_use]
    pub fn abi(&self) -> (u32, u32) {
        (self.module.abi_major(), self.module.abi_minor())
    }

    pub(super) const fn module(&self) -> PluginModule_Ref {
        self.module
    }
}

impl fmt::Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Library").field(&self.path()).finish()
    }
}

fn module(path: &Path) -> Result<PluginModule_Ref, LibraryError> {
    // A bare file name would be looked for in the system's folders.
    let unreadable = |error: std::io::Error| LibraryError::NotALibrary { reason: error.to_string() };
    let path = &path.canonicalize().map_err(unreadable)?;
    if !elf::is_whole(path).map_err(unreadable)? {
        return Err(LibraryError::CutShort);
    }
    // SAFETY: the operator put the file into the folder of plug-ins, and so trusts its code to be run.
    let opened = unsafe { Handle::open(Some(path), RTLD_NOW | RTLD_LOCAL) };
    let library = opened.map_err(|error| LibraryError::NotALibrary { reason: plain(&error, path) })?;
    let library: &'static Handle = Box::leak(Box::new(library));
    // SAFETY: whatever exports a symbol of this name exports a header of abi_stable under it.
    let header = unsafe { library.get::<AbiHeaderRef>(ROOT_MODULE_LOADER_NAME_WITH_NUL.as_bytes()) };
    let header = *header.map_err(|_| LibraryError::NotAPlugin)?;
    let header: &'static LibHeader = header.upgrade().map_err(|error| layout(&error))?;
    let module = header.init_root_module::<PluginModule_Ref>().map_err(|error| layout(&error))?;
    match module.abi_major() {
        ABI_MAJOR => Ok(module),
        theirs => Err(LibraryError::OtherAbi { theirs }),
    }
}

/// The system's message without the path, which the caller names anyway.
fn plain(error: &libloading::Error, path: &Path) -> String {
    let text = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    let prefix = format!("{}: ", path.display());
    let text = text.strip_prefix(&prefix).unwrap_or(&text);
    // So says the loader of a file system that is mounted noexec, which an operator finds hard to guess.
    let hint =
        if text.contains("failed to map segment") { " (is node.data_dir mounted noexec?)" } else { "" };
    format!("{text}{hint}")
}

/// The report of the layout check is long: its first line tells what, the log has the rest.
fn layout(error: &dyn fmt::Display) -> LibraryError {
    let report = error.to_string();
    tracing::debug!(report, "the layout check failed");
    let first = report.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    LibraryError::OtherLayout { first: first.to_owned() }
}

/// Why a file is not a plug-in for this host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LibraryError {
    /// The system cannot load it.
    #[error("not a library that can be loaded: {reason}")]
    NotALibrary {
        /// What the system says.
        reason: String,
    },
    /// The file ends before the library does.
    #[error("not a library that can be loaded: the file is cut short; copy it again")]
    CutShort,
    /// It exports no plug-in.
    #[error("a library, but not a plug-in: nothing in it was exported by export_plugin!")]
    NotAPlugin,
    /// It was built for another ABI.
    #[error(
        "built for ABI {theirs}, this host has ABI {ABI_MAJOR}: build it against the backplane-plugin of this host"
    )]
    OtherAbi {
        /// Its ABI's major version.
        theirs: u32,
    },
    /// Its types have another layout, although the version is the same.
    #[error("its types do not have the layout of this host's: {first}")]
    OtherLayout {
        /// The first line of the report.
        first: String,
    },
    /// It cannot say who it is.
    #[error("it does not say what it is: {error}")]
    Manifest {
        /// What its registration failed with.
        error: PluginError,
    },
}
