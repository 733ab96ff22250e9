//! Protocols that come and go on a live channel.

use crate::attached::Idle;
use crate::handshake::{verack, version};
use crate::kit::*;
use crate::negotiation::{self, connect, entry, node, pair, running};
use backplane::channel::{Channel, CloseReason};
use backplane::protocol::messages::Protocols;
use backplane::session::{Live, SessionContext};
use backplane::transport::MemoryNetwork;
use backplane_plugin::SessionKind;
use backplane_plugin::abi::Bytes;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// Channels that live, each in its task.
#[derive(Default)]
struct Living(JoinSet<CloseReason>);

impl Living {
    fn add(&mut self, live: Box<Live>) -> Arc<Channel> {
        let channel = Arc::clone(live.channel());
        self.0.spawn(live.ended());
        channel
    }
}

/// The protocols that may be sent on a channel, sorted.
fn open(channel: &Channel) -> Vec<String> {
    let mut names: Vec<_> = channel.messages().open_protocols().iter().map(ToString::to_string).collect();
    names.retain(|name| name != "version");
    names.sort();
    names
}

/// Lets everything happen that follows from a change, by the paused clock: jobs that do not end by themselves have a
/// grace.
async fn settle() {
    tokio::time::sleep(Duration::from_secs(5)).await;
}

fn both() -> [backplane::protocol::ProtocolEntry; 2] {
    [entry("chat", &["c"], 1), entry("echo", &["e"], 1)]
}

#[tokio::test(start_paused = true)]
async fn a_protocol_that_is_withdrawn_ends_on_both_sides_and_comes_back_on_the_same_channel() {
    let (one, other) = (node(1, both().into()), node(2, both().into()));
    let (live_one, live_other) = pair(&one, &other).await;
    assert_eq!(running(&live_one), ["chat", "echo"]);
    let mut living = Living::default();
    let (channel, theirs) = (living.add(live_one), living.add(live_other));
    for _ in 0..3 {
        one.registry.withdraw(&["echo".into()]);
        settle().await;
        assert_eq!((open(&channel), open(&theirs)), (vec!["chat".to_owned()], vec!["chat".to_owned()]));
        assert!(channel.messages().find(b"e").is_none() && theirs.messages().find(b"e").is_none());
        one.registry.offer(&["echo".into()]);
        settle().await;
        assert_eq!((open(&channel).len(), open(&theirs).len()), (2, 2));
    }
    assert_eq!((channel.close_reason(), theirs.close_reason()), (None, None));
}

#[tokio::test(start_paused = true)]
async fn what_is_registered_later_runs_on_channels_that_are_open() {
    let (one, other) = (node(1, vec![entry("chat", &["c"], 1)]), node(2, both().into()));
    let (live_one, live_other) = pair(&one, &other).await;
    let mut living = Living::default();
    let (channel, theirs) = (living.add(live_one), living.add(live_other));
    assert_eq!(open(&theirs), ["chat"]);
    one.registry.register(vec![entry("echo", &["e"], 1)]).expect("the name is free");
    settle().await;
    assert_eq!((open(&channel), open(&theirs)), (open(&theirs), vec!["chat".to_owned(), "echo".to_owned()]));
    assert_eq!(one.channels.broadcast("e", &Bytes::from(vec![1])), 1);
    assert_eq!(other.channels.broadcast("e", &Bytes::from(vec![1])), 1);
    settle().await;
    // A single unknown command would have closed these channels.
    assert_eq!((channel.close_reason(), theirs.close_reason()), (None, None));
}

#[tokio::test(start_paused = true)]
async fn nothing_unknown_is_sent_while_both_sides_change_at_once() {
    let (one, other) = (node(1, both().into()), node(2, both().into()));
    let (live_one, live_other) = pair(&one, &other).await;
    let mut living = Living::default();
    let (channel, theirs) = (living.add(live_one), living.add(live_other));
    let say = |node: &Arc<SessionContext>| {
        ["c", "e"].map(|command| node.channels.broadcast(command, &Bytes::from(vec![1])))
    };
    for round in 0..200_u32 {
        for (node, bit) in [(&one, 1), (&other, 2)] {
            if round % 3 != bit {
                say(node);
            }
            if round & bit == 0 {
                node.registry.withdraw(&["echo".into()])
            } else {
                node.registry.offer(&["echo".into()])
            }
            say(node);
            tokio::task::yield_now().await;
        }
    }
    // Long enough for changes that came too often.
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!((channel.close_reason(), theirs.close_reason()), (None, None));
    assert_eq!((open(&channel).len(), open(&theirs).len()), (2, 2), "both want both in the end");
}

