//! The examples of `docs/plugins.md`, each tried on the simulated host.

mod asking;
mod front;
mod memory;
mod own_thread;
mod reactor;
