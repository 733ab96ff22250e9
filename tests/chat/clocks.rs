//! Clocks that are wrong by hours.

use crate::stranger::{Stranger, read};
use backplane::clock;
use backplane_chat::net::messages::{Announce, Fetch, Messages};
use backplane_chat::room::{Draft, Heads, Room, RoomName, Writer};
use backplane_chat::secret::Identity;
use backplane_plugin::Message as _;
use backplane_tests::node::TestNode;
use backplane_tests::vectors::MAGIC_SETTING;
use backplane_tests::wait::eventually_some;
use serde_json::{Value, json};

const HOUR: i64 = 3_600_000;

#[tokio::test]
async fn a_conversation_of_wrong_clocks_is_shown_in_its_order_everywhere() {
    let one = TestNode::start(&["backplane_chat"], &[MAGIC_SETTING]).await;
    let other = TestNode::start(&["backplane_chat"], &[MAGIC_SETTING, &one.as_peer()]).await;
    other.speaks("chat.room", 1).await;
    // One is seven hours fast and one five hours slow, and each answers the one before.
    let room = Room::public(&RoomName::parse("#lobby").unwrap());
    let people = [(1, 7 * HOUR), (2, -5 * HOUR), (3, 0)]
        .map(|(secret, off)| (Identity::from_secret([secret; 32]), off));
    let (mut heads, mut said) = (Heads::default(), Vec::new());
    for (number, (identity, off)) in (0..12).zip(people.iter().cycle()) {
        let writer = Writer { identity, name: "somebody", room: &room, heads: &heads };
        let now = (clock::unix_seconds() * 1000).saturating_add_signed(*off);
        let text = number.to_string();
        let message = writer.write(Draft::Text { text: &text, reply: None }, now, &mut || 0).unwrap();
        heads = Heads { previous: vec![*message.id()], depth: heads.depth + 1, floor: 0 };
        said.push(message);
    }
    // They come in another order than they were said in.
    let mut stranger = Stranger::dial(one.address()).await;
    for message in said.iter().rev() {
        stranger.say(&Announce { room: room.id, ids: vec![*message.id()] }).await;
    }
    let mut asked = 0;
    while asked < said.len() {
        let frame = stranger.hear().await.expect("clocks are nobody's fault");
        if frame.command == Fetch::NAME {
            let Fetch { ids } = read(&frame);
            asked += ids.len();
            let given = said.iter().filter(|message| ids.contains(message.id()));
            let envelopes = given.map(|message| message.envelope().clone()).collect();
            stranger.say(&Messages { envelopes, gone: Vec::new() }).await;
        }
    }
    for node in [&one, &other] {
        let history = eventually_some("the conversation", async || {
            let history = node.call("chat.history", json!(["#lobby"])).await.ok()?;
            (history["messages"].as_array()?.len() == 12).then_some(history)
        })
        .await;
        let messages = history["messages"].as_array().unwrap();
        let texts: Vec<_> = messages.iter().map(|message| message["text"].as_str().unwrap()).collect();
        assert_eq!(texts, (0..12).map(|number| number.to_string()).collect::<Vec<_>>());
        assert_eq!((&messages[0]["clock"], &messages[2]["clock"]), (&json!("ahead"), &Value::Null));
        assert!(messages.iter().all(|message| message["gap"] == Value::Bool(false)));
    }
    // What is said now comes last.
    let sent = other.call("chat.send", json!(["#lobby", "and now"])).await.unwrap();
    eventually_some("what is said now", async || {
        let history = one.call("chat.history", json!(["#lobby"])).await.ok()?;
        (history["messages"].as_array()?.last()?["id"] == sent["id"]).then_some(())
    })
    .await;
}
