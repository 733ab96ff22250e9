//! The protocols of a node: constructors with the sessions they run on.

use super::attached::{Attached, AttachedProtocol};
use super::base::BaseCommands;
use super::entry::ProtocolEntry;
use super::messages::ProtocolOffer;
use crate::channel::Channel;
use crate::frame::Magic;
use crate::message::CommandInfo;
use parking_lot::RwLock;
use std::sync::Arc;

/// The protocols of a node.
#[derive(Debug)]
pub struct ProtocolRegistry {
    base: BaseCommands,
    entries: RwLock<Vec<Arc<ProtocolEntry>>>,
}

impl ProtocolRegistry {
    /// No protocols, for a network with this magic.
    #[must_use]
    pub fn new(magic: Magic) -> Self {
        Self { base: BaseCommands::new(magic), entries: RwLock::default() }
    }

    /// Adds protocols: all of them or none.
    ///
    /// # Errors
    ///
    /// When a name or a command is taken.
    pub fn register(&self, new: Vec<ProtocolEntry>) -> Result<(), RegisterError> {
        let mut entries = self.entries.write();
        let mut all = entries.clone();
        for entry in new {
            check(&all, &entry)?;
            all.push(Arc::new(entry));
        }
        *entries = all;
        Ok(())
    }

    /// Makes the protocols of a new channel. A protocol that fails to attach is left out.
    #[must_use]
    pub fn attach(&self, channel: &Arc<Channel>) -> Attached {
        self.base.add_to(channel);
        let entries = self.entries.read().clone();
        let fitting = entries.into_iter().filter(|entry| entry.sessions.contains(channel.session()));
        Attached::new(Arc::clone(channel), fitting.filter_map(|entry| attach(entry, channel)).collect())
    }

    /// What a peer is told of the protocols for a session.
    #[must_use]
    pub fn offers(&self) -> Vec<ProtocolOffer> {
        let offer = |entry: &Arc<ProtocolEntry>| ProtocolOffer {
            name: entry.name.to_string(),
            version: entry.version,
            commands: entry.messages.iter().map(|message| message.info().name.to_string()).collect(),
        };
        self.entries.read().iter().map(offer).collect()
    }

    /// All protocols, in the order of their registration.
    #[must_use]
    pub fn entries(&self) -> Vec<Arc<ProtocolEntry>> {
        self.entries.read().clone()
    }
}

fn check(all: &[Arc<ProtocolEntry>], new: &ProtocolEntry) -> Result<(), RegisterError> {
    if all.iter().any(|other| other.name == new.name) {
        return Err(RegisterError::Protocol(Arc::clone(&new.name)));
    }
    let taken_by = |command: &CommandInfo| {
        let on_one_channel = |other: &&Arc<ProtocolEntry>| other.sessions.bits() & new.sessions.bits() != 0;
        all.iter()
            .filter(on_one_channel)
            .find(|other| other.messages.iter().any(|other| other.info().name == command.name))
    };
    for command in new.messages.iter().map(|command| command.info()) {
        if let Some(other) = taken_by(command) {
            return Err(RegisterError::Command {
                command: Arc::clone(&command.name),
                protocol: Arc::clone(&other.name),
            });
        }
    }
    Ok(())
}

fn attach(entry: Arc<ProtocolEntry>, channel: &Arc<Channel>) -> Option<AttachedProtocol> {
    for message in &entry.messages {
        if let Err(error) = channel.messages().add(message) {
            tracing::warn!(protocol = &*entry.name, channel = channel.id(), %error, "a protocol does not fit a channel");
            return None;
        }
    }
    match entry.attach.attach(channel) {
        Ok(behaviour) => Some(AttachedProtocol { entry, behaviour }),
        Err(error) => {
            tracing::error!(protocol = &*entry.name, channel = channel.id(), %error, "a protocol failed to attach");
            entry.attach.failed(&error);
            channel.messages().remove_protocol(&entry.name);
            None
        }
    }
}

/// Why protocols cannot be registered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegisterError {
    /// The name is taken.
    #[error("there is a protocol {0} already")]
    Protocol(Arc<str>),
    /// The sessions are not ones that this host knows.
    #[error("the protocol {protocol} wants sessions that this host does not know: {bits:#b}")]
    Sessions {
        /// The protocol.
        protocol: Arc<str>,
        /// The bits of its session flags.
        bits: u32,
    },
    /// A command is taken.
    #[error("the command {command} belongs to the protocol {protocol}")]
    Command {
        /// The command.
        command: Arc<str>,
        /// Whose it is.
        protocol: Arc<str>,
    },
}
