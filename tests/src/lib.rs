//! The test kit: nodes, peers and plug-in libraries for tests of the whole.
#![expect(clippy::panic, reason = "the kit is only there for tests, which fail by a panic")]

pub mod configured;
pub mod crates;
pub mod forge;
pub mod forgery;
pub mod gateway;
pub mod http;
pub mod internet;
pub mod libraries;
pub mod node;
pub mod process;
pub mod proxy;
pub mod raw_peer;
pub mod rpc;
pub mod vectors;
pub mod wait;
