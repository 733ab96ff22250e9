//! The validator of plug-ins: checks that each drive one plug-in in a process of its own.
//!
//! ```text
//! supervisor (runs each check of the table in a child, and says what came of it)
//!     -> child (one check) -> case (the file, the seed) -> world (a host around one plug-in)
//!                                                              -> visit (one channel, with a peer that does as told)
//! ```
//!
//! A world is made of a node's own parts: the plug-in cannot tell it from a node.

mod case;
mod child;
mod config;
mod file;
mod generate;
mod junit;
mod leak;
mod life;
mod loading;
mod messages;
mod outcome;
mod patience;
mod rpc;
mod schema;
mod slow;
mod storm;
mod supervisor;
mod table;
mod threads;
mod visit;
mod watch;
mod world;

pub use case::Case;
pub use child::run_one;
pub use junit::junit;
pub use outcome::{Done, Outcome};
pub use supervisor::Supervisor;
pub use table::{CHECKS, Check, Stage};
