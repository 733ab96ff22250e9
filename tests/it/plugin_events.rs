//! What programs are told of plug-ins that have something to tell.

use backplane_tests::configured::Configured;
use backplane_tests::node::Dirs;
use backplane_tests::rpc::RpcLines;
use serde_json::{Value, json};

const FRONT: &[&str] = &["backplane_front", "backplane_echo"];
const SUBSCRIBE: &str = "events.subscribe";

/// Another client of the program, subscribed to these names.
async fn subscriber(node: &Configured, names: Value) -> RpcLines {
    let mut rpc = RpcLines::connect(&node.address).await;
    rpc.send(SUBSCRIBE, names).await;
    assert_eq!(rpc.notified(SUBSCRIBE).await, json!({"event": "subscribed"}));
    rpc
}

#[tokio::test]
async fn events_reach_those_who_subscribed_and_no_others() {
    let mut node = Configured::start(Dirs::with(FRONT), "").await;
    // Nobody watches: it is well, and gone.
    assert_eq!(node.rpc.call("front.tell", json!(["before", 0])).await, Ok(json!(true)));
    let mut all = subscriber(&node, json!([])).await;
    let mut front = subscriber(&node, json!(["front"])).await;
    let mut one = subscriber(&node, json!(["front.b"])).await;
    let mut other = subscriber(&node, json!(["echo"])).await;
    for (event, data) in [("a", json!({"text": "line\nbreak"})), ("b", json!(null)), ("b.c", json!([1]))] {
        assert_eq!(node.rpc.call("front.tell", json!([event, data])).await, Ok(json!(true)));
    }
    let told = |event: &str, data: Value| json!({"event": format!("front.{event}"), "data": data});
    for rpc in [&mut all, &mut front] {
        assert_eq!(rpc.notified(SUBSCRIBE).await, told("a", json!({"text": "line\nbreak"})));
        assert_eq!(rpc.notified(SUBSCRIBE).await, told("b", json!(null)));
        assert_eq!(rpc.notified(SUBSCRIBE).await, told("b.c", json!([1])));
    }
    assert_eq!(one.notified(SUBSCRIBE).await, told("b", json!(null)));
    assert_eq!(one.notified(SUBSCRIBE).await, told("b.c", json!([1])));
    // Nothing has come for the one that waits for echo: the next thing it reads is this reply.
    assert_eq!(other.call("ping", json!([])).await, Ok(json!("pong")));
    assert!(other.notifications().is_empty());

    // What cannot be told is the plug-in's to know.
    for (event, data) in [("No", json!(1)), ("large", json!("x".repeat(256 * 1024)))] {
        let refused = node.rpc.call("front.tell", json!([event, data])).await.unwrap_err();
        assert!(refused.to_string().contains(event), "{refused}");
    }
    let refused = node.rpc.call(SUBSCRIBE, json!(["chat.message"])).await.unwrap_err();
    assert_eq!(refused["data"], json!("no plug-in of this node tells \"chat.message\""));
    let plugins = node.rpc.call("plugin.list", json!([])).await.unwrap();
    let front = plugins.as_array().unwrap().iter().find(|plugin| plugin["name"] == "front").unwrap();
    assert_eq!(front["usage"]["events"], json!(3));
}

#[tokio::test]
async fn a_client_that_does_not_read_is_told_how_much_it_has_lost_and_holds_up_nobody() {
    const COUNT: usize = 4000;
    let mut node = Configured::start(Dirs::with(FRONT), "").await;
    let mut slow = subscriber(&node, json!(["front"])).await;
    // It answers although nobody reads what it tells.
    assert_eq!(node.rpc.call("front.flood", json!([COUNT, 8192])).await, Ok(json!(true)));
    let (mut read, mut lost) = (0, 0);
    while read + lost < COUNT {
        let told = slow.notified(SUBSCRIBE).await;
        if told["event"] == "lost" {
            lost += usize::try_from(told["count"].as_u64().unwrap()).unwrap();
        } else {
            // What was lost is told in its place.
            assert_eq!(told["data"]["number"], json!(read + lost));
            read += 1;
        }
    }
    assert!(lost > 0 && read > 0, "{read} were read and {lost} were lost");
    assert_eq!(slow.call("ping", json!([])).await, Ok(json!("pong")));
}
