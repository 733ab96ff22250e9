//! What every session works with.

use super::inbound_slots::InboundSlots;
use super::peers::ManualPeers;
use super::slots::Slots;
use super::status::Status;
use super::trust::is_trusted;
use super::wishes::DirectTable;
use crate::address::{Address, HostKey, Subject};
use crate::channel::{Channel, ChannelConfig, ChannelLimits, Channels, CloseReason, Link, Roster};
use crate::events::Events;
use crate::hosts::Hosts;
use crate::key::KnownNodes;
use crate::ledger::Ledger;
use crate::protocol::ProtocolRegistry;
use crate::protocol::handshake::Identity;
use crate::random;
use crate::settings::{LiveSettings, Profile};
use crate::transport::Transports;
use backplane_plugin::SessionKind;
use parking_lot::{Mutex, RwLock};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Handles to the parts of a node that sessions need.
#[derive(Debug)]
pub struct SessionContext {
    /// The settings in force.
    pub settings: LiveSettings,
    /// Tells those who watch what happens.
    pub events: Events,
    /// Who this node is.
    pub identity: Arc<Identity>,
    /// The protocols.
    pub registry: Arc<ProtocolRegistry>,
    /// All channels.
    pub roster: Arc<Roster>,
    /// The channels that have passed their handshake.
    pub channels: Arc<Channels>,
    /// The address book.
    pub hosts: Arc<Hosts>,
    /// What peers use, are refused, and did wrong.
    pub ledger: Arc<Ledger>,
    /// The ways to reach peers.
    pub transports: Transports,
    /// The limits of every channel that is made from now on.
    pub limits: RwLock<LimitsByTrust>,
    /// What the outbound slots are doing.
    pub slots: Slots,
    /// Who has an inbound slot.
    pub inbound: Arc<InboundSlots>,
    /// The direct connections.
    pub direct: DirectTable,
    /// What came of questions to seeds and of tests of addresses.
    pub status: Status,
    /// Which node was found at an address.
    pub nodes: Mutex<BTreeMap<Address, u32>>,
    /// Who this node is by its key, and who was found where.
    pub known: KnownNodes,
    /// How the configured peers are doing.
    pub peers: ManualPeers,
    /// The tasks of all sessions.
    pub tasks: TaskTracker,
    /// Cancelled when the node stops.
    pub stop: CancellationToken,
}

/// What channels keep to.
#[derive(Debug, Clone)]
pub struct LimitsByTrust {
    /// With those that are read as fast as can be.
    pub trusted: Arc<ChannelLimits>,
    /// With all others.
    pub others: Arc<ChannelLimits>,
}

impl LimitsByTrust {
    fn of(&self, trusted: bool) -> Arc<ChannelLimits> {
        Arc::clone(if trusted { &self.trusted } else { &self.others })
    }
}

/// How many addresses are remembered with the node that was found there.
const MOST_NODES: usize = 4096;

impl SessionContext {
    /// The times of the transport of an address.
    #[must_use]
    pub fn profile(&self, address: &Address) -> Profile {
        self.settings.now().profile(address.scheme())
    }

    /// A new channel that nobody reads yet.
    #[must_use]
    pub fn channel(&self, session: SessionKind, address: Address, link: Link) -> Arc<Channel> {
        let settings = self.settings.now();
        let trusted = is_trusted(&settings.network.peers, session, &address, &link);
        let limits = self.limits.read().of(trusted);
        Channel::new(ChannelConfig {
            id: self.free_id(),
            session,
            address,
            link,
            magic: settings.network.magic_bytes,
            limits,
            events: self.events.clone(),
        })
    }

    /// A random id that no channel has; 0 stands for none.
    fn free_id(&self) -> u32 {
        loop {
            let id = random::within(1..=u32::MAX);
            if !self.roster.has(id) {
                return id;
            }
        }
    }

    /// Waits; false when the node stops meanwhile.
    pub async fn pause(&self, time: Duration) -> bool {
        self.stop.run_until_cancelled(sleep(time)).await.is_some()
    }

    /// Closes all channels with a host that has been banned, or with a group: how many.
    pub fn close_banned(&self, subject: &Subject) -> usize {
        let is_banned =
            |channel: &Channel| HostKey::of(channel.address()).is_some_and(|host| subject.covers(&host));
        self.close_where(is_banned, &CloseReason::Banned)
    }

    /// Closes all channels with whom the operator has blocked: how many.
    pub fn close_blocked(&self) -> usize {
        let reason = CloseReason::Operator("its address is on the blacklist".to_owned());
        self.close_where(|channel| self.hosts.is_blocked(channel.address()), &reason)
    }

    fn close_where(&self, is_wanted: impl Fn(&Channel) -> bool, reason: &CloseReason) -> usize {
        let mut channels = self.roster.all();
        channels.retain(|listed| listed.channel.close_reason().is_none() && is_wanted(&listed.channel));
        channels.iter().for_each(|listed| listed.channel.close(reason.clone()));
        channels.len()
    }

    /// Remembers which node is at an address.
    pub fn note_node(&self, address: &Address, nonce: u32) {
        let mut nodes = self.nodes.lock();
        if nodes.len() >= MOST_NODES {
            nodes.clear();
        }
        nodes.insert(address.clone(), nonce);
    }

    /// A channel to an address, or to the node that was last found there.
    #[must_use]
    pub fn connected(&self, address: &Address) -> Option<Arc<Channel>> {
        let nonce = self.nodes.lock().get(address).copied();
        let leads_there = |channel: &Arc<Channel>| {
            let dialled = channel.session() != SessionKind::Inbound && channel.address() == address;
            dialled || nonce.is_some() && channel.peer().and_then(|peer| peer.nonce) == nonce
        };
        self.channels
            .all()
            .into_iter()
            .find(|channel| channel.close_reason().is_none() && leads_there(channel))
    }

    /// Whether there is a channel to the node that was last found at an address.
    #[must_use]
    pub fn is_connected(&self, address: &Address) -> bool {
        let nonce = self.nodes.lock().get(address).copied();
        let by_nonce =
            nonce.is_some_and(|nonce| nonce == self.identity.nonce || self.channels.has_node(nonce, address));
        by_nonce || self.known.at(address).is_some_and(|node_id| self.channels.has_key(node_id))
    }
}
