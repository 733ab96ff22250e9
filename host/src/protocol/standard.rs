//! The list of the protocols that every node brings along, as one plug-in that is linked in.

use super::address::ProtocolAddress;
use super::builtin::Builtin;
use super::ping::ProtocolPing;
use super::seed::ProtocolSeed;
use backplane_plugin::abi::Package;
use backplane_plugin::{ProtocolRegistry, SessionFlags};

/// Who the built-in protocols are, in the terms of plug-ins.
pub const PACKAGE: Package = Package {
    name: "built-in",
    version: env!("CARGO_PKG_VERSION"),
    description: "The protocols that every node has",
    license: env!("CARGO_PKG_LICENSE"),
};

impl Builtin {
    /// The built-in protocols with their sessions.
    #[must_use]
    pub fn registry() -> ProtocolRegistry<Self> {
        let mut registry = ProtocolRegistry::new();
        registry.register::<ProtocolPing<Self>>(SessionFlags::DEFAULT | SessionFlags::SEED);
        registry.register::<ProtocolAddress>(SessionFlags::DEFAULT);
        registry.register::<ProtocolSeed>(SessionFlags::SEED);
        registry
    }
}
