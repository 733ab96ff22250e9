//! The contract between a Backplane host and its protocol plug-ins.

pub mod abi;
pub mod wire;

mod channel;
mod error;
mod export;
mod host;
mod jobs;
mod message;
mod plugin;
mod registry;
mod rpc;
mod session;
mod subscription;

pub use abi::Bytes;
pub use channel::{Channel, ChannelInfo};
pub use error::{Closed, PluginError, SendError};
pub use host::Host;
pub use jobs::{JobOutcome, ProtocolJobsManager};
pub use message::{Message, MessageInfo, Metering};
pub use plugin::{Negotiation, NoConfig, Plugin, Protocol};
pub use registry::ProtocolRegistry;
pub use rpc::RpcError;
pub use session::{SessionFlags, SessionKind};
pub use subscription::MessageSubscription;

pub use serde_json;
