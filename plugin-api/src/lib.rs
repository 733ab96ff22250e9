//! The contract between a Backplane host and its protocol plug-ins.

pub mod wire;

mod message;
mod session;

pub use message::{Message, MessageInfo, Metering};
pub use session::{SessionFlags, SessionKind};
