//! The protocols of a node: constructors with the sessions they run on.

use super::attached::Attached;
use super::base::BaseCommands;
use super::entry::{Entries, ProtocolEntry};
use crate::channel::Channel;
use crate::frame::Magic;
use crate::message::CommandInfo;
use std::sync::Arc;
use tokio::sync::watch;

/// The protocols of a node.
#[derive(Debug)]
pub struct ProtocolRegistry {
    base: BaseCommands,
    entries: watch::Sender<Arc<Entries>>,
}

impl ProtocolRegistry {
    /// No protocols, for a network with this magic.
    #[must_use]
    pub fn new(magic: Magic) -> Self {
        Self { base: BaseCommands::new(magic), entries: watch::Sender::default() }
    }

    /// Adds protocols: all of them or none. Channels that are open get them, too.
    ///
    /// # Errors
    ///
    /// When a name or a command is taken.
    pub fn register(&self, new: Vec<ProtocolEntry>) -> Result<(), RegisterError> {
        let mut result = Ok(());
        self.entries.send_if_modified(|entries| {
            let mut all: Vec<_> = entries.all().cloned().collect();
            let mut offered = entries.offered.clone();
            for entry in new {
                result = check(&all, &entry);
                if result.is_err() {
                    return false;
                }
                let entry = Arc::new(entry);
                all.push(Arc::clone(&entry));
                offered.push(entry);
            }
            *entries = Arc::new(Entries { offered, withdrawn: entries.withdrawn.clone() });
            true
        });
        result
    }

    /// Ends protocols on every channel, and keeps them off new ones. Their names stay theirs.
    pub fn withdraw(&self, names: &[Arc<str>]) {
        self.entries.send_modify(|entries| {
            let entries = Arc::make_mut(entries);
            let leaving = entries.offered.extract_if(.., |entry| names.contains(&entry.name));
            entries.withdrawn.extend(leaving);
        });
    }

    /// Lets protocols that were withdrawn run again, on every channel.
    pub fn offer(&self, names: &[Arc<str>]) {
        self.entries.send_modify(|entries| {
            let entries = Arc::make_mut(entries);
            let coming = entries.withdrawn.extract_if(.., |entry| names.contains(&entry.name));
            entries.offered.extend(coming);
        });
    }

    /// Offers protocols in the place of those that had their names: those that run end, on every channel.
    pub fn replace(&self, new: Vec<ProtocolEntry>) {
        self.entries.send_modify(|entries| {
            let new: Vec<_> = new.into_iter().map(Arc::new).collect();
            let stays = |old: &Arc<ProtocolEntry>| new.iter().all(|entry| entry.name != old.name);
            let entries = Arc::make_mut(entries);
            entries.offered.retain(stays);
            entries.withdrawn.retain(stays);
            entries.offered.extend(new);
        });
    }

    /// Makes the protocols of a new channel. A protocol that fails to attach is left out.
    #[must_use]
    pub fn attach(&self, channel: &Arc<Channel>) -> Attached {
        self.base.add_to(channel);
        Attached::new(Arc::clone(channel), self.entries.subscribe())
    }

    /// All protocols that run on new channels, in the order of their registration.
    #[must_use]
    pub fn entries(&self) -> Vec<Arc<ProtocolEntry>> {
        self.entries.borrow().offered.clone()
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
