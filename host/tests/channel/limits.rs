//! What a channel may use of its node: speed, memory, and the time of its jobs.

use crate::attached::Idle;
use crate::handshake::{verack, version};
use crate::kit::*;
use crate::negotiation::{connect, node};
use backplane::address::HostKey;
use backplane::channel::{Channel, ChannelLimits, CloseReason, Fault, PaceLimits};
use backplane::ledger::LedgerConfig;
use backplane::protocol::ProtocolRegistry;
use backplane::session::{self, Connection, SessionContext, establish};
use backplane::transport::MemoryNetwork;
use backplane_plugin::SessionKind;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

#[tokio::test(start_paused = true)]
async fn a_peer_that_sends_too_fast_is_read_more_slowly_and_loses_nothing() {
    let pace = PaceLimits { bytes_per_second: 10_000, cpu_percent: 0 };
    let (mut rig, mut peer) = rig(SessionKind::Inbound, ChannelLimits { pace, ..ChannelLimits::default() });
    let subscription = rig.command("a").subscribe();
    rig.start();
    let start = backplane::clock::now();
    peer.write(&frame("a", &[1; 20_000])).await;
    assert_eq!(take(&subscription, 1).await, [[1; 20_000]]);
    peer.write(&frame("a", b"later")).await;
    assert!(settled(batch(&subscription)).await.is_none(), "it is read though it came too fast");
    assert_eq!(take(&subscription, 1).await, [b"later"]);
    assert_eq!((backplane::clock::now() - start).as_secs(), 1);
    assert_eq!(rig.channel.close_reason(), None);
}

#[tokio::test(start_paused = true)]
async fn what_goes_through_a_channel_is_counted() {
    let (mut rig, mut peer) = usual_rig();
    let command = rig.command("a");
    let subscription = command.subscribe();
    rig.start();
    let (in_frame, out_frame) = (frame("a", b"in"), frame("a", b"to the peer"));
    peer.write(&in_frame.repeat(3)).await;
    take(&subscription, 3).await;
    rig.channel.send(&command, b"to the peer", false);
    peer.frame().await;
    settled(std::future::pending::<()>()).await;
    let totals = rig.channel.traffic().totals();
    assert_eq!((totals.messages_in, totals.messages_out), (3, 1));
    assert_eq!(totals.bytes_in, 3 * in_frame.len() as u64);
    assert_eq!(totals.bytes_out, out_frame.len() as u64);
}

/// A channel with a peer whose messages nobody takes.
async fn neglected(node: &Arc<SessionContext>, lives: &mut JoinSet<CloseReason>) -> (Arc<Channel>, Peer) {
    let (ours, theirs) = MemoryNetwork::pair();
    let mut peer = Peer::new(theirs);
    peer.write(&[message_frame(&version(&[])), message_frame(&verack("app", "1.2.3"))].concat()).await;
    let live = connect(node, ours, SessionKind::Inbound).await;
    let channel = Arc::clone(live.channel());
    lives.spawn(live.ended());
    (channel, peer)
}

#[tokio::test(start_paused = true)]
async fn when_the_memory_of_the_node_is_full_the_channel_that_holds_most_goes_first() {
    let node = node(1, vec![Idle::new(&["a"]).entry("idle", true)]);
    node.ledger.set_config(LedgerConfig { memory: 150 * 1024, ..LedgerConfig::of(&node.settings.now()) });
    session::start(&node);
    let mut lives = JoinSet::new();
    let (little, mut modest) = neglected(&node, &mut lives).await;
    let (much, mut greedy) = neglected(&node, &mut lives).await;
    greedy.write(&frame("a", &[0; 1000]).repeat(140)).await;
    // All of it is in the queue before the other peer fills what is left.
    settled(std::future::pending::<()>()).await;
    modest.write(&frame("a", &[0; 1000]).repeat(100)).await;

    let reason = within("the end of the greedy channel", much.ended()).await;
    assert!(
        matches!(reason, CloseReason::MostDemanding { protocol: None, held } if *held > 100_000),
        "{reason}"
    );
    assert_eq!(reason.fault(), Fault::Nobody);
    within("its end", lives.join_next()).await;
    assert_eq!(little.close_reason(), None);
    let host = HostKey::of(much.address()).expect("a TCP address has a host");
    let statement = node.ledger.statement(&host, backplane::clock::now());
    assert_eq!(statement.events.first().map(|event| event.what), Some("claim of most of the memory"));

    node.stop.cancel();
    within("the end", lives.join_all()).await;
    drop((little, much));
    assert_eq!(node.ledger.budget().held(), 0, "everything is given back");
}

