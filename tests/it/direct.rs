//! Connections that a plug-in asks for.

use backplane::address::Address;
use backplane::events::{Event, EventSubscription};
use backplane::hosts::Colour;
use backplane_tests::node::TestNode;
use backplane_tests::wait::{eventually, eventually_some, within};
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

/// The next event of a direct connection, by its name, with what it tells but the reason of an end.
async fn next(events: &mut EventSubscription) -> (&'static str, Address, Option<u32>) {
    loop {
        let event = within("an event", events.next()).await.expect("the node runs");
        match &*event {
            Event::DirectConnecting { connect_addr } => return ("connecting", connect_addr.clone(), None),
            Event::DirectConnected { connect_addr, addr, channel_id } => {
                assert_eq!(connect_addr, addr);
                return ("connected", connect_addr.clone(), Some(*channel_id));
            }
            Event::DirectDisconnected { connect_addr, err } => {
                assert!(!err.is_empty());
                return ("disconnected", connect_addr.clone(), None);
            }
            _ => {}
        }
    }
}

#[tokio::test]
async fn each_wish_is_told_from_the_dial_to_the_end() {
    let a = TestNode::start(PLUGINS, &[]).await;
    let two = "network.inbound=[\"tcp://127.0.0.1:0\",\"tcp://127.0.0.1:0\"]";
    let b = TestNode::start(PLUGINS, &[two]).await;
    let [first, second] = [0, 1].map(|number| b.node().inbound()[number].clone());
    let mut events = a.node().context().events.subscribe();
    a.node().context().events.switch(true);

    open(&a, &b).await.unwrap();
    let channel = a.channels()[0].id();
    assert_eq!(next(&mut events).await, ("connecting", first.clone(), None));
    assert_eq!(next(&mut events).await, ("connected", first.clone(), Some(channel)));

    // Another address of the same node leads to the channel that is there, and the one that found it out has ended.
    a.call("dialler.open", json!([second])).await.unwrap();
    assert_eq!(next(&mut events).await, ("connecting", second.clone(), None));
    assert_eq!(next(&mut events).await, ("disconnected", second, None));
    assert_eq!(a.channels().len(), 1);

    assert_eq!(close(&a).await, true);
    assert_eq!(close(&a).await, true);
    assert_eq!(next(&mut events).await, ("disconnected", first.clone(), None));

    b.stop().await;
    eventually("the end of the wishes", || a.node().context().direct.status().is_empty()).await;
    a.call("dialler.open", json!([first])).await.unwrap_err();
    assert_eq!(next(&mut events).await, ("connecting", first.clone(), None));
    assert_eq!(next(&mut events).await, ("disconnected", first, None));
}
