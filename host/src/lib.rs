//! A peer-to-peer node whose protocols are plug-ins.

pub mod address;
pub mod blocking;
pub mod causes;
pub mod channel;
pub mod check;
pub mod cli;
pub mod clock;
pub mod durable;
pub mod events;
pub mod frame;
pub mod hosts;
pub mod http;
pub mod hub;
pub mod key;
pub mod ledger;
pub mod marks;
pub mod message;
pub mod node;
pub mod plugin;
pub mod protocol;
pub mod random;
pub mod rpc;
pub mod session;
pub mod settings;
pub mod transport;
