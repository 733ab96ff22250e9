//! Whole networks in one process: every node is a real one, the network between them and the clock are simulated.
#![expect(clippy::panic, reason = "a test fails by a panic")]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a run tells its seed")]

mod churn;
mod hostile;
mod kit;
mod partition;
mod replay;
mod slots;
