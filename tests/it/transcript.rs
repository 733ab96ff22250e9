//! The recorded connections of real nodes, played against this one.

use backplane::protocol::messages::{Addrs, GetAddrs, Version};
use backplane_plugin::wire;
use backplane_tests::node::{Dirs, TestNode};
use backplane_tests::raw_peer::{Frame, RawPeer};
use backplane_tests::vectors::{self, MAGIC, MAGIC_SETTING, RecordedFrame};
use backplane_tests::wait::within;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::fs;
use tokio::net::TcpListener;

/// What the recorded nodes dialled, and so asked for.
const TCP_ONLY: &str = "network.active_profiles=tcp";

/// The other side of a recorded connection, played by hand.
struct Player<'a> {
    node: &'a TestNode,
    peer: RawPeer,
    /// What came before it was asked for: protocols speak in no order among themselves.
    stash: Vec<Frame>,
    /// The last ping of the node that has not been answered.
    asked: Option<Vec<u8>>,
}

fn decode<T: DeserializeOwned>(payload: &[u8]) -> T {
    wire::from_bytes(payload).expect("it decodes")
}

impl<'a> Player<'a> {
    const fn new(node: &'a TestNode, peer: RawPeer) -> Self {
        Self { node, peer, stash: Vec::new(), asked: None }
    }

    /// Plays a recorded connection in order: says what the other side said, and compares what the node says.
    async fn play(&mut self, frames: &[RecordedFrame], node_dialled: bool) {
        for (index, frame) in frames.iter().enumerate() {
            if frame.is_of_the_dialler() != node_dialled {
                self.say(frame).await;
                continue;
            }
            let again = frames.iter().take(index);
            let again =
                again.filter(|other| other.dir == frame.dir && other.command == frame.command).count();
            if frame.command == "getaddr" && again > 0 {
                // A question repeated while slots are free, by the clock.
                continue;
            }
            if frame.command == "DchatMsg" {
                let (text,): (String,) = decode(&frame.payload());
                assert_eq!(self.node.call("chat.send", json!([text])).await, Ok(json!(true)));
            }
            let said = self.hear(&frame.command).await;
            self.compare(frame, &said);
        }
    }

    /// Says what was recorded; a pong has the nonce that this node asked with.
    async fn say(&mut self, frame: &RecordedFrame) {
        match frame.command.as_str() {
            "pong" => {
                let nonce = match self.asked.take() {
                    Some(nonce) => nonce,
                    None => self.hear("ping").await.payload,
                };
                self.peer.send("pong", &nonce).await;
            }
            "DchatMsg" => {
                self.peer.write(&frame.bytes()).await.expect("the node reads");
                let (text,): (String,) = decode(&frame.payload());
                self.node.hears(&text).await;
            }
            _ => self.peer.write(&frame.bytes()).await.expect("the node reads"),
        }
    }

    /// The node's next frame with this command.
    async fn hear(&mut self, command: &str) -> Frame {
        if let Some(index) = self.stash.iter().position(|frame| frame.command == command) {
            return self.stash.remove(index);
        }
        loop {
            match self.peer.next().await {
                Some(frame) if frame.command == command => return frame,
                Some(frame) => self.stash.push(frame),
                None => panic!("the node closed the connection before a {command} came"),
            }
        }
    }

    /// Byte for byte where the bytes are determined, in kind where they are not.
    fn compare(&mut self, recorded: &RecordedFrame, said: &Frame) {
        let payload = recorded.payload();
        match said.command.as_str() {
            "version" => compare_versions(&decode(&payload), &decode(&said.payload)),
            "ping" => {
                assert_eq!(said.payload.len(), payload.len());
                self.asked = Some(said.payload.clone());
            }
            "getaddr" => {
                let (theirs, ours): (GetAddrs, GetAddrs) = (decode(&payload), decode(&said.payload));
                assert_eq!(ours.max, theirs.max);
                assert_eq!(ours.transports, ["tcp"]);
            }
            "addr" => {
                let (theirs, ours): (Addrs, Addrs) = (decode(&payload), decode(&said.payload));
                let addresses = |addrs: Addrs| addrs.addrs.into_iter().map(|(address, _)| address);
                assert!(addresses(ours).eq(addresses(theirs)), "{said:?} instead of {payload:02x?}");
            }
            _ => assert_eq!(said.payload, payload, "{}", said.command),
        }
    }
}

