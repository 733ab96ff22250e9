//! One protocol of a node, as whoever brings it describes it.

use super::jobs::ProtocolJobsManager;
use crate::channel::Channel;
use crate::ledger::Worked;
use crate::marks::Marker;
use crate::message::Command;
use backplane_plugin::{PluginError, SessionFlags};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;

/// Makes one protocol for new channels. Implemented where plug-ins are known.
pub trait Attach: Send + Sync {
    /// Makes the protocol for a channel that has not been read from.
    ///
    /// # Errors
    ///
    /// What the protocol says.
    fn attach(&self, channel: &Arc<Channel>) -> Result<Box<dyn Behaviour>, PluginError>;

    /// The runtime of the protocol's jobs; `None` when they run with their channel, on the network's.
    fn runtime(&self) -> Option<Handle>;

    /// What marks its jobs for those who watch; `None` for protocols that are not watched.
    fn marker(&self) -> Option<&Marker> {
        None
    }

    /// Told when the protocol failed on a channel.
    fn failed(&self, error: &PluginError);
}

/// One protocol on one channel that has not started. Dropped when the peer does not speak it.
pub trait Behaviour: Send {
    /// Starts it: the handshake is done. What is needed from here on belongs to the jobs.
    ///
    /// # Errors
    ///
    /// What the protocol says.
    fn start(self: Box<Self>, jobs: &Arc<ProtocolJobsManager>) -> Result<(), PluginError>;
}

/// One protocol of a node.
pub struct ProtocolEntry {
    /// The name, unique within the node.
    pub name: Arc<str>,
    /// The version of its messages.
    pub version: u32,
    /// The sessions it runs on.
    pub sessions: SessionFlags,
    /// Whether it also runs with peers that do not negotiate.
    pub assumed: bool,
    /// Its commands; on one channel each belongs to one protocol.
    pub messages: Vec<Arc<Command>>,
    /// Makes it.
    pub attach: Box<dyn Attach>,
    /// The time for which its jobs ran, on all channels.
    pub worked: Worked,
}

impl ProtocolEntry {
    /// Counts the time of its jobs on a channel.
    pub(super) fn count(&self, channel: &Channel, time: Duration) {
        self.worked.add(time);
        channel.traffic().worked().add(time);
    }
}

/// The protocols of a node at one time.
#[derive(Debug, Clone, Default)]
pub(super) struct Entries {
    /// Those that run on new channels, in the order of their registration.
    pub(super) offered: Vec<Arc<ProtocolEntry>>,
    /// Those that do not, and may again. Their names and commands stay taken.
    pub(super) withdrawn: Vec<Arc<ProtocolEntry>>,
}

impl Entries {
    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<ProtocolEntry>> {
        self.offered.iter().chain(&self.withdrawn)
    }
}

impl fmt::Debug for ProtocolEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProtocolEntry").field("name", &self.name).finish_non_exhaustive()
    }
}
