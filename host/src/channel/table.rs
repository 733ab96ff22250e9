//! The channels of a node that have passed their handshake.

use super::Channel;
use crate::address::{Address, NodeId, may_be_one_host};
use crate::message::Place;
use backplane_plugin::abi::{Bytes, SendStatus};
use parking_lot::RwLock;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// The channels of a node that have passed their handshake, by id.
#[derive(Debug, Default)]
pub struct Channels {
    table: RwLock<Table>,
    entered: AtomicU64,
}

#[derive(Debug, Default)]
struct Table {
    channels: BTreeMap<u32, Arc<Channel>>,
    /// The ids of the channels to a node with a nonce, so that a new one need not be compared with every other.
    by_nonce: BTreeSet<(u32, u32)>,
    /// The same by the key that a node has proved to have.
    by_key: BTreeSet<(NodeId, u32)>,
    /// All channels as a list, made for a broadcast and kept until one comes or goes.
    list: OnceLock<Arc<[Arc<Channel>]>>,
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
        let mut table = self.table.write();
        let choices: Vec<_> = table.twins(channel).map(|other| (Arc::clone(other), choose(other))).collect();
        if let Some((twin, _)) = choices.iter().find(|(_, keep)| *keep == Keep::Old) {
            return Entry::Kept(Arc::clone(twin));
        }
        table.insert(channel);
        self.entered.fetch_add(1, Ordering::Relaxed);
        let replaced = choices.into_iter().find(|(_, keep)| *keep == Keep::New);
        replaced.map_or(Entry::New, |(twin, _)| {
            table.remove(twin.id());
            Entry::Replaced(twin)
        })
    }

    /// Removes a channel.
    pub fn remove(&self, id: u32) {
        self.table.write().remove(id);
    }

    /// All channels, by id.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Channel>> {
        self.table.read().channels.values().cloned().collect()
    }

    /// The channel with this id.
    #[must_use]
    pub fn find(&self, id: u32) -> Option<Arc<Channel>> {
        self.table.read().channels.get(&id).cloned()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.read().channels.len()
    }

    /// How many have been added since the node started.
    #[must_use]
    pub fn entered(&self) -> u64 {
        self.entered.load(Ordering::Relaxed)
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
        let table = self.table.read();
        let mut to_nonce = table.to_nonce(nonce).filter_map(|id| table.channels.get(&id));
        to_nonce.any(|channel| may_be_one_host(channel.address(), found_at))
    }

    /// Whether there is a channel to the node that has proved to have this id.
    #[must_use]
    pub fn has_key(&self, node_id: NodeId) -> bool {
        self.table.read().to_key(node_id).next().is_some()
    }

    /// Queues a payload on every channel where the command's protocol runs: on how many.
    pub fn broadcast(&self, command: &str, payload: &Bytes) -> usize {
        // Most channels have the same commands, and so the one that is wanted at the same place.
        let mut place = Place::default();
        let queued = |channel: &&Arc<Channel>| {
            let dispatcher = channel.messages().find_near(command.as_bytes(), &mut place);
            dispatcher.is_some_and(|dispatcher| channel.broadcast(&dispatcher, payload) == SendStatus::Sent)
        };
        self.list().iter().filter(queued).count()
    }

    fn list(&self) -> Arc<[Arc<Channel>]> {
        let table = self.table.read();
        Arc::clone(table.list.get_or_init(|| table.channels.values().cloned().collect()))
    }
}

impl Table {
    /// The channels that lead to the same node and have not ended: it says so by its nonce, or proves it by its key.
    /// Whoever has talked with a node knows its nonce, so it is believed only where the addresses do not speak against it.
    fn twins(&self, channel: &Channel) -> impl Iterator<Item = &Arc<Channel>> {
        let credible = |id: &u32| {
            self.channels.get(id).is_some_and(|other| may_be_one_host(other.address(), channel.address()))
        };
        let same_nonce =
            nonce_of(channel).into_iter().flat_map(|nonce| self.to_nonce(nonce)).filter(credible);
        let same_key = channel.link().node_id.into_iter().flat_map(|node_id| self.to_key(node_id));
        let ids: BTreeSet<_> = same_nonce.chain(same_key).collect();
        let twins = ids.into_iter().filter_map(|id| self.channels.get(&id));
        twins.filter(|other| other.close_reason().is_none())
    }

    fn to_nonce(&self, nonce: u32) -> impl Iterator<Item = u32> {
        self.by_nonce.range((nonce, 0)..=(nonce, u32::MAX)).map(|(_, id)| *id)
    }

    fn to_key(&self, node_id: NodeId) -> impl Iterator<Item = u32> {
        self.by_key.range((node_id, 0)..=(node_id, u32::MAX)).map(|(_, id)| *id)
    }

    fn insert(&mut self, channel: &Arc<Channel>) {
        let id = channel.id();
        self.by_nonce.extend(nonce_of(channel).map(|nonce| (nonce, id)));
        self.by_key.extend(channel.link().node_id.map(|node_id| (node_id, id)));
        self.channels.insert(id, Arc::clone(channel));
        self.list.take();
    }

    fn remove(&mut self, id: u32) {
        let Some(channel) = self.channels.remove(&id) else { return };
        if let Some(nonce) = nonce_of(&channel) {
            self.by_nonce.remove(&(nonce, id));
        }
        if let Some(node_id) = channel.link().node_id {
            self.by_key.remove(&(node_id, id));
        }
        self.list.take();
    }
}

/// The nonce of the node at the other end, which never changes once it is known: before a channel wants into the table.
fn nonce_of(channel: &Channel) -> Option<u32> {
    channel.peer().and_then(|peer| peer.nonce)
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

    /// What a broadcast goes to.
    fn ids(channels: &Channels) -> Vec<u32> {
        channels.list().iter().map(|channel| channel.id()).collect()
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

    #[test]
    fn what_has_left_is_no_twin_and_is_listed_no_more() {
        let channels = Channels::default();
        let [old, new] = [channel(1, Some(1), Some(7)), channel(2, Some(1), Some(7))];
        channels.insert(&old, |_| Keep::Old);
        assert_eq!(ids(&channels), [1]);
        channels.remove(1);
        assert_eq!((ids(&channels).len(), channels.has_node(7, new.address())), (0, false));
        assert!(!channels.has_key(NodeId::new([1; 32])));
        assert!(matches!(channels.insert(&new, |_| Keep::Old), Entry::New));
        assert_eq!(ids(&channels), [2]);
    }

    #[test]
    fn of_two_channels_to_a_node_both_may_stay_and_a_third_one_is_compared_with_both() {
        let channels = Channels::default();
        for id in 1..=2 {
            channels.insert(&channel(id, None, Some(7)), |_| Keep::Both);
        }
        assert_eq!(channels.len(), 2);
        let keep_second = |other: &Channel| if other.id() == 2 { Keep::Old } else { Keep::Both };
        let entry = channels.insert(&channel(3, None, Some(7)), keep_second);
        assert!(matches!(entry, Entry::Kept(other) if other.id() == 2));
        let keep_third = |other: &Channel| if other.id() == 1 { Keep::New } else { Keep::Both };
        let entry = channels.insert(&channel(3, None, Some(7)), keep_third);
        assert!(matches!(entry, Entry::Replaced(other) if other.id() == 1));
        assert_eq!(ids(&channels), [2, 3]);
    }
}