fn compare_versions(theirs: &Version, ours: &Version) {
    assert_eq!(
        (&ours.node_id, &ours.app_name, &ours.version, &ours.ext_send_addr),
        (&theirs.node_id, &theirs.app_name, &theirs.version, &theirs.ext_send_addr)
    );
    assert_eq!(ours.connect_recv_addr.scheme(), theirs.connect_recv_addr.scheme());
    assert_eq!(ours.connect_recv_addr.host(), theirs.connect_recv_addr.host());
    assert_eq!(ours.resolve_recv_addr.is_some(), theirs.resolve_recv_addr.is_some());
    assert!(ours.timestamp > 0);
    // A real node sends none and passes over what it does not know.
    assert!(ours.features.iter().any(|(name, version)| name == "backplane" && *version == 1));
}

/// The frames of a recorded connection up to the first `count` ones with addresses from the other side's own lists.
fn frames(id: u32) -> Vec<RecordedFrame> {
    vectors::session(id).frames
}

/// A node whose address book has this one line.
async fn start_knowing(colour: &str, address: &str, sets: &[&str]) -> TestNode {
    let dirs = Dirs::with(&["backplane_chat"]);
    fs::write(dirs.data.path().join("hosts.tsv"), format!("{colour}\t{address}\t1700000000\n")).unwrap();
    TestNode::try_start(dirs, sets).await.unwrap()
}

#[tokio::test]
async fn a_real_node_that_dials_gets_the_answers_of_a_real_node() {
    let sets = [
        MAGIC_SETTING,
        TCP_ONLY,
        "network.external=tcp://127.0.0.1:42001",
        "network.getaddrs_max=2",
        // The second ping of the recording comes after half a minute.
        "network.profiles.tcp.heartbeat_interval=1ms",
    ];
    let node = TestNode::start(&["backplane_chat"], &sets).await;
    let peer = RawPeer::dial(node.address(), MAGIC).await;
    let mut player = Player::new(&node, peer);
    let mut frames = frames(vectors::MAIN);
    // Later the recorded node had tested the dialler's address and told it; this one tests nothing.
    let tested =
        |frame: &RecordedFrame| frame.dir == "s2c" && frame.command == "addr" && frame.payload() != [0];
    assert_eq!(frames.iter().filter(|frame| tested(frame)).count(), 3);
    frames.retain(|frame| !tested(frame));
    player.play(&frames, false).await;
    player.peer.finish().await.unwrap();
    player.peer.rest().await;
    assert!(node.node().context().hosts.bans().is_empty());
}

#[tokio::test]
async fn a_real_node_that_is_dialled_gets_the_questions_of_a_real_node() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("tcp://{}/", listener.local_addr().unwrap());
    let sets = [
        MAGIC_SETTING,
        TCP_ONLY,
        "network.external=tcp://127.0.0.1:42002",
        "network.outbound_connections=2",
        "network.profiles.tcp.heartbeat_interval=1ms",
    ];
    let node = start_knowing("grey", &address, &sets).await;
    let (stream, _) = within("the node to dial", listener.accept()).await.unwrap();
    let mut player = Player::new(&node, RawPeer::new(stream, MAGIC));
    let mut frames = frames(vectors::MAIN);
    // What the dialler shares is the address that it dialled, here another port: only its own address is compared.
    let own = |frame: &RecordedFrame| {
        let addrs: Addrs = decode(&frame.payload());
        addrs.addrs.iter().all(|(address, _)| address.port() == Some(42_002))
    };
    frames.retain(|frame| frame.dir == "s2c" || frame.command != "addr" || own(frame));
    player.play(&frames, true).await;
    node.stop().await;
    player.peer.rest().await;
    assert!(node.node().context().hosts.bans().is_empty());
}

#[tokio::test]
async fn a_seed_without_addresses_answers_with_none() {
    let node = TestNode::start(&["backplane_chat"], &[MAGIC_SETTING, TCP_ONLY]).await;
    let mut player = Player::new(&node, RawPeer::dial(node.address(), MAGIC).await);
    player.play(&frames(vectors::SEED_WITHOUT_ADDRESSES), false).await;
}

#[tokio::test]
async fn a_seed_answers_with_the_addresses_that_it_has_tested() {
    let node = start_knowing("white", "tcp://127.0.0.1:42001/", &[MAGIC_SETTING, TCP_ONLY]).await;
    let mut player = Player::new(&node, RawPeer::dial(node.address(), MAGIC).await);
    player.play(&frames(vectors::SEED_WITH_AN_ADDRESS), false).await;
}
