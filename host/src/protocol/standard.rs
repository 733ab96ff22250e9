//! The list of the protocols that every node brings along, as one plug-in that is linked in.

use super::address::ProtocolAddress;
use super::builtin::Builtin;
use super::ping::ProtocolPing;
use super::seed::ProtocolSeed;
use backplane_plugin::abi::Package;
use backplane_plugin::{Protocol, ProtocolRegistry, SessionFlags};

/// Who the built-in protocols are, in the terms of plug-ins.
pub const PACKAGE: Package = Package {
    name: "built-in",
    version: env!("CARGO_PKG_VERSION"),
    description: "The protocols that every node has",
    license: env!("CARGO_PKG_LICENSE"),
};

impl Builtin {
    /// The built-in protocols with their sessions, but for those whose names are in `absent`.
    #[must_use]
    pub fn registry(absent: &[&str]) -> ProtocolRegistry<Self> {
        let mut registry = ProtocolRegistry::new();
        add::<ProtocolPing<Self>>(&mut registry, absent, SessionFlags::DEFAULT | SessionFlags::SEED);
        add::<ProtocolAddress>(&mut registry, absent, SessionFlags::DEFAULT);
        add::<ProtocolSeed>(&mut registry, absent, SessionFlags::SEED);
        registry
    }
}

/// Whether a protocol of this name is one that every node has.
#[must_use]
pub fn has(protocol: &str) -> bool {
    ["version", ProtocolPing::<Builtin>::NAME, ProtocolAddress::NAME, ProtocolSeed::NAME].contains(&protocol)
}

fn add<T: Protocol<Builtin>>(
    registry: &mut ProtocolRegistry<Builtin>,
    absent: &[&str],
    sessions: SessionFlags,
) {
    if !absent.contains(&T::NAME) {
        registry.register::<T>(sessions);
    }
}
