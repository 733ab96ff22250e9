//! The version exchange, with the test as the other node.

use crate::kit::*;
use backplane::channel::{ChannelLimits, CloseReason};
use backplane::message::Subscription;
use backplane::protocol::ProtocolRegistry;
use backplane::protocol::handshake::{Handshake, Identity};
use backplane::protocol::messages::{AppVersion, Ping, ProtocolOffer, Protocols, Verack, Version};
use backplane::protocol::negotiate::{FEATURE, FEATURE_VERSION, NONCE_FEATURE, SESSION_FEATURE};
use backplane_plugin::{Message, SessionKind};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(10);
const OUR_NONCE: u32 = 1;

type Shaken = Result<Option<Vec<ProtocolOffer>>, CloseReason>;

/// Runs a handshake: what the peer offers.
async fn run(handshake: Handshake, offers: impl FnOnce() -> Vec<ProtocolOffer>) -> Shaken {
    let shaken = handshake.run(&identity(), offers, LIMIT).await;
    shaken.map(|offered| offered.map(|offered| offered.protocols))
}

fn app_version(text: &str) -> AppVersion {
    text.parse().expect("tests write versions that parse")
}

pub(crate) fn identity() -> Identity {
    Identity {
        node_id: "us".to_owned(),
        app_name: "app".to_owned(),
        app_version: app_version("1.2.3"),
        nonce: OUR_NONCE,
        external: Vec::new().into(),
    }
}

/// What the other node says of itself.
pub(crate) fn version(features: &[(&str, u32)]) -> Version {
    Version {
        node_id: "them".to_owned(),
        app_name: "not looked at".to_owned(),
        version: app_version("9.9.9"),
        timestamp: 0,
        connect_recv_addr: address("tcp://127.0.0.1:1"),
        resolve_recv_addr: None,
        ext_send_addr: Vec::new(),
        features: features.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(),
    }
}

pub(crate) fn verack(app_name: &str, version: &str) -> Verack {
    Verack { app_version: app_version(version), app_name: app_name.to_owned() }
}

/// A started channel with the base commands, a subscription to ping, and its handshake.
fn started(session: SessionKind) -> (Rig, Peer, Subscription, Handshake) {
    let (mut rig, peer) = rig(session, ChannelLimits::default());
    drop(ProtocolRegistry::new(MAGIC).attach(&rig.channel));
    let handshake = Handshake::attach(&rig.channel).expect("the base commands are there");
    let ping = rig.channel.messages().find(b"ping").expect("ping is a base command");
    let pings = ping.subscribe();
    rig.start();
    (rig, peer, pings, handshake)
}

/// The handshake with a node that sends these bytes and reads nothing.
async fn shake(bytes: &[u8]) -> Shaken {
    let (_rig, mut peer, _pings, handshake) = started(SessionKind::Inbound);
    peer.write(bytes).await;
    run(handshake, Vec::new).await
}

#[tokio::test(start_paused = true)]
async fn a_message_in_the_same_packet_as_the_handshake_arrives() {
    let (_rig, mut peer, pings, handshake) = started(SessionKind::Inbound);
    let frames = [
        message_frame(&version(&[])),
        message_frame(&verack("app", "1.2.3")),
        message_frame(&Ping { nonce: 7 }),
    ];
    peer.write(&frames.concat()).await;
    assert_eq!(run(handshake, Vec::new).await, Ok(None));
    assert_eq!(take(&pings, 1).await, [7_u16.to_le_bytes()]);
}

#[tokio::test(start_paused = true)]
async fn announces_as_many_addresses_as_fit_into_the_message() {
    let (_rig, mut peer, _pings, handshake) = started(SessionKind::Inbound);
    let name = |number: usize| format!("tcp://{}{number}.example:26661", "n".repeat(50));
    let mut external: Vec<_> = (0..100).map(|number| address(&name(number))).collect();
    // One that is too long by itself keeps nobody else out.
    external.insert(1, address(&format!("tcp://example:26661/{}", "p".repeat(2000))));
    let ours = Identity { external: external.clone().into(), ..identity() };
    peer.write(&[message_frame(&version(&[])), message_frame(&verack("app", "1.2.3"))].concat()).await;
    assert!(handshake.run(&ours, Vec::new, LIMIT).await.is_ok());
    let announced: Version = peer.receive().await;
    let bytes = backplane_plugin::wire::to_bytes(&announced).expect("it was sent").len() as u64;
    assert!((1950..=Version::MAX_BYTES).contains(&bytes), "{bytes} bytes");
    external.remove(1);
    assert!(announced.ext_send_addr.len() > 20 && external.starts_with(&announced.ext_send_addr));
}

#[tokio::test(start_paused = true)]
async fn says_who_it_is_and_acknowledges() {
    let (rig, mut peer, _pings, handshake) = started(SessionKind::Manual);
    peer.write(&[message_frame(&version(&[])), message_frame(&verack("app", "1.2.3"))].concat()).await;
    assert_eq!(run(handshake, Vec::new).await, Ok(None));
    let ours: Version = peer.receive().await;
    assert_eq!((ours.node_id.as_str(), ours.app_name.as_str()), ("us", "app"));
    assert_eq!(ours.resolve_recv_addr.as_ref(), Some(rig.channel.address()));
    assert!(ours.features.contains(&(FEATURE.to_owned(), FEATURE_VERSION)));
    assert_eq!(peer.receive::<Verack>().await, verack("app", "1.2.3"));
    assert_eq!(settled(peer.frame()).await, None, "a peer that does not negotiate hears nothing more");
    let them = rig.channel.peer().expect("the handshake is done");
    assert_eq!((them.node_id.as_str(), them.application.as_str()), ("them", "app 1.2.3"));
    assert!(!them.negotiates);
}

