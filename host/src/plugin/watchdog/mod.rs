//! The watchdog: finds turns of plug-ins that take too long.
//!
//! ```text
//! marks (what threads do) -> scan (how long each turn has taken: findings) -> dog (its thread: tells, and reports hangs)
//! ```

mod dog;
mod scan;

pub(super) use dog::{Hang, Watchdog};
pub(super) use scan::Terms;
