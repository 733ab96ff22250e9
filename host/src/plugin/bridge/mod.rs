//! The host's types in the clothes of the contract, and the other way round. There is no logic here.

mod calls;
mod channel;
mod connection;
mod host;
mod jobs;
mod protocol;

pub use host::HostBridge;
pub use protocol::{entries, is_on_network, rpc};
