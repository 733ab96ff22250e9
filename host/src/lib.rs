//! A peer-to-peer node whose protocols are plug-ins.

pub mod address;
pub mod clock;
pub mod frame;
pub mod hosts;
pub mod rpc;
pub mod settings;
