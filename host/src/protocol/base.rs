//! The commands that every channel understands, whichever protocols are attached to it.

use super::messages::{Addrs, GetAddrs, Protocols, Verack, Version};
use super::ping::{Ping, Pong};
use crate::channel::Channel;
use crate::message::CommandInfo;
use backplane_plugin::{Message, SessionKind, wire};
use std::sync::LazyLock;

/// The base commands, made once: channels share their names. Which protocol asks for addresses depends on the session;
/// see `seed`.
static COMMANDS: LazyLock<[[CommandInfo; 7]; 2]> = LazyLock::new(|| ["address", "seed"].map(commands));

fn commands(address: &str) -> [CommandInfo; 7] {
    [
        command::<Version>("version"),
        command::<Verack>("version"),
        command::<Protocols>("version"),
        command::<Ping>("ping"),
        command::<Pong>("ping"),
        command::<GetAddrs>(address),
        command::<Addrs>(address),
    ]
}

/// Adds the dispatchers of the base commands. A malformed one is noticed even where nobody subscribes to it.
pub(super) fn add(channel: &Channel) {
    let [lasting, seed] = &*COMMANDS;
    let commands = if channel.session() == SessionKind::Seed { seed } else { lasting };
    for command in commands {
        // A channel has no dispatchers before these.
        let _ = channel.messages().add(command.clone());
    }
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