#[tokio::test(start_paused = true)]
async fn a_silent_peer_is_given_up_after_the_limit() {
    let start = backplane::clock::now();
    assert_eq!(shake(&[]).await, Err(CloseReason::HandshakeTimeout));
    assert_eq!((backplane::clock::now() - start).as_secs(), LIMIT.as_secs());
    assert_eq!(shake(&message_frame(&version(&[]))).await, Err(CloseReason::HandshakeTimeout));
    assert_eq!(shake(&message_frame(&verack("app", "1.2.3"))).await, Err(CloseReason::HandshakeTimeout));
}

#[tokio::test(start_paused = true)]
async fn either_message_may_come_first() {
    let [version, verack] = [message_frame(&version(&[])), message_frame(&verack("app", "1.2.3"))];
    assert_eq!(shake(&[&version[..], &verack].concat()).await, Ok(None));
    assert_eq!(shake(&[&verack[..], &version].concat()).await, Ok(None));
}

#[tokio::test(start_paused = true)]
async fn application_major_and_minor_have_to_match() {
    for (app_name, app_version, fits) in [
        ("app", "1.2.3", true),
        ("app", "1.2.99-rc.1+build", true),
        ("App", "1.2.3", false),
        ("app", "1.3.3", false),
        ("app", "2.2.3", false),
    ] {
        let frames = [message_frame(&version(&[])), message_frame(&verack(app_name, app_version))].concat();
        let expected = if fits {
            Ok(None)
        } else {
            let theirs = format!("{app_name} {app_version}");
            Err(CloseReason::Incompatible { theirs, ours: "app 1.2.3".to_owned() })
        };
        assert_eq!(shake(&frames).await, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_recognises_itself() {
    let myself = version(&[(FEATURE, FEATURE_VERSION), (NONCE_FEATURE, OUR_NONCE)]);
    let frames = [message_frame(&myself), message_frame(&verack("app", "1.2.3"))].concat();
    assert_eq!(shake(&frames).await, Err(CloseReason::Myself));
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_hangs_up_ends_the_handshake_at_once() {
    let (_rig, mut peer, _pings, handshake) = started(SessionKind::Inbound);
    peer.shutdown().await;
    let shaken = settled(run(handshake, Vec::new)).await;
    assert_eq!(shaken, Some(Err(CloseReason::PeerClosed)));
}

#[tokio::test(start_paused = true)]
async fn a_malformed_version_is_misbehaviour() {
    let reason = shake(&frame("version", &[1])).await.expect_err("it does not decode");
    assert!(
        matches!(&reason, CloseReason::Misbehaved { protocol, .. } if &**protocol == "version"),
        "{reason}"
    );
}

#[tokio::test(start_paused = true)]
async fn peers_that_negotiate_exchange_their_protocols() {
    let (_rig, mut peer, _pings, handshake) = started(SessionKind::Inbound);
    let offer = |name: &str| ProtocolOffer { name: name.to_owned(), version: 1, commands: vec![] };
    let theirs = Protocols { revision: 1, heard: 0, protocols: vec![offer("theirs")] };
    let negotiating = version(&[(FEATURE, FEATURE_VERSION), (NONCE_FEATURE, 2)]);
    peer.write(&[message_frame(&negotiating), message_frame(&verack("app", "1.2.0"))].concat()).await;
    peer.send(&theirs).await;
    let shaken = run(handshake, || vec![offer("ours")]).await;
    assert_eq!(shaken, Ok(Some(theirs.protocols)));
    peer.receive::<Version>().await;
    peer.receive::<Verack>().await;
    assert_eq!(peer.receive::<Protocols>().await.protocols, [offer("ours")]);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_promises_to_negotiate_and_does_not_is_given_up() {
    let negotiating = version(&[(FEATURE, FEATURE_VERSION)]);
    let frames = [message_frame(&negotiating), message_frame(&verack("app", "1.2.3"))].concat();
    assert_eq!(shake(&frames).await, Err(CloseReason::HandshakeTimeout));
}

#[tokio::test(start_paused = true)]
async fn a_test_of_an_address_does_not_negotiate() {
    let (_rig, mut peer, _pings, handshake) = started(SessionKind::Refine);
    let negotiating = version(&[(FEATURE, FEATURE_VERSION)]);
    peer.write(&[message_frame(&negotiating), message_frame(&verack("app", "1.2.3"))].concat()).await;
    assert_eq!(run(handshake, Vec::new).await, Ok(None));
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_only_tests_the_address_is_told_of_no_protocols() {
    let (rig, mut peer, _pings, handshake) = started(SessionKind::Inbound);
    let testing = version(&[(FEATURE, FEATURE_VERSION), (SESSION_FEATURE, SessionKind::Refine as u32)]);
    peer.write(&[message_frame(&testing), message_frame(&verack("app", "1.2.3"))].concat()).await;
    let offers = || unreachable!("nobody would read them");
    assert_eq!(run(handshake, offers).await, Ok(None));
    rig.channel.close(CloseReason::Done);
    peer.receive::<Version>().await;
    peer.receive::<Verack>().await;
    assert_eq!(peer.frame().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_second_version_after_the_handshake_is_ignored() {
    let (rig, mut peer, pings, handshake) = started(SessionKind::Inbound);
    peer.write(&[message_frame(&version(&[])), message_frame(&verack("app", "1.2.3"))].concat()).await;
    assert_eq!(run(handshake, Vec::new).await, Ok(None));
    peer.send(&version(&[])).await;
    peer.send(&verack("other", "7.7.7")).await;
    peer.send(&Ping { nonce: 7 }).await;
    assert_eq!(take(&pings, 1).await.len(), 1);
    assert_eq!(rig.channel.close_reason(), None);
}
