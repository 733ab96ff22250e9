//! Nodes that chat through the real library.

use backplane_tests::node::TestNode;
use backplane_tests::wait::eventually_some;
use serde_json::json;

const LINES: usize = 1000;

/// Says numbered lines, one after the other.
async fn say_all(node: &TestNode, name: &str) {
    for number in 0..LINES {
        assert_eq!(node.say(&format!("{name} {number}")).await, 2, "line {number} of {name}");
    }
}

#[tokio::test]
async fn three_nodes_hear_every_line_of_one_another_in_order() {
    let a = TestNode::start(&["backplane_chat"], &[]).await;
    let b = TestNode::start(&["backplane_chat"], &[&a.as_peer()]).await;
    let both = format!("network.peers={},{}", a.address(), b.address());
    let c = TestNode::start(&["backplane_chat"], &[&both]).await;
    let nodes = [("a", &a), ("b", &b), ("c", &c)];
    for (_, node) in nodes {
        node.speaks("chat", 2).await;
    }

    tokio::join!(say_all(&a, "a"), say_all(&b, "b"), say_all(&c, "c"));

    for (name, node) in nodes {
        let lines = eventually_some(&format!("all lines at {name}"), async || {
            let lines = node.lines().await;
            (lines.len() >= 2 * LINES).then_some(lines)
        })
        .await;
        assert_eq!(lines.len(), 2 * LINES, "at {name}");
        for (other, _) in nodes.into_iter().filter(|(other, _)| *other != name) {
            let prefix = format!("{other} ");
            let heard: Vec<_> = lines.iter().filter_map(|line| line.strip_prefix(&prefix)).collect();
            let said: Vec<_> = (0..LINES).map(|number| number.to_string()).collect();
            assert_eq!(heard, said, "of {other} at {name}");
        }
    }
    for (_, node) in nodes {
        node.stop().await;
    }
}

#[tokio::test]
async fn a_line_that_nobody_gets_is_not_called_sent() {
    let a = TestNode::start(&["backplane_chat"], &[]).await;
    assert_eq!(a.call("chat.send", json!(["hello"])).await, Ok(json!(false)));
    let b = TestNode::start(&["backplane_chat"], &[&a.as_peer()]).await;
    a.speaks("chat", 1).await;
    assert_eq!(a.call("chat.send", json!(["hello"])).await, Ok(json!(true)));
    b.hears("hello").await;
}

#[tokio::test]
async fn two_different_plugins_run_side_by_side_on_one_channel() {
    let plugins = ["backplane_chat", "backplane_echo"];
    let a = TestNode::start(&plugins, &[]).await;
    let b = TestNode::start(&plugins, &[&a.as_peer()]).await;
    for node in [&a, &b] {
        node.speaks("chat", 1).await;
        node.speaks("echo", 1).await;
        assert_eq!((node.plugin("chat").state, node.plugin("echo").state), ("running", "running"));
    }
    assert_eq!(a.say("hello").await, 1);
    b.hears("hello").await;
}
