//! What network tools see of a running node.

use backplane_tests::configured::Configured;
use backplane_tests::node::{Dirs, TestNode};
use backplane_tests::rpc::RpcLines;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;

const CHAT: &[&str] = &["backplane_chat"];
const EVENTS: &str = "dnet.subscribe_events";

/// The keys of an event with those of the tables in it: its shape.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(entries) => entries.iter().map(|(key, value)| (key.clone(), shape(value))).collect(),
        Value::String(_) => "text".into(),
        Value::Number(_) => "number".into(),
        other => other.clone(),
    }
}

/// The shapes of the recorded events, by name.
fn recorded() -> BTreeMap<String, Value> {
    let transcript: Value = serde_json::from_str(include_str!("../vectors/transcript_rpc.json")).unwrap();
    let of = |part: &str| transcript[part].as_array().unwrap().clone();
    let lines = [of("event_examples"), of("event_stream_A"), of("event_stream_B")].concat();
    let events = lines.iter().filter_map(|entry| serde_json::from_str::<Value>(entry["line"].as_str()?).ok());
    let events = events.filter(|line| line["method"] == json!(EVENTS)).map(|line| line["params"][0].clone());
    events.map(|event| (event["event"].as_str().unwrap().to_owned(), shape(&event))).collect()
}

/// The next event of this name; all before it have the shape of a recorded one as well.
async fn next(rpc: &mut RpcLines, shapes: &BTreeMap<String, Value>, name: &str) -> Value {
    loop {
        let event = rpc.notified(EVENTS).await;
        let found = event["event"].as_str().unwrap().to_owned();
        assert_eq!(Some(&shape(&event)), shapes.get(&found), "{event}");
        if found == name {
            return event["info"].clone();
        }
    }
}

#[tokio::test]
async fn the_events_of_a_conversation_are_told_in_the_recorded_shapes() {
    let shapes = recorded();
    let target = TestNode::start(CHAT, &[]).await;
    let dirs = Dirs::with(CHAT);
    fs::write(dirs.data.path().join("hosts.tsv"), format!("white\t{}\t5\n", target.address())).unwrap();
    let outbound = |count: u16| {
        format!("network.outbound_connections = {count}\nnetwork.inbound = ['tcp://127.0.0.1:0']\n")
    };
    let mut node = Configured::start(dirs, &outbound(0)).await;
    assert_eq!(node.rpc.call("dnet.switch", json!([true])).await, Ok(json!(true)));
    node.rpc.send(EVENTS, json!([])).await;
    for params in [json!(["yes"]), json!([]), json!([true, true]), json!({})] {
        assert_eq!(node.rpc.call("dnet.switch", params).await.unwrap_err()["code"], json!(-32602));
    }
    assert_eq!(node.rpc.call(EVENTS, json!([1])).await.unwrap_err()["code"], json!(-32602));

    // The connection that carries the notifications still serves requests.
    node.reload(&outbound(1)).await.unwrap();
    let rpc = &mut node.rpc;
    let addr = json!(target.address());
    let connecting = next(rpc, &shapes, "outbound_slot_connecting").await;
    assert_eq!(connecting, json!({"slot": 0, "addr": addr}));
    let sent = next(rpc, &shapes, "send").await;
    assert_eq!((&sent["cmd"], &sent["chan"]["addr"]), (&json!("version"), &addr));
    let received = next(rpc, &shapes, "recv").await;
    assert_eq!(received["chan"], sent["chan"]);
    let connected = next(rpc, &shapes, "outbound_slot_connected").await;
    let info = rpc.call("p2p.get_info", json!([])).await.unwrap();
    let id = &info["outbound_slots"][0];
    assert_eq!(connected, json!({"slot": 0, "addr": addr, "channel_id": id}));
    assert_eq!(sent["chan"]["id"], *id);
    let slot = &info["sessions"]["outbound"]["slots"][0];
    assert_eq!(*slot, json!({"state": "connected", "url": addr, "channel": id}));
    let channel = &info["channels"][0];
    for counter in ["since", "bytes_in", "messages_in", "bytes_out", "messages_out"] {
        assert!(channel[counter].as_u64().unwrap() > 0, "{counter} of {channel}");
    }

    // A line of chat is told like everything else, whichever way it goes.
    assert_eq!(target.say("hello").await, 1);
    while next(rpc, &shapes, "recv").await["cmd"] != json!("DchatMsg") {}
    assert_eq!(rpc.call("send", json!(["hello back"])).await, Ok(json!(true)));
    while next(rpc, &shapes, "send").await["cmd"] != json!("DchatMsg") {}

    let listener = format!("network.peers={}", info["inbound"][0].as_str().unwrap());
    let guest = TestNode::start(CHAT, &[&listener]).await;
    let arrived = next(rpc, &shapes, "inbound_connected").await;
    let info = rpc.call("p2p.get_info", json!([])).await.unwrap();
    assert_eq!(info["sessions"]["inbound"]["places"]["open"], json!(1));
    guest.stop().await;
    assert_eq!(next(rpc, &shapes, "inbound_disconnected").await, arrived);

    target.stop().await;
    let ended = next(rpc, &shapes, "outbound_slot_disconnected").await;
    assert_eq!((&ended["slot"], ended["err"].as_str().unwrap().is_empty()), (&json!(0), false));
}
