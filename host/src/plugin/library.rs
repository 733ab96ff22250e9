//! A plug-in's file: opened, checked, and never closed.
#![expect(unsafe_code, reason = "opening a library runs its code")]

use super::file::{Difference, difference};
use super::integrity::Checked;
use super::pages::{Pages, pages};
use abi_stable::StableAbi;
use abi_stable::abi_stability::abi_checking::check_layout_compatibility;
use abi_stable::library::{AbiHeaderRef, LibHeader, ROOT_MODULE_LOADER_NAME_WITH_NUL};
use abi_stable::type_layout::TypeLayout;
use backplane_plugin::PluginError;
use backplane_plugin::abi::{ABI_MINOR, Manifest, NOT_MEASURED, PluginModule_Ref};
use backplane_plugin::manifest::{AbiVersion, FileManifest};
use libloading::os::unix::{Library as Handle, RTLD_LOCAL, RTLD_NOW};
use std::fmt;
use std::path::Path;

/// An opened plug-in library. It stays in memory for good: its code may be referred to from anywhere.
pub struct Library {
    checked: Checked,
    module: PluginModule_Ref,
    manifest: Manifest,
    pages: Pages,
}

impl Library {
    /// Opens the copy of a file that was checked, and asks it who it is: what the file said before.
    ///
    /// # Errors
    ///
    /// [`LibraryError`]: what the file is instead of a plug-in for this host.
    pub fn open(checked: Checked, said: &FileManifest) -> Result<Self, LibraryError> {
        let module = module(checked.copy(), said.abi)?;
        let manifest = (module.manifest())().into_result().map_err(PluginError::from);
        let manifest = manifest.map_err(|error| LibraryError::Manifest { error })?;
        let abi = AbiVersion { major: module.abi_major(), minor: module.abi_minor() };
        // Nothing, of a library that was built before there were pages.
        let decls = module.pages().map_or(&[][..], |pages| pages.as_slice());
        match difference(said, &said.of_tables(abi, &manifest, decls)) {
            None => Ok(Self { checked, module, manifest, pages: pages(decls) }),
            Some(difference) => Err(LibraryError::Lies(difference)),
        }
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

    /// What it has for browsers.
    #[must_use]
    pub(super) const fn pages(&self) -> &Pages {
        &self.pages
    }

    /// The bytes that it has taken from its heap and not given back, if it counts them.
    #[must_use]
    pub fn heap(&self) -> Option<u64> {
        let heap = self.module.heap()?;
        Some(heap()).filter(|bytes| *bytes != NOT_MEASURED)
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

fn module(path: &Path, abi: AbiVersion) -> Result<PluginModule_Ref, LibraryError> {
    // A bare file name would be looked for in the system's folders.
    let unreadable = |error: std::io::Error| LibraryError::NotALibrary { reason: error.to_string() };
    let path = &path.canonicalize().map_err(unreadable)?;
    // SAFETY: the operator put the file into the folder of plug-ins, and so trusts its code to be run.
    let opened = unsafe { Handle::open(Some(path), RTLD_NOW | RTLD_LOCAL) };
    let library = opened.map_err(|error| LibraryError::NotALibrary { reason: plain(&error, path) })?;
    let library: &'static Handle = Box::leak(Box::new(library));
    // SAFETY: whatever exports a symbol of this name exports a header of abi_stable under it.
    let header = unsafe { library.get::<AbiHeaderRef>(ROOT_MODULE_LOADER_NAME_WITH_NUL.as_bytes()) };
    let header = *header.map_err(|_| LibraryError::NotAPlugin)?;
    let header: &'static LibHeader = header.upgrade().map_err(|error| layout(&error))?;
    let theirs = header.layout().ok_or(LibraryError::NotAPlugin)?;
    fits(theirs, abi)?;
    // SAFETY: its layout has just been checked.
    let module = unsafe { header.init_root_module_with_unchecked_layout::<PluginModule_Ref>() };
    module.map_err(|error| layout(&error))
}

/// Checks that the tables of a library are those of this host.
///
/// The check takes a table that has more than is asked for, and refuses one that has less. A library of an older minor version has
/// less: then it is what the library asks for that has to be in the tables of this host. What it lacks is found to be
/// missing where it is called.
fn fits(theirs: &'static TypeLayout, abi: AbiVersion) -> Result<(), LibraryError> {
    let ours = PluginModule_Ref::LAYOUT;
    let (asked, had) = if abi.minor < ABI_MINOR { (theirs, ours) } else { (ours, theirs) };
    check_layout_compatibility(asked, had).map_err(|errors| layout(&errors))
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

/// The report of the layout check is long: the first error tells what, the log has the rest.
fn layout(error: &dyn fmt::Display) -> LibraryError {
    let report = error.to_string();
    tracing::debug!(report, "the layout check failed");
    let lines = || report.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines().find_map(|line| line.strip_prefix("Error:")).or_else(|| lines().next());
    let first = first.unwrap_or_default();
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
    /// It exports no plug-in.
    #[error("a library with a manifest, but not a plug-in: nothing in it was exported by export_plugin!")]
    NotAPlugin,
    /// Its types have another layout, although the version is the same.
    #[error("its types do not have the layout of this host's: {first}")]
    OtherLayout {
        /// The first line of the report.
        first: String,
    },
    /// It cannot say who it is.
    #[error("it does not say what it is: {error}")]
    Manifest {
        /// What it failed with.
        error: PluginError,
    },
    /// It says something else than its file did.
    #[error("{0}: build the plug-in again, and do not change the file")]
    Lies(Difference),
}
