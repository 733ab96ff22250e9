//! Connections that a plug-in asks for.

use backplane::hosts::Colour;
use backplane_tests::node::TestNode;
use backplane_tests::wait::{eventually, eventually_some};
use serde_json::{Value, json};

const PLUGINS: &[&str] = &["backplane_dialler"];

async fn open(node: &TestNode, to: &TestNode) -> Result<Value, String> {
    let opened = node.call("dialler.open", json!([to.address()])).await;
    opened.map_err(|error| error.message)
}

async fn close(node: &TestNode) -> Value {
    node.call("dialler.close", json!([])).await.unwrap()
}

fn colour(node: &TestNode, of: &TestNode) -> Option<Colour> {
    let hosts = &node.node().context().hosts;
    Colour::ALL
        .into_iter()
        .find(|colour| hosts.entries(*colour).iter().any(|entry| entry.address == *of.address()))
}

#[tokio::test]
async fn a_connection_is_shared_and_lasts_until_the_last_holder_lets_go() {
    let a = TestNode::start(PLUGINS, &[]).await;
    let b = TestNode::start(PLUGINS, &[]).await;
    let (first, second) = tokio::join!(open(&a, &b), open(&a, &b));
    let channel = a.channels()[0].id();
    assert_eq!(first, Ok(json!([channel, "direct"])));
    assert_eq!(second, first);
    assert_eq!(a.channels().len(), 1);
    assert_eq!(colour(&a, &b), Some(Colour::Gold));
    let status = a.node().context().direct.status();
    assert_eq!(status.iter().map(|one| (one.channel, one.holders)).collect::<Vec<_>>(), [(channel, 2)]);

    b.speaks("dialler", 1).await;
    assert_eq!(a.call("dialler.say", json!(["hello"])).await, Ok(json!(1)));
    eventually_some("the text", async || {
        (b.call("dialler.heard", json!([])).await.unwrap() == json!(["hello"])).then_some(())
    })
    .await;

    assert_eq!(close(&a).await, true);
    assert_eq!(a.node().context().direct.status()[0].holders, 1);
    assert_eq!(a.channels()[0].close_reason(), None);
    assert_eq!(close(&a).await, true);
    // While the first one ends.
    let again = open(&a, &b).await.unwrap();
    assert_ne!(again, json!([channel, "direct"]));
    assert_eq!(colour(&a, &b), Some(Colour::Gold));
    assert_eq!(close(&a).await, true);
    eventually("the end", || a.channels().is_empty() && b.channels().is_empty()).await;
    eventually("the end of the wish", || a.node().context().direct.status().is_empty()).await;
    assert_eq!(colour(&a, &b), Some(Colour::Grey));
}

#[tokio::test]
async fn a_wish_is_refused_in_clear_words() {
    let seed = TestNode::start(&[], &[]).await;
    let seeds = format!("network.seeds={}", seed.address());
    let a = TestNode::start(
        PLUGINS,
        &["network.direct_connections=1", "network.external=tcp://127.0.0.1:0", &seeds],
    )
    .await;
    let b = TestNode::start(PLUGINS, &[]).await;
    let c = TestNode::start(PLUGINS, &[]).await;
    assert!(open(&a, &a).await.unwrap_err().contains("own"));
    assert!(open(&a, &seed).await.unwrap_err().contains("seed"));
    let nowhere = a.call("dialler.open", json!(["nowhere"])).await.unwrap_err();
    assert!(nowhere.message.starts_with("refused"), "{nowhere:?}");
    open(&a, &b).await.unwrap();
    assert!(open(&a, &c).await.unwrap_err().starts_with("too many: there are 1 direct connections"));
    close(&a).await;
    eventually("the end", || a.node().context().direct.status().is_empty()).await;
    open(&a, &c).await.unwrap();
    close(&a).await;
    eventually("the end", || a.node().context().direct.status().is_empty()).await;
    c.stop().await;
    let gone = open(&a, &c).await.unwrap_err();
    assert!(gone.starts_with("unreachable"), "{gone}");
}

#[tokio::test]
async fn a_node_that_is_connected_already_is_not_dialled_again() {
    let b = TestNode::start(PLUGINS, &[]).await;
    let a = TestNode::start(PLUGINS, &[&b.as_peer()]).await;
    a.speaks("dialler", 1).await;
    let channel = a.channels()[0].id();
    assert_eq!(open(&a, &b).await, Ok(json!([channel, "manual"])));
    assert_eq!(close(&a).await, true);
    assert_eq!(a.channels()[0].close_reason(), None, "the connection is not the plug-in's");
    assert!(a.node().context().direct.status().is_empty());
}

#[tokio::test]
async fn what_a_plugin_asked_for_ends_with_it() {
    let a = TestNode::start(PLUGINS, &[]).await;
    let b = TestNode::start(PLUGINS, &[]).await;
    open(&a, &b).await.unwrap();
    a.node().plugins().disable("dialler").await.unwrap();
    eventually("the end", || a.channels().is_empty() && b.channels().is_empty()).await;
    a.node().plugins().enable("dialler").await.unwrap();
    eventually("the end of the wish", || a.node().context().direct.status().is_empty()).await;
    open(&a, &b).await.unwrap();
    a.stop().await;
    eventually("the end", || b.channels().is_empty()).await;
}
