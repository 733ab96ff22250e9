//! Chat on whole nodes: a file for each subject.
#![expect(clippy::panic, clippy::unwrap_used, reason = "tests fail by panics")]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a simulation tells its seed")]

mod clocks;
mod crash;
mod flood;
mod full;
mod mesh;
mod page;
#[allow(dead_code, unused_imports, reason = "not all that simulations have is needed here")]
#[path = "../sim/kit/mod.rs"]
mod sim;
mod stranger;
mod veil;
