//! Two nodes chat over each transport.

use backplane::address::Address;
use backplane::channel::Channel;
use backplane_tests::node::TestNode;
use backplane_tests::proxy::Proxy;
use std::net::SocketAddr;
use std::sync::Arc;

/// A node with chat that listens at an address.
async fn listening(inbound: &str) -> TestNode {
    TestNode::start(&["backplane_chat"], &[&format!("network.inbound={inbound}")]).await
}

/// A node with chat that listens nowhere and keeps to one peer, with more settings.
async fn dialling(peer: &str, sets: &[&str]) -> TestNode {
    let peer = format!("network.peers={peer}");
    let all: Vec<_> = ["network.inbound=[]", &peer].into_iter().chain(sets.iter().copied()).collect();
    TestNode::start(&["backplane_chat"], &all).await
}

/// Both say a line that the other hears.
async fn chat(one: &TestNode, other: &TestNode) {
    for (speaker, hearer, line) in [(one, other, "there"), (other, one, "and back")] {
        speaker.speaks("chat", 1).await;
        assert_eq!(speaker.say(line).await, 1);
        hearer.hears(line).await;
    }
}

/// The only channel of a node.
fn channel(node: &TestNode) -> Arc<Channel> {
    let channels = node.channels();
    assert_eq!(channels.len(), 1, "{channels:?}");
    Arc::clone(&channels[0])
}

/// The one address that was dialled in place of that of the peer.
fn dialled(node: &TestNode) -> Option<Address> {
    channel(node).link().dialled.as_deref().cloned()
}

fn socket(node: &TestNode) -> SocketAddr {
    let address = node.address();
    SocketAddr::new(address.ip().expect("the nodes of a test have IP addresses"), address.port().unwrap())
}

#[tokio::test]
async fn over_plain_tcp_nobody_is_known_by_a_key() {
    for inbound in ["tcp://127.0.0.1:0", "tcp://[::1]:0"] {
        let server = listening(inbound).await;
        let client = dialling(server.address().as_str(), &[]).await;
        chat(&client, &server).await;
        assert_eq!((channel(&client).link().node_id, channel(&server).link().node_id), (None, None));
        client.stop().await;
        server.stop().await;
    }
}

#[tokio::test]
async fn over_tls_and_quic_each_knows_the_other_by_its_key() {
    for inbound in ["tcp+tls://127.0.0.1:0", "tcp+tls://[::1]:0", "quic://127.0.0.1:0", "quic://[::1]:0"] {
        let server = listening(inbound).await;
        let client = dialling(server.address().as_str(), &[]).await;
        chat(&client, &server).await;
        let own = |node: &TestNode| Some(node.node().context().known.own());
        assert_eq!(channel(&client).link().node_id, own(&server), "{inbound}");
        assert_eq!(channel(&server).link().node_id, own(&client), "{inbound}");
        client.stop().await;
        server.stop().await;
    }
}

#[tokio::test]
async fn over_a_unix_socket() {
    let dir = tempfile::tempdir().unwrap();
    let address = format!("unix://{}/node.sock", dir.path().display());
    let server = listening(&address).await;
    let client = dialling(&address, &[]).await;
    chat(&client, &server).await;
    client.stop().await;
    server.stop().await;
    assert_eq!(dir.path().read_dir().unwrap().count(), 0, "the socket's file is gone");
}

#[tokio::test]
async fn through_a_proxy_that_is_named_in_the_address() {
    for (inbound, scheme) in [("tcp://127.0.0.1:0", "socks5"), ("tcp+tls://127.0.0.1:0", "socks5+tls")] {
        let server = listening(inbound).await;
        let proxy = Proxy::to(socket(&server)).await;
        let peer = format!("{scheme}://{}/node.example:26661", proxy.address());
        let client = dialling(&peer, &[]).await;
        chat(&client, &server).await;
        assert_eq!(proxy.asked(), ["node.example:26661"], "the name went to the proxy");
        client.stop().await;
    }
}

#[tokio::test]
async fn into_other_networks_through_their_proxies() {
    let networks = [("tor", "onion"), ("i2p", "i2p"), ("nym", "example")];
    let all = networks.into_iter().flat_map(|(scheme, top)| {
        [(scheme, top, "tcp", String::from(scheme)), (scheme, top, "tcp+tls", format!("{scheme}+tls"))]
    });
    for (network, top, inbound, scheme) in all {
        let server = listening(&format!("{inbound}://127.0.0.1:0")).await;
        let proxy = Proxy::to(socket(&server)).await;
        let through = format!("network.{network}_socks5_proxy=socks5://{}", proxy.address());
        let active = format!("network.active_profiles={scheme}");
        let client = dialling(&format!("{scheme}://node.{top}:80"), &[&through, &active]).await;
        chat(&client, &server).await;
        assert_eq!(proxy.asked(), [format!("node.{top}:80")], "{scheme}");
        assert_eq!(channel(&client).link().node_id.is_some(), inbound == "tcp+tls", "{scheme}");
        client.stop().await;
    }
}

#[tokio::test]
async fn through_a_proxy_a_node_shows_another_key_each_time() {
    let server = listening("tcp+tls://127.0.0.1:0").await;
    let proxy = Proxy::to(socket(&server)).await;
    let peer = format!("socks5+tls://{}/node.example:1", proxy.address());
    let client = dialling(&peer, &[]).await;
    chat(&client, &server).await;
    let (shown, own) = (channel(&server).link().node_id, client.node().context().known.own());
    assert!(shown.is_some_and(|shown| shown != own), "{shown:?}");
    assert_eq!(channel(&client).link().node_id, Some(server.node().context().known.own()));
}

#[tokio::test]
async fn a_mixed_address_goes_through_the_proxy_and_keeps_its_name() {
    let server = listening("tcp+tls://127.0.0.1:0").await;
    let proxy = Proxy::to(socket(&server)).await;
    let tor = format!("network.tor_socks5_proxy=socks5://{}", proxy.address());
    let sets = ["network.active_profiles=tor+tls", "network.mixed_profiles=tcp+tls", &tor];
    let client = dialling("tcp+tls://node.example:26661", &sets).await;
    chat(&client, &server).await;
    assert_eq!(channel(&client).address().as_str(), "tcp+tls://node.example:26661/");
    assert_eq!(dialled(&client), Some("tor+tls://node.example:26661".parse().unwrap()));
    assert_eq!(proxy.asked(), ["node.example:26661"]);
}
