//! The kit for simulated networks.
//!
//! A [`Simulation`] runs on one thread with paused time, and all its randomness follows from one seed: whatever happens in
//! it can be had again. The network between the nodes is in its hands; the nodes themselves are the real ones, and take it for
//! TCP, so that they treat each other as hosts of the Internet.

mod connection;
mod flood;
mod hostile;
pub(crate) mod network;
pub(crate) mod node;
mod raw;
pub(crate) mod seeds;
pub(crate) mod simulation;
mod trace;

pub(crate) use node::SimNode;
pub(crate) use seeds::simulate;
pub(crate) use simulation::{Simulation, run};
