//! Which protocols two nodes run with one another, and what follows from it.

use crate::attached::Idle;
use crate::handshake::{identity, verack, version};
use crate::kit::*;
use backplane::address::Address;
use backplane::channel::{ChannelLimits, Channels, CloseReason};
use backplane::events::Events;
use backplane::hosts::{Hosts, HostsConfig};
use backplane::key::{KnownNodes, NodeKey};
use backplane::ledger::{Ledger, LedgerConfig};
use backplane::protocol::handshake::Identity;
use backplane::protocol::messages::Protocols;
use backplane::protocol::negotiate::{FEATURE, FEATURE_VERSION};
use backplane::protocol::{ProtocolEntry, ProtocolRegistry};
use backplane::session::{
    Connection, LimitsByTrust, Live, ManualPeers, SessionContext, Slots, Status, establish,
};
use backplane::settings::{LiveSettings, Settings};
use backplane::transport::{MemoryNetwork, Stream, Transports};
use backplane_plugin::SessionKind;
use backplane_plugin::abi::Bytes;
use parking_lot::RwLock;
use std::sync::Arc;
use tokio::task::JoinSet;

/// What a node's sessions work with, when it has these protocols.
pub(crate) fn node(nonce: u32, entries: Vec<ProtocolEntry>) -> Arc<SessionContext> {
    let mut settings = Settings::default();
    settings.network.magic_bytes = MAGIC;
    let registry = ProtocolRegistry::new(MAGIC);
    registry.register(entries).expect("the names and commands of a test differ");
    let ledger = Ledger::new(LedgerConfig::of(&settings));
    let budget = Arc::clone(ledger.budget());
    let limits = Arc::new(ChannelLimits { unknown_commands: Some(0), budget, ..ChannelLimits::default() });
    Arc::new(SessionContext {
        identity: Arc::new(Identity { nonce, ..identity() }),
        registry: Arc::new(registry),
        roster: Arc::default(),
        channels: Arc::new(Channels::default()),
        hosts: Arc::new(Hosts::new(HostsConfig::default())),
        inbound: backplane::session::InboundSlots::new(8, &ledger),
        ledger,
        transports: Transports::default(),
        limits: RwLock::new(LimitsByTrust { trusted: Arc::clone(&limits), others: limits }),
        events: Events::new(),
        slots: Slots::default(),
        direct: backplane::session::DirectTable::default(),
        status: Status::default(),
        nodes: parking_lot::Mutex::default(),
        known: KnownNodes::new(NodeKey::fresh().id()),
        peers: ManualPeers::default(),
        tasks: tokio_util::task::TaskTracker::new(),
        stop: tokio_util::sync::CancellationToken::new(),
        settings: LiveSettings::new(settings),
    })
}

pub(crate) async fn connect(node: &Arc<SessionContext>, stream: Stream, session: SessionKind) -> Box<Live> {
    let address: Address = address("tcp://127.0.0.1:9000");
    let connection = Connection { stream, address, dialled: None, session };
    within("the handshake", establish(node, connection)).await.expect("the nodes fit")
}

/// A channel between two nodes, as both see it.
pub(crate) async fn pair(one: &Arc<SessionContext>, other: &Arc<SessionContext>) -> (Box<Live>, Box<Live>) {
    let (ours, theirs) = MemoryNetwork::pair();
    tokio::join!(connect(one, ours, SessionKind::Manual), connect(other, theirs, SessionKind::Inbound))
}

/// The protocols of the tests that may be sent to the peer.
pub(crate) fn running(live: &Live) -> Vec<String> {
    let names = live.channel().messages().open_protocols();
    names.iter().map(ToString::to_string).filter(|name| name != "version").collect()
}

pub(crate) fn entry(name: &str, commands: &'static [&'static str], version: u32) -> ProtocolEntry {
    ProtocolEntry { version, ..Idle::new(commands).entry(name, false) }
}

