//! The protocols that every node has, on a whole node that dials the test over an in-memory connection.

use crate::handshake::{verack, version};
use crate::kit::*;
use backplane::channel::CloseReason;
use backplane::node::Node;
use backplane::protocol::messages::{Ping, Pong};
use backplane::settings::{self, Settings};
use backplane::transport::{Listener, MemoryNetwork, Transport, Transports};
use backplane_plugin::abi::SendStatus;
use backplane_plugin::{Message, wire};
use std::sync::Arc;
use tempfile::TempDir;

const US: &str = "tcp://1.2.3.4:5";

fn settings(folder: &TempDir, sets: &[&str]) -> Settings {
    let dir = |key: &str| format!("{key}={}/{key}", folder.path().display());
    let fixed = ["network.app_name=app", "network.app_version=1.2.3", "network.magic_bytes=127,64,12,201"];
    let sets = fixed.iter().chain(sets).map(|set| (*set).to_owned());
    let all: Vec<_> = sets.chain([dir("node.data_dir"), dir("plugins.dir")]).collect();
    settings::load(&[], &all, std::iter::empty()).expect("tests write valid settings").settings
}

/// A node that dials the test, which has shaken hands with it; with what the node needs to live.
async fn dialled(sets: &[&str]) -> (Node, Peer, (TempDir, Box<dyn Listener>)) {
    let folder = tempfile::tempdir().expect("the system has a folder for temporary files");
    let network = MemoryNetwork::default();
    let mut listener = network.listen(&address(US)).await.expect("nobody else listens there");
    let transports = Transports::default().with("tcp", Arc::new(network));
    let settings = settings(&folder, sets);
    std::fs::create_dir_all(&settings.plugins.dir).expect("the folder can be written");
    let node = Node::start(settings, transports).await.expect("the node starts");
    let incoming = within("the node to dial", listener.accept()).await.expect("the listener lives");
    let mut peer =
        Peer::new(within("the stream", incoming.set_up()).await.expect("memory is set up at once"));
    peer.write(&[message_frame(&version(&[])), message_frame(&verack("app", "1.2.3"))].concat()).await;
    (node, peer, (folder, listener))
}

/// Answers the next ping; with the commands that came before it.
async fn answer_ping(peer: &mut Peer) -> Vec<String> {
    let mut heard = Vec::new();
    loop {
        let (command, payload) = peer.frame().await.expect("the node goes on");
        if command == Ping::NAME {
            let Ping { nonce } = wire::from_bytes(&payload).expect("the node sends what can be read");
            peer.send(&Pong { nonce }).await;
            return heard;
        }
        heard.push(command);
    }
}

/// The times of the connection, so that the second ping comes when a test wants it.
fn times(heartbeat: &str) -> String {
    let rest = r#"connect_timeout="5s",handshake_timeout="10s""#;
    format!(r#"network.profiles.tcp={{{rest},heartbeat_interval="{heartbeat}"}}"#)
}

#[tokio::test(start_paused = true)]
async fn a_seed_that_never_answers_is_given_up() {
    let seed = format!("network.seeds={US}");
    let (node, mut peer, _kept) = dialled(&[&seed, &times("1h"), "network.outbound_connections=1"]).await;
    let start = backplane::clock::now();
    let mut heard = answer_ping(&mut peer).await;
    while let Some((command, _)) = peer.frame().await {
        heard.push(command);
    }
    assert!(heard.contains(&"getaddr".to_owned()), "it was asked: {heard:?}");
    let took = (backplane::clock::now() - start).as_secs();
    assert!((30..=31).contains(&took), "it took {took} s");
    node.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_time_of_a_ping_covers_its_sending() {
    let peers = format!("network.peers={US}");
    let (node, mut peer, _kept) = dialled(&[&peers, &times("1s"), "network.outbound_connections=0"]).await;
    answer_ping(&mut peer).await;
    let start = backplane::clock::now();
    let channel = node.context().channels.all().pop().expect("the handshake is done");
    let command = channel.messages().find(b"addr").expect("every node has addresses");
    while channel.send(&command, &[0; 60_000][..], true) == SendStatus::Sent {
        settled(std::future::pending::<()>()).await;
    }
    let reason = within("the end of the channel", channel.ended()).await.clone();
    assert!(matches!(&reason, CloseReason::Requested { protocol, .. } if &**protocol == "ping"), "{reason}");
    let took = (backplane::clock::now() - start).as_secs();
    assert!((6..=7).contains(&took), "the ping could not be sent, and it took {took} s");
    node.stop().await;
}
