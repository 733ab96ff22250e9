//! Plug-ins: opening their libraries, keeping them, and the bridge to the rest of the node.
//!
//! ```text
//! integrity (may a file run?) -> file (what does it say it is?) -> library (a file becomes a module)
//!     -> manager -> kept (a module becomes a plug-in, in one of its states)
//!                     -> instance (it runs, with threads of its own)
//!                          -> bridge (its protocols in the registry, the host in its hands)
//! ```
//!
//! Everything unsafe of the host is in here, and nothing outside names the boundary's crates.

pub mod bridge;
mod data_folder;
mod error;
pub mod file;
pub mod flight;
mod folder;
mod fronts;
mod handle;
mod hangs;
mod instance;
mod integrity;
mod kept;
mod ladder;
mod library;
mod linked;
mod log;
mod look;
mod manager;
mod methods;
mod names;
mod pages;
mod places;
mod quarantine;
mod quotas;
mod rate;
mod record;
mod refusals;
mod runtime;
mod starting;
mod state;
mod status;
mod supervisor;
mod switching;
mod trial;
mod watch;
mod watchdog;

pub use error::StartError;
pub use file::FileError;
pub use fronts::{Front, NoPage};
pub use integrity::{
    Change, Checked, Examined, Gate, Lock, Passed, Pin, PinError, Pinning, Proof, Refusal, Sha256, Signer,
    examine, open_in_place, pin_all,
};
pub use kept::Reason;
pub use library::{Library, LibraryError};
pub use manager::{PluginManager, Services};
pub use methods::PluginMethod;
pub use pages::PluginPage;
pub use state::State;
pub use status::{PluginStatus, Usage};
pub use switching::{NotRunning, SwitchError};
pub use trial::{Trial, clash};
