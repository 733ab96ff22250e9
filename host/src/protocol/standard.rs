//! The list of the protocols that every node brings along, as one plug-in that is linked in.

use super::address::ProtocolAddress;
use super::builtin::Builtin;
use super::ping::ProtocolPing;
use super::seed::ProtocolSeed;
use backplane_plugin::manifest::Package;
use backplane_plugin::{ProtocolEntry, ProtocolRegistry, SessionFlags, protocols};
use std::collections::BTreeSet;

/// Who the built-in protocols are, in the terms of plug-ins.
pub const PACKAGE: Package = Package {
    name: "built-in",
    version: env!("CARGO_PKG_VERSION"),
    description: "The protocols that every node has",
    license: env!("CARGO_PKG_LICENSE"),
    panic: "unwind",
};

const PROTOCOLS: &[ProtocolEntry<Builtin>] = protocols![
    ProtocolPing<Builtin>: SessionFlags::DEFAULT | SessionFlags::SEED,
    ProtocolAddress: SessionFlags::DEFAULT,
    ProtocolSeed: SessionFlags::SEED,
];

impl Builtin {
    /// The built-in protocols with their sessions, but for those whose names are in `absent`.
    #[must_use]
    pub fn registry(absent: &[&str]) -> ProtocolRegistry<Self> {
        let present = PROTOCOLS.iter().filter(|entry| !absent.contains(&entry.info().name));
        ProtocolRegistry::new(present.copied().collect(), &[])
    }
}

/// The names of the built-in protocols, each with its sessions and commands.
pub fn names() -> impl Iterator<Item = (String, SessionFlags, BTreeSet<String>)> {
    PROTOCOLS.iter().map(ProtocolEntry::info).map(|info| {
        let commands = info.messages.iter().map(|message| message.name.to_owned()).collect();
        (info.name.to_owned(), info.sessions, commands)
    })
}

/// Whether a protocol of this name is one that every node has.
#[must_use]
pub fn has(protocol: &str) -> bool {
    protocol == "version" || PROTOCOLS.iter().any(|entry| entry.info().name == protocol)
}