#[tokio::test(start_paused = true)]
async fn nodes_share_only_what_both_list_with_equal_versions() {
    let one = node(1, vec![entry("same", &["s"], 1), entry("newer", &["n"], 2), entry("mine", &["m"], 1)]);
    let other = node(2, vec![entry("yours", &["y"], 1), entry("newer", &["n"], 1), entry("same", &["s"], 1)]);
    let (live_one, live_other) = pair(&one, &other).await;
    assert_eq!(running(&live_one), ["same"]);
    assert_eq!(running(&live_other), ["same"]);
}

#[tokio::test(start_paused = true)]
async fn neither_node_sends_what_the_other_does_not_know() {
    let one = node(1, vec![entry("same", &["s"], 1), entry("mine", &["m"], 1)]);
    let other = node(2, vec![entry("same", &["s"], 1)]);
    let (live_one, live_other) = pair(&one, &other).await;
    let channels = [Arc::clone(live_one.channel()), Arc::clone(live_other.channel())];
    let mut lives = JoinSet::new();
    lives.spawn(live_one.ended());
    lives.spawn(live_other.ended());
    let payload = Bytes::from(vec![1]);
    assert_eq!(one.channels.broadcast("m", &payload), 0);
    assert_eq!(one.channels.broadcast("s", &payload), 1);
    // A single unknown command would close these channels.
    assert_eq!(settled(channels[1].ended()).await, None);
    assert_eq!(channels[0].close_reason(), None);
}

#[tokio::test(start_paused = true)]
async fn a_peer_without_the_feature_gets_only_assumed_protocols() {
    let assumed = Idle::new(&["a"]).entry("assumed", true);
    let node = node(1, vec![entry("negotiated", &["n"], 1), assumed]);
    let (ours, theirs) = MemoryNetwork::pair();
    let mut peer = Peer::new(theirs);
    peer.write(&[message_frame(&version(&[])), message_frame(&verack("app", "1.2.3"))].concat()).await;
    let live = connect(&node, ours, SessionKind::Inbound).await;
    assert_eq!(running(&live), ["assumed"]);
}

/// A channel with a peer that negotiates by hand and speaks no protocol, after it has said all of that.
pub(crate) async fn by_hand(node: &Arc<SessionContext>) -> (Box<Live>, Peer) {
    let (ours, theirs) = MemoryNetwork::pair();
    let mut peer = Peer::new(theirs);
    let negotiating = version(&[(FEATURE, FEATURE_VERSION)]);
    peer.write(&[message_frame(&negotiating), message_frame(&verack("app", "1.2.3"))].concat()).await;
    peer.send(&Protocols { revision: 1, heard: 0, protocols: vec![] }).await;
    (connect(node, ours, SessionKind::Inbound).await, peer)
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_negotiates_gets_nothing_that_it_does_not_list() {
    let node = node(1, vec![Idle::new(&["a"]).entry("assumed", true)]);
    let (live, _peer) = by_hand(&node).await;
    assert_eq!(running(&live), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_channel_ends_its_jobs_and_takes_it_out_of_the_table() {
    let idle = Idle::new(&["s"]);
    let owned = Arc::clone(&idle.owned);
    let one = node(1, vec![idle.entry("same", false)]);
    let other = node(2, vec![entry("same", &["s"], 1)]);
    let (live_one, live_other) = pair(&one, &other).await;
    assert_eq!(one.channels.len(), 1);
    live_other.done().await;
    assert_eq!(within("the end", live_one.ended()).await, CloseReason::PeerClosed);
    assert_eq!(Arc::strong_count(&owned), 2, "the test and the registry are left");
    assert!(one.channels.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_node_that_dials_itself_ends_the_channel_on_both_sides() {
    let node = node(1, vec![]);
    let (ours, theirs) = MemoryNetwork::pair();
    let connection = |stream, session| {
        let address = address("tcp://127.0.0.1:9000");
        establish(&node, Connection { stream, address, dialled: None, session })
    };
    let ends = tokio::join!(connection(ours, SessionKind::Manual), connection(theirs, SessionKind::Inbound));
    assert_eq!(ends.0.err(), Some(CloseReason::Myself));
    assert_eq!(ends.1.err(), Some(CloseReason::Myself));
    assert!(node.channels.is_empty());
}