#[tokio::test(start_paused = true)]
async fn a_protocol_that_fails_is_withdrawn_from_the_peer() {
    let failing = Idle { fails: Some("out of luck"), ..Idle::new(&["e"]) };
    let one = node(1, vec![entry("chat", &["c"], 1), failing.entry("echo", false)]);
    let other = node(2, both().into());
    let (live_one, live_other) = pair(&one, &other).await;
    let mut living = Living::default();
    let (channel, theirs) = (living.add(live_one), living.add(live_other));
    settle().await;
    assert_eq!((open(&channel), open(&theirs)), (vec!["chat".to_owned()], vec!["chat".to_owned()]));
    assert_eq!((channel.close_reason(), theirs.close_reason()), (None, None));
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_negotiate_is_told_nothing_and_may_go_on_sending() {
    let node = node(1, vec![Idle::new(&["a"]).entry("assumed", true)]);
    let (ours, theirs) = MemoryNetwork::pair();
    let mut peer = Peer::new(theirs);
    peer.write(&[message_frame(&version(&[])), message_frame(&verack("app", "1.2.3"))].concat()).await;
    let mut living = Living::default();
    let channel = living.add(connect(&node, ours, SessionKind::Inbound).await);
    node.registry.withdraw(&["assumed".into()]);
    settle().await;
    assert_eq!(open(&channel), [""; 0]);
    for _ in 0..100 {
        peer.write(&frame("a", b"still here")).await;
    }
    node.registry.offer(&["assumed".into()]);
    settle().await;
    assert_eq!(open(&channel), ["assumed"]);
    peer.write(&frame("a", b"again")).await;
    settle().await;
    assert_eq!(channel.close_reason(), None);
}

/// A channel with a peer that negotiates by hand, after both first lists.
async fn by_hand(living: &mut Living) -> (Arc<SessionContext>, Arc<Channel>, Peer) {
    let node = node(1, both().into());
    let (live, mut peer) = negotiation::by_hand(&node).await;
    for _ in 0..2 {
        peer.frame().await;
    }
    assert_eq!(peer.receive::<Protocols>().await.protocols.len(), 2);
    (node, living.add(live), peer)
}

#[tokio::test(start_paused = true)]
async fn changes_that_come_too_often_are_answered_ever_later() {
    let mut living = Living::default();
    let (_node, channel, mut peer) = by_hand(&mut living).await;
    let start = backplane::clock::now();
    let mut waited = Vec::new();
    for revision in 2..14 {
        peer.send(&Protocols { revision, heard: 1, protocols: vec![] }).await;
        assert_eq!(peer.receive::<Protocols>().await.heard, revision);
        waited.push((backplane::clock::now() - start).as_secs());
    }
    assert_eq!(waited, [0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 6, 10]);
    assert_eq!(channel.close_reason(), None);
}

#[tokio::test(start_paused = true)]
async fn lists_out_of_turn_are_misbehaviour() {
    for (revision, heard, count) in [(1, 1, 1), (3, 1, 1), (2, 2, 1), (2, 0, 1), (2, 1, 4)] {
        let mut living = Living::default();
        let (_node, channel, mut peer) = by_hand(&mut living).await;
        let list = message_frame(&Protocols { revision, heard, protocols: vec![] });
        peer.write(&list.repeat(count)).await;
        let reason = within("the end", channel.ended()).await;
        assert!(matches!(reason, CloseReason::Misbehaved { .. }), "{revision} {heard}: {reason}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_never_answers_a_change_is_given_up() {
    let mut living = Living::default();
    let (node, channel, _peer) = by_hand(&mut living).await;
    node.registry.withdraw(&["echo".into()]);
    assert_eq!(*within("the end", channel.ended()).await, CloseReason::NotAnswered);
}
