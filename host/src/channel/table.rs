//! The channels of a node that have passed their handshake.

use super::Channel;
use crate::address::{Address, NodeId, may_be_one_host};
use backplane_plugin::abi::{Bytes, SendStatus};
use parking_lot::RwLock;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The channels of a node that have passed their handshake, by id.
#[derive(Debug, Default)]
pub struct Channels {
    channels: RwLock<BTreeMap<u32, Arc<Channel>>>,
}

/// Which of two channels to the same node stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// The one that is in the table.
    Old,
    /// The one that comes.
    New,
    /// Both.
    Both,
}

/// What became of a new channel that wants into the table.
#[derive(Debug)]
pub enum Entry {
    /// It is in the table.
    New,
    /// It is in the table, and replaced this channel to the same node.
    Replaced(Arc<Channel>),
    /// It is not in the table: this channel to the same node stays.
    Kept(Arc<Channel>),
}

impl Channels {
    /// Adds a channel, unless there is one to the same node that stays instead. `choose` is asked about the one that is
    /// there.
    pub fn insert(&self, channel: &Arc<Channel>, choose: impl Fn(&Channel) -> Keep) -> Entry {
        let mut channels = self.channels.write();
        let twins = channels.values().filter(|other| is_twin(other, channel));
        let choices: Vec<_> = twins.map(|other| (Arc::clone(other), choose(other))).collect();
        if let Some((twin, _)) = choices.iter().find(|(_, keep)| *keep == Keep::Old) {
            return Entry::Kept(Arc::clone(twin));
        }
        channels.insert(channel.id(), Arc::clone(channel));
        let replaced = choices.into_iter().find(|(_, keep)| *keep == Keep::New);
        replaced.map_or(Entry::New, |(twin, _)| {
            channels.remove(&twin.id());
            Entry::Replaced(twin)
        })
    }

    /// Removes a channel.
    pub fn remove(&self, id: u32) {
        self.channels.write().remove(&id);
    }

    /// All channels, by id.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Channel>> {
        self.channels.read().values().cloned().collect()
    }

    /// The channel with this id.
    #[must_use]
    pub fn find(&self, id: u32) -> Option<Arc<Channel>> {
        self.channels.read().get(&id).cloned()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.channels.read().len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is a channel to the node with this nonce, which was found at this address. A nonce is only a claim:
    /// that of a peer at another IP address says nothing of the node.
    #[must_use]
    pub fn has_node(&self, nonce: u32, found_at: &Address) -> bool {
        let is_it = |channel: &Arc<Channel>| {
            nonce_of(channel) == Some(nonce) && may_be_one_host(channel.address(), found_at)
        };
        self.channels.read().values().any(is_it)
    }

    /// Whether there is a channel to the node that has proved to have this id.
    #[must_use]
    pub fn has_key(&self, node_id: NodeId) -> bool {
        self.channels.read().values().any(|channel| channel.link().node_id == Some(node_id))
    }

    /// Queues a payload on every channel where the command's protocol runs: on how many.
    pub fn broadcast(&self, command: &str, payload: &Bytes) -> usize {
        let queued = |channel: &Arc<Channel>| {
            let dispatcher = channel.messages().find(command.as_bytes());
            dispatcher.is_some_and(|dispatcher| channel.broadcast(&dispatcher, payload) == SendStatus::Sent)
        };
        self.all().iter().filter(|channel| queued(channel)).count()
    }
}

fn nonce_of(channel: &Channel) -> Option<u32> {
    channel.peer().and_then(|peer| peer.nonce)
}

/// Whether two channels lead to the same node: it says so by its nonce, or proves it by its key. Whoever has talked with a
/// node knows its nonce, so it is believed only where the addresses do not speak against it.
fn is_twin(one: &Channel, other: &Channel) -> bool {
    let same_nonce = nonce_of(one).is_some()
        && nonce_of(one) == nonce_of(other)
        && may_be_one_host(one.address(), other.address());
    let same_key = one.link().node_id.is_some() && one.link().node_id == other.link().node_id;
    (same_nonce || same_key) && one.close_reason().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::{ChannelConfig, ChannelLimits, Link, Peer};
    use backplane_plugin::SessionKind;

    /// A channel with a peer at this address that has this key and this nonce.
    fn channel_at(id: u32, address: &str, key: Option<u8>, nonce: Option<u32>) -> Arc<Channel> {
        let node_id = key.map(|byte| NodeId::new([byte; 32]));
        let channel = Channel::new(ChannelConfig {
            id,
            session: SessionKind::Manual,
            address: address.parse().unwrap(),
            link: Link { node_id, dialled: None },
            magic: [0; 4],
            limits: Arc::new(ChannelLimits::default()),
            events: crate::events::Events::new(),
        });
        channel.introduce(Peer { nonce, ..Peer::default() });
        channel
    }

    /// The same at one and the same address.
    fn channel(id: u32, key: Option<u8>, nonce: Option<u32>) -> Arc<Channel> {
        channel_at(id, "tcp+tls://127.0.0.1:1", key, nonce)
    }

    #[test]
    fn a_node_is_told_by_its_key_or_by_its_nonce() {
        for (one, other, same) in [
            ((Some(1), None), (Some(1), None), true),
            ((Some(1), Some(1)), (Some(1), Some(2)), true),
            ((Some(1), Some(1)), (Some(2), Some(1)), true),
            ((None, Some(1)), (Some(2), Some(1)), true),
            ((Some(1), None), (Some(2), None), false),
            ((None, None), (None, None), false),
            ((None, Some(1)), (None, Some(2)), false),
        ] {
            let channels = Channels::default();
            channels.insert(&channel(1, one.0, one.1), |_| Keep::Old);
            let entry = channels.insert(&channel(2, other.0, other.1), |_| Keep::Old);
            assert_eq!(matches!(entry, Entry::Kept(_)), same, "{one:?} {other:?}");
            assert_eq!(channels.has_key(NodeId::new([1; 32])), one.0 == Some(1));
        }
    }

    #[test]
    fn a_nonce_is_believed_only_where_the_addresses_do_not_speak_against_it() {
        for (address, is_believed) in
            [("tcp://1.2.3.4:50000", true), ("tcp://node.example:1", true), ("tcp://1.2.3.5:1", false)]
        {
            let channels = Channels::default();
            channels.insert(&channel_at(1, "tcp://1.2.3.4:1", None, Some(7)), |_| Keep::Both);
            let found_at = address.parse().unwrap();
            assert_eq!(channels.has_node(7, &found_at), is_believed, "{address}");
            let entry = channels.insert(&channel_at(2, address, None, Some(7)), |_| Keep::New);
            assert_eq!(matches!(entry, Entry::Replaced(_)), is_believed, "{address}");
        }
    }
}
