//! The commands that every channel understands, whichever protocols are attached to it.

use super::entry::ProtocolEntry;
use super::messages::{Addrs, GetAddrs, Protocols, Verack, Version};
use super::ping::{Ping, Pong};
use crate::channel::Channel;
use crate::frame::Magic;
use crate::message::{Command, CommandInfo};
use backplane_plugin::{Message, SessionKind, wire};
use std::sync::Arc;

/// The commands of the handshake: no protocol can have them.
pub const BASE_COMMANDS: [&str; 3] = [Version::NAME, Verack::NAME, Protocols::NAME];

/// The base commands, made once a node.
#[derive(Debug)]
pub(super) struct BaseCommands {
    /// On channels to seeds.
    seed: [Arc<Command>; 7],
    /// On all others.
    lasting: [Arc<Command>; 7],
}

impl BaseCommands {
    pub(super) fn new(magic: Magic) -> Self {
        // Which protocol asks for addresses depends on the session; see `seed`.
        let commands = |address: &str| {
            [
                command::<Version>("version"),
                command::<Verack>("version"),
                command::<Protocols>("version"),
                command::<Ping>("ping"),
                command::<Pong>("ping"),
                command::<GetAddrs>(address),
                command::<Addrs>(address),
            ]
            .map(|info| Command::new(magic, info))
        };
        Self { seed: commands("seed"), lasting: commands("address") }
    }

    /// Adds their dispatchers. A malformed one is noticed even where nobody subscribes to it.
    pub(super) fn add_to(&self, channel: &Channel) {
        let commands = if channel.session() == SessionKind::Seed { &self.seed } else { &self.lasting };
        for command in commands {
            // A channel has no dispatchers before these.
            let _ = channel.messages().add(command);
        }
    }
}

/// Whether every channel understands all commands of a protocol, even where it does not run.
pub(super) fn knows(entry: &ProtocolEntry) -> bool {
    const NAMES: [&str; 4] = [Ping::NAME, Pong::NAME, GetAddrs::NAME, Addrs::NAME];
    entry.messages.iter().all(|message| NAMES.contains(&&*message.info().name))
}

fn command<M: Message>(protocol: &str) -> CommandInfo {
    CommandInfo {
        name: M::NAME.into(),
        protocol: protocol.into(),
        max_bytes: M::MAX_BYTES,
        metering: M::METERING,
        check: Some(|payload| wire::from_bytes::<M>(payload).is_ok()),
    }
}
