//! Somebody floods a room with signed junk.

use crate::stranger::{Stranger, read};
use backplane::clock;
use backplane_chat::hash::Hash;
use backplane_chat::net::messages::{Announce, Fetch, Messages};
use backplane_chat::room::{Draft, Envelope, Heads, Room, RoomName, Writer};
use backplane_chat::secret::Identity;
use backplane_plugin::Message as _;
use backplane_tests::node::TestNode;
use backplane_tests::vectors::MAGIC_SETTING;
use backplane_tests::wait::eventually_some;
use serde_json::json;
use std::collections::HashMap;
use std::fs;

const JUNK: usize = 100_000;
/// As many authors as it takes for none of them to say too much.
const AUTHORS: usize = 2000;

/// Somebody, by a number.
fn author(number: usize) -> Identity {
    let mut secret = [7; 32];
    secret[..8].copy_from_slice(&number.to_le_bytes());
    Identity::from_secret(secret)
}

/// Signed messages by these authors in turn, in order and by id.
fn junk(room: &Room, name: &str, authors: &[Identity], count: usize) -> (Vec<Hash>, HashMap<Hash, Envelope>) {
    let (now, heads) = (clock::unix_seconds() * 1000, Heads::default());
    let (mut ids, mut all) = (Vec::new(), HashMap::new());
    for (number, identity) in (0..count).zip(authors.iter().cycle()) {
        let writer = Writer { identity, name, room, heads: &heads };
        let text = format!("junk {number} {}", "x".repeat(200));
        let time = now - u64::try_from(number).unwrap() % 1_000_000;
        let message = writer.write(Draft::Text { text: &text, reply: None }, time, &mut || 0).unwrap();
        ids.push(*message.id());
        all.insert(*message.id(), message.envelope().clone());
    }
    (ids, all)
}

/// Floods a node as fast as it lets: how many messages it asked for before it closed the connection.
async fn flood(mut stranger: Stranger, room: &Room, ids: &[Hash], all: &HashMap<Hash, Envelope>) -> usize {
    let mut asked = 0;
    let mut chunks = ids.chunks(1000);
    let mut goes_on = true;
    while goes_on {
        if let Some(ids) = chunks.next() {
            goes_on = stranger.say(&Announce { room: room.id, ids: ids.to_vec() }).await;
        }
        // Each fetch is answered in full; and when there is nothing more to announce, the end is waited for.
        let Some(frame) = stranger.hear().await else { break };
        if frame.command == Fetch::NAME {
            let Fetch { ids } = read(&frame);
            asked += ids.len();
            let envelopes = ids.iter().filter_map(|id| all.get(id).cloned()).collect();
            goes_on = stranger.say(&Messages { envelopes, gone: Vec::new() }).await;
        }
    }
    asked
}

/// Says something at one node, and waits until the other has it.
async fn carries(from: &TestNode, to: &TestNode, text: &str) {
    let sent = from.call("chat.send", json!(["#lobby", text])).await.unwrap();
    eventually_some(text, async || to.call("chat.message", json!([sent["id"]])).await.ok()).await;
}

#[tokio::test]
async fn a_flood_of_signed_junk_costs_the_flooder_its_connection_and_others_bounded_disk() {
    let sets = [MAGIC_SETTING, "plugin.chat.config.room_bytes=4000000"];
    let victim = TestNode::start(&["backplane_chat"], &sets).await;
    let as_peer = victim.as_peer();
    let peers = [&sets[..], &[&as_peer]].concat();
    let one = TestNode::start(&["backplane_chat"], &peers).await;
    let other = TestNode::start(&["backplane_chat"], &peers).await;
    victim.speaks("chat.room", 2).await;
    carries(&one, &other, "before").await;

    let room = Room::public(&RoomName::parse("#lobby").unwrap());
    let authors: Vec<_> = (0..AUTHORS).map(author).collect();
    let (ids, all) = junk(&room, "junk", &authors, JUNK);
    let stranger = Stranger::dial(victim.address()).await;
    let flooding = flood(stranger, &room, &ids, &all);
    let talking = async {
        for number in 0..20 {
            carries(&one, &other, &format!("meanwhile {number}")).await;
        }
    };
    let (asked, ()) = tokio::join!(flooding, talking);
    // Its connection is gone, after little of the flood.
    assert!(asked <= 3000, "{asked} were asked for");
    carries(&other, &one, "afterwards").await;
    for node in [&victim, &one, &other] {
        assert_eq!(node.plugin("chat").state, "running");
        let folder = node.dirs().settings(&[]).plugin_data_dir("chat");
        let sizes = fs::read_dir(folder).unwrap().map(|file| file.unwrap().metadata().unwrap().len());
        let bytes: u64 = sizes.sum();
        assert!(bytes < 16 * 1024 * 1024, "{bytes} bytes are kept");
    }
    for node in [&one, &other] {
        node.speaks("chat.room", 1).await;
    }
}

#[tokio::test]
async fn an_author_who_floods_is_heard_a_little_and_others_as_before() {
    let victim = TestNode::start(&["backplane_chat"], &[MAGIC_SETTING]).await;
    let other = TestNode::start(&["backplane_chat"], &[MAGIC_SETTING, &victim.as_peer()]).await;
    victim.speaks("chat.room", 1).await;
    let room = Room::public(&RoomName::parse("#lobby").unwrap());
    let (mut ids, mut all) = junk(&room, "loud", &[author(0)], 300);
    let (quiet, more) = junk(&room, "quiet", &[author(1)], 50);
    ids.extend(quiet);
    all.extend(more);
    let mut stranger = Stranger::dial(victim.address()).await;
    assert!(stranger.say(&Announce { room: room.id, ids: ids.clone() }).await);
    let mut given = 0;
    while given < ids.len() {
        let frame = stranger.hear().await.expect("an author's fault is not the peer's");
        if frame.command == Fetch::NAME {
            let Fetch { ids } = read(&frame);
            given += ids.len();
            let envelopes = ids.iter().filter_map(|id| all.get(id).cloned()).collect();
            assert!(stranger.say(&Messages { envelopes, gone: Vec::new() }).await);
        }
    }
    carries(&victim, &other, "all the same").await;
    let people = eventually_some("both authors", async || {
        let people = other.call("chat.people", json!(["#lobby"])).await.ok()?;
        (people.as_array()?.len() >= 3).then_some(people)
    })
    .await;
    assert_eq!(people.as_array().unwrap().len(), 3);
    // What was said last may have come before the rest of what was said earlier.
    let [quiet, loud] = eventually_some("who says little, in full", async || {
        let history = other.call("chat.history", json!({ "room": "#lobby", "limit": 200 })).await.ok()?;
        let messages = history["messages"].as_array()?;
        let counts =
            ["quiet", "loud"].map(|name| messages.iter().filter(|message| message["name"] == name).count());
        (counts[0] >= 50).then_some(counts)
    })
    .await;
    assert!(loud <= 75, "{loud} of the loud one");
    assert_eq!(quiet, 50, "who says little is heard in full");
}
