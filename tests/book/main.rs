//! The examples of `docs/plugins.md`, each tried on the simulated host.

mod asking;
mod memory;
mod own_runtime;
mod own_thread;