#[tokio::test(start_paused = true)]
async fn a_protocol_has_its_share_of_the_memory_and_leaves_the_rest_to_others() {
    let node =
        node(1, vec![Idle::new(&["a"]).entry("greedy", true), Idle::new(&["b"]).entry("modest", true)]);
    let memory_per_protocol = 150 * 1024;
    node.ledger.set_config(LedgerConfig { memory_per_protocol, ..LedgerConfig::of(&node.settings.now()) });
    session::start(&node);
    let mut lives = JoinSet::new();
    let (much, mut first) = neglected(&node, &mut lives).await;
    let (little, mut second) = neglected(&node, &mut lives).await;
    // More of both protocols together than one may have.
    first.write(&frame("a", &[0; 1000]).repeat(100)).await;
    first.write(&frame("b", &[0; 1000]).repeat(90)).await;
    second.write(&frame("b", &[0; 1000]).repeat(40)).await;
    settled(std::future::pending::<()>()).await;
    let both = [("greedy".into(), 100_000), ("modest".into(), 90_000)];
    assert_eq!(much.held(), both.into_iter().collect());
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!((much.close_reason(), little.close_reason()), (None, None));

    second.write(&frame("a", &[0; 1000]).repeat(60)).await;
    let reason = within("the end of a channel", much.ended()).await;
    let expected = CloseReason::MostDemanding { protocol: Some("greedy".into()), held: 100_000 };
    assert_eq!((reason, little.close_reason()), (&expected, None));
    node.stop.cancel();
    within("the end", lives.join_all()).await;
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_is_being_set_up_is_known_and_counts_for_the_memory_of_the_node() {
    let node = node(1, vec![Idle::new(&["a"]).entry("idle", true)]);
    node.ledger.set_config(LedgerConfig { memory: 150 * 1024, ..LedgerConfig::of(&node.settings.now()) });
    session::start(&node);
    let (ours, theirs) = MemoryNetwork::pair();
    let mut peer = Peer::new(theirs);
    let connection = Connection {
        stream: ours,
        address: address("tcp://127.0.0.1:9000"),
        dialled: None,
        session: SessionKind::Inbound,
    };
    let mut beginning = JoinSet::new();
    let owned = Arc::clone(&node);
    beginning.spawn(async move { establish(&owned, connection).await.map(|_| ()) });
    // Without a handshake.
    peer.write(&frame("a", &[0; 1000]).repeat(100)).await;
    settled(std::future::pending::<()>()).await;
    let listed = node.roster.all();
    assert_eq!(listed.iter().map(|listed| listed.is_beginning).collect::<Vec<_>>(), [true]);
    assert_eq!(listed[0].channel.held(), [("idle".into(), 100_000)].into_iter().collect());

    peer.write(&frame("a", &[0; 1000]).repeat(100)).await;
    let outcome = within("the end of the channel", beginning.join_next()).await;
    let reason =
        outcome.expect("there is one").expect("it does not panic").expect_err("there was no handshake");
    assert!(matches!(reason, CloseReason::MostDemanding { protocol: None, .. }), "{reason}");
    assert!(node.roster.all().is_empty(), "it is known no more");
}

#[tokio::test(start_paused = true)]
async fn a_channel_whose_protocols_have_started_is_no_longer_being_set_up() {
    let node = node(1, vec![]);
    let mut lives = JoinSet::new();
    let (channel, _peer) = neglected(&node, &mut lives).await;
    let listed = node.roster.all();
    assert_eq!(listed.len(), 1);
    assert!(Arc::ptr_eq(&listed[0].channel, &channel) && !listed[0].is_beginning);
    node.stop.cancel();
    within("the end", lives.join_all()).await;
    assert!(node.roster.all().is_empty());
}

#[tokio::test]
async fn the_time_of_jobs_is_counted_for_the_channel_and_for_the_protocol() {
    let (mut rig, _peer) = usual_rig();
    let registry = ProtocolRegistry::new(MAGIC);
    registry.register(vec![Idle::new(&["a"]).entry("idle", true)]).expect("there is only one");
    let mut attached = registry.attach(&rig.channel);
    rig.start();
    attached.negotiate(None);
    attached.start();
    assert!(settled(attached.follow()).await.is_none(), "nothing changes");
    assert!(rig.channel.traffic().worked().time() > Duration::ZERO);
    assert_eq!(registry.entries()[0].worked.nanos(), rig.channel.traffic().worked().nanos());
}
