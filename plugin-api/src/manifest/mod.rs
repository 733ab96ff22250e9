//! The manifest: what a plug-in says of itself before any code of it runs.
//!
//! [`export_plugin!`](crate::export_plugin) writes it while the plug-in is compiled, from the same constants that the
//! plug-in runs by, into a section of the library's file. Hosts read it from there before they open the file; authors
//! need not know of it.

mod check;
mod file;
mod print;
mod schema;
mod section;
mod writer;

pub use check::mistake;
pub use file::{AbiVersion, FileManifest, FileMessage, FileMetering, FileMethod, FilePage, FileProtocol};
pub use print::{section, section_len};
pub use section::{MACHO_SECTION, MAX_BYTES, SECTION, SectionError, text_of};

/// The compiler of this crate, and so of the plug-in that was built with it.
pub const RUSTC: &str = env!("BACKPLANE_PLUGIN_RUSTC");

/// The target that this crate was built for.
pub const TARGET: &str = env!("BACKPLANE_PLUGIN_TARGET");

/// The version of this crate.
pub const API_VERSION: &str = env!("CARGO_PKG_VERSION");

/// Who a plug-in is, taken from its package by [`export_plugin!`](crate::export_plugin).
#[derive(Debug, Clone, Copy)]
pub struct Package {
    /// The package's name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// Its description.
    pub description: &'static str,
    /// Its licence.
    pub license: &'static str,
    /// What a panic does in it: `unwind` or `abort`.
    pub panic: &'static str,
}

impl Package {
    /// The plug-in's name: the package's, without a leading `backplane-`.
    #[must_use]
    pub const fn plugin_name(&self) -> &'static str {
        const PREFIX: &str = "backplane-";
        match self.name.split_at_checked(PREFIX.len()) {
            Some((prefix, rest)) if same(prefix, PREFIX) => rest,
            _ => self.name,
        }
    }
}

/// How much a plug-in wants to use, as far as it says, by the keys of `[plugin.NAME.limits]`. The operator's limits hold
/// whatever it says; a host warns when they allow less. 0 leaves it to the host.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Bytes in the queues of its subscriptions.
    pub queue_bytes: u64,
    /// Jobs at the same time.
    pub jobs: u64,
    /// Subscriptions at the same time.
    pub subscriptions: u64,
    /// Bytes that it sends in a second.
    pub bytes_per_second: u64,
    /// Lines of the log in a second.
    pub log_lines_per_second: u64,
    /// Bytes in its data folder.
    pub data_soft: u64,
    /// Bytes of memory that it allocates.
    pub heap_soft: u64,
}

impl Limits {
    /// Everything is left to the host.
    pub const NONE: Self = Self {
        queue_bytes: 0,
        jobs: 0,
        subscriptions: 0,
        bytes_per_second: 0,
        log_lines_per_second: 0,
        data_soft: 0,
        heap_soft: 0,
    };
}

/// Whether two texts are the same.
const fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() {
        return false;
    }
    let mut at = 0;
    while at < one.len() {
        if one[at] != other[at] {
            return false;
        }
        at += 1;
    }
    true
}
