//! The gateway lets peers in, as long as the node runs.

use backplane::address::Address;
use backplane::session::keep_open;
use backplane_tests::gateway::{EXTERNAL, Gateway};
use backplane_tests::node::TestNode;
use backplane_tests::wait::{eventually, within};
use std::sync::Arc;
use tokio::task::JoinSet;

#[tokio::test]
async fn ports_are_open_and_told_until_the_node_stops() {
    let gateway = Gateway::start().await;
    let inbound = "network.inbound=tcp://0.0.0.0:0,quic://0.0.0.0:0,tcp+tls://127.0.0.1:0";
    let node = TestNode::start(&[], &[inbound, "network.localnet=false"]).await;
    let [tcp, quic, _] = node.node().inbound() else { panic!("three listeners") };
    let (tcp, quic) = (tcp.port().unwrap(), quic.port().unwrap());

    let context = Arc::clone(node.node().context());
    let (listeners, at) = (node.node().inbound().to_vec(), gateway.address());
    let mut opening = JoinSet::new();
    opening.spawn(async move { keep_open(&context, &listeners, at).await });

    let wanted = [format!("TCP {tcp}"), format!("UDP {quic}")];
    eventually("two open ports", || gateway.open() == wanted).await;
    let external: Vec<Address> = [format!("tcp://{EXTERNAL}:{tcp}"), format!("quic://{EXTERNAL}:{quic}")]
        .map(|text| text.parse().unwrap())
        .to_vec();
    eventually("the external addresses", || *node.node().context().identity.external.read() == external)
        .await;

    node.stop().await;
    within("the end of it", opening.join_next()).await;
    assert_eq!(gateway.open(), [""; 0]);
}

#[tokio::test]
async fn a_gateway_that_says_nonsense_changes_nothing() {
    // It answers from a socket where nobody serves what it promises.
    let silent = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let at = silent.local_addr().unwrap();
    let node = TestNode::start(&[], &["network.inbound=tcp://0.0.0.0:0"]).await;
    let context = Arc::clone(node.node().context());
    let listeners = node.node().inbound().to_vec();
    let mut opening = JoinSet::new();
    opening.spawn(async move { keep_open(&context, &listeners, at).await });
    let (_, from) = within("a search", silent.recv_from(&mut [0; 2048])).await.unwrap();
    silent.send_to(b"HTTP/1.1 200 OK\r\nLOCATION: http://127.0.0.1:1/\r\n\r\n", from).await.unwrap();
    node.stop().await;
    within("the end of it", opening.join_next()).await;
    assert!(node.node().context().identity.external.read().is_empty());
}
