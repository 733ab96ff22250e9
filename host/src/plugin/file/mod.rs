//! A plug-in's file, before anything of it runs: what it says it is, and whether this node can take it.
//!
//! ```text
//! image (the bytes of a section) -> fit (can this host run it?) -> taken (are its names free?)
//!     -> the library is opened -> agree (do its tables say the same?)
//! ```
//!
//! Each step is a plain function of what it is given, so that a node and the command line come to the same conclusion.

mod agree;
mod fit;
mod image;
mod screening;
mod survey;
mod taken;
mod wishes;

pub(super) use agree::{Difference, difference};
pub use fit::Misfit;
pub(super) use fit::check;
use fit::is_name;
pub use image::FileError;
pub(super) use image::manifest;
pub(super) use screening::{Named, Screening, Verdict, look};
pub use survey::{Finding, survey};
pub(super) use taken::Taken;
pub use taken::is_reserved;
pub(super) use wishes::unmet;
