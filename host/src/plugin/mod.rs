//! Plug-ins: opening their libraries, keeping them, and the bridge to the rest of the node.
//!
//! ```text
//! library (a file becomes a module) -> manager (a module becomes a running plug-in)
//!                                        -> bridge (its protocols in the registry, the host in its hands)
//! ```
//!
//! Everything unsafe of the host is in here, and nothing outside names the boundary's crates.

pub mod bridge;
mod elf;
mod error;
mod folder;
mod library;
mod linked;
mod log;
mod manager;
mod running;
mod runtime;
mod status;

pub use error::StartError;
pub use library::{Library, LibraryError};
pub use manager::{NotRunning, PluginManager, Services};
pub use running::{PluginMethod, method_names};
pub use status::PluginStatus;
