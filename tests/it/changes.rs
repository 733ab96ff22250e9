//! Plug-ins that are disabled and enabled while their node talks.

use backplane::node::Node;
use backplane::plugin::NotRunning;
use backplane::rpc::{self, Methods};
use backplane::transport::Transports;
use backplane_tests::node::{Dirs, TestNode};
use backplane_tests::raw_peer::RawPeer;
use backplane_tests::vectors::{MAGIC, MAGIC_SETTING};
use backplane_tests::wait::eventually;
use serde_json::json;
use std::sync::Arc;

const PLUGINS: &[&str] = &["backplane_chat", "backplane_echo"];
const LINES: usize = 1000;

/// Says numbered lines, with echo switched by the way.
async fn say_all(node: &TestNode, every: usize) {
    for number in 0..LINES {
        if number % every == 0 {
            node.call("echo.ask", json!(["who is there?"])).await.unwrap();
            let plugins = node.node().plugins();
            let disabled = node.plugin("echo").state == "disabled";
            if disabled {
                plugins.enable("echo").await.unwrap();
            } else {
                plugins.disable("echo").await.unwrap();
            }
        }
        assert_eq!(node.say(&number.to_string()).await, 1, "line {number}");
    }
}

#[tokio::test]
async fn no_line_of_chat_is_lost_while_both_nodes_switch_another_plugin() {
    let a = TestNode::start(PLUGINS, &[]).await;
    let b = TestNode::start(PLUGINS, &[&a.as_peer()]).await;
    for node in [&a, &b] {
        node.speaks("chat", 1).await;
        node.speaks("echo", 1).await;
    }
    let channels = [a.channels()[0].id(), b.channels()[0].id()];

    // An even number of switches each, at different times.
    tokio::join!(say_all(&a, 100), say_all(&b, 50));

    a.hears_numbers(LINES).await;
    b.hears_numbers(LINES).await;
    assert_eq!([a.channels()[0].id(), b.channels()[0].id()], channels, "another channel");
    for node in [&a, &b] {
        assert_eq!(node.plugin("echo").state, "running");
        node.speaks("echo", 1).await;
    }
}

#[tokio::test]
async fn a_disabled_plugin_is_silent_everywhere_until_it_is_enabled() {
    let a = TestNode::start(PLUGINS, &[]).await;
    let b = TestNode::start(PLUGINS, &[&a.as_peer()]).await;
    b.speaks("chat", 1).await;
    a.node().plugins().disable("chat").await.unwrap();
    for node in [&a, &b] {
        node.speaks("chat", 0).await;
        node.speaks("echo", 1).await;
    }
    assert_eq!((a.say("nobody hears").await, b.say("nobody hears").await), (0, 0));
    let newcomer = TestNode::start(PLUGINS, &[&a.as_peer()]).await;
    newcomer.speaks("echo", 1).await;
    newcomer.speaks("chat", 0).await;

    a.node().plugins().enable("chat").await.unwrap();
    a.speaks("chat", 2).await;
    assert_eq!(b.say("hello").await, 1);
    a.hears("hello").await;
    assert_eq!(a.node().plugins().disable("nonesuch").await, Err(NotRunning("nonesuch".to_owned())));
}

#[tokio::test]
async fn nodes_with_different_plugins_share_what_both_have() {
    let a = TestNode::start(PLUGINS, &[]).await;
    let b = TestNode::start(&["backplane_chat"], &[&a.as_peer()]).await;
    for node in [&a, &b] {
        node.speaks("chat", 1).await;
        node.speaks("echo", 0).await;
    }
    assert_eq!(a.call("echo.ask", json!(["anybody?"])).await.unwrap(), 0);
}

#[tokio::test]
async fn a_stock_node_is_not_blamed_for_lines_to_a_plugin_that_is_disabled() {
    let node = TestNode::start(PLUGINS, &[MAGIC_SETTING, "network.ban_policy=strict"]).await;
    let mut before = RawPeer::dial(node.address(), MAGIC).await;
    before.shake_hands().await;
    node.speaks("chat", 1).await;
    node.node().plugins().disable("chat").await.unwrap();
    node.speaks("chat", 0).await;
    let mut after = RawPeer::dial(node.address(), MAGIC).await;
    after.shake_hands().await;
    eventually("both peers are there", || node.channels().len() == 2).await;
    for peer in [&mut before, &mut after] {
        for _ in 0..100 {
            peer.send("DchatMsg", b"\x05hello").await;
        }
        // What comes after them has been read after them.
        peer.send("ping", &[1, 2]).await;
        peer.next_of("pong").await;
    }
    assert!(node.node().context().hosts.bans().is_empty());

    node.node().plugins().enable("chat").await.unwrap();
    node.speaks("chat", 2).await;
    before.send("DchatMsg", b"\x05again").await;
    node.hears("again").await;
    assert_eq!(node.lines().await, ["again"]);
}

#[tokio::test]
async fn an_operator_switches_a_plugin_over_rpc() {
    let dirs = Dirs::with(PLUGINS);
    let node = Arc::new(Node::start(dirs.settings(&[]), Transports::standard()).await.unwrap());
    let methods = Methods::new();
    rpc::register(&methods, &node);
    let state = || node.plugins().status().into_iter().find(|one| one.name == "echo").map(|one| one.state);
    assert_eq!(methods.call("plugin.disable", json!(["echo"])).await, Ok(json!(true)));
    assert_eq!(state(), Some("disabled"));
    assert_eq!(methods.call("plugin.enable", json!(["echo"])).await, Ok(json!(true)));
    assert_eq!(state(), Some("running"));
    for wrong in [json!(["nonesuch"]), json!([]), json!([1])] {
        assert_eq!(methods.call("plugin.disable", wrong).await.unwrap_err().code, -32602);
    }
    node.stop().await;
}
