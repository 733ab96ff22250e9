//! The flight recorder: what the threads that ran plug-ins were doing when the process ended.
//!
//! ```text
//! raw (a file in memory, the handler of fatal signals) -> recorder (begins and ends a record)
//! report (the bytes of the last record become words)  -> crashes (who is to be kept out)
//! ```
//!
//! It names the plug-in on whose turn a thread died. Who wrote over the memory that killed the thread may be another one.

mod crashes;
mod raw;
mod recorder;
mod report;

pub use crashes::{Crash, Crashes, Limits};
pub use recorder::Recorder;
