//! The kit for simulated networks.
//!
//! A [`Simulation`] runs on one thread with paused time, and all its randomness follows from one seed: whatever happens in
//! it can be had again. The network between the nodes is in its hands; the nodes themselves are the real ones, and take it for
//! TCP, so that they treat each other as hosts of the Internet.

mod connection;
mod flood;
mod hostile;
mod network;
mod node;
mod raw;
mod seeds;
mod simulation;
mod trace;

pub(crate) use node::{Linked, SimNode, address_of};
pub(crate) use seeds::{simulate, simulate_with};
pub(crate) use simulation::{Simulation, node_at, run};
