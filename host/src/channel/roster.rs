//! Every channel of a node, from its making to its end.

use super::Channel;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Every channel of a node, by id: also those that are still being set up, and the short ones that enter no table.
#[derive(Debug, Default)]
pub struct Roster {
    channels: Mutex<BTreeMap<u32, Listed>>,
}

/// A channel on the list.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The channel.
    pub channel: Arc<Channel>,
    /// Whether its protocols have not started yet.
    pub is_beginning: bool,
}

/// A channel's being on the list. Dropping it takes it off.
#[derive(Debug)]
pub struct Enrolled {
    roster: Arc<Roster>,
    id: u32,
}

impl Roster {
    /// Lists a channel that is being set up.
    #[must_use]
    pub fn enrol(self: &Arc<Self>, channel: &Arc<Channel>) -> Enrolled {
        let listed = Listed { channel: Arc::clone(channel), is_beginning: true };
        self.channels.lock().insert(channel.id(), listed);
        Enrolled { roster: Arc::clone(self), id: channel.id() }
    }

    /// All channels, by id.
    #[must_use]
    pub fn all(&self) -> Vec<Listed> {
        self.channels.lock().values().cloned().collect()
    }

    /// Whether a channel has this id.
    #[must_use]
    pub fn has(&self, id: u32) -> bool {
        self.channels.lock().contains_key(&id)
    }
}

impl Enrolled {
    /// The protocols of the channel have started.
    pub fn started(&self) {
        if let Some(listed) = self.roster.channels.lock().get_mut(&self.id) {
            listed.is_beginning = false;
        }
    }
}

impl Drop for Enrolled {
    fn drop(&mut self) {
        self.roster.channels.lock().remove(&self.id);
    }
}
