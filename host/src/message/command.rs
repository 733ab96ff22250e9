//! What is the same of one command on every channel of a node.

use crate::frame::{Magic, Prefix};
use backplane_plugin::Metering;
use std::sync::Arc;

/// What a protocol says of one of its commands.
#[derive(Debug, Clone)]
pub struct CommandInfo {
    /// The command.
    pub name: Arc<str>,
    /// The protocol that declared it.
    pub protocol: Arc<str>,
    /// The largest payload in bytes.
    pub max_bytes: u64,
    /// The metering cost, both ways.
    pub metering: Metering,
    /// Whether a payload is well-formed, asked when nobody subscribes to it.
    pub check: Option<fn(&[u8]) -> bool>,
}

/// One command of a node: made once, and shared by its channels.
#[derive(Debug)]
pub struct Command {
    info: CommandInfo,
    prefix: Prefix,
}

impl Command {
    /// The command on a network with this magic.
    #[must_use]
    pub fn new(magic: Magic, info: CommandInfo) -> Arc<Self> {
        Arc::new(Self { prefix: Prefix::new(magic, &info.name), info })
    }

    /// What the protocol said of it.
    #[inline]
    #[must_use]
    pub const fn info(&self) -> &CommandInfo {
        &self.info
    }

    /// What every frame of it begins with.
    #[inline]
    #[must_use]
    pub const fn prefix(&self) -> &Prefix {
        &self.prefix
    }
}
