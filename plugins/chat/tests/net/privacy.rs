//! Rooms that not everybody can read.

use crate::kit::{Author, Neighbour, hex, host, id_of, texts, wait};
use backplane_chat::net::messages::Announce;
use backplane_chat::room::{Room, RoomName};
use serde_json::json;

#[test]
fn a_private_room_is_read_by_those_who_have_the_passphrase_only() {
    let (member, relay) = (host(), host());
    let joined = member.call("join", json!(["#garden", "correct horse"])).unwrap();
    assert_eq!((&joined["kind"], &joined["name"]), (&json!("private"), &json!("#garden")));
    let room = Room::private(&RoomName::parse("#garden").unwrap(), "correct horse");
    assert_eq!(joined["room"], hex(&room.id));
    let message = Author::new(1, "ada").says(&room, "the secret text", 0);
    for host in [&member, &relay] {
        Neighbour::connect(host).gives(host, &[&message]);
    }
    assert_eq!(texts(&member, "#garden"), ["the secret text"]);
    assert!(relay.call("history", json!(["#garden"])).is_err());
    // The relay passes it on, and has it nowhere in a form that it could read.
    let (envelopes, _) = Neighbour::connect(&relay).fetches(&relay, &[*message.id()]);
    assert_eq!(envelopes, [message.envelope().clone()]);
    let secret = b"the secret text";
    assert!(!envelopes[0].body.windows(secret.len()).any(|window| window == secret));
}

#[test]
fn rooms_of_one_name_and_other_passphrases_are_others() {
    let host = host();
    let rooms = [json!(["#a"]), json!(["#a", "x"]), json!(["#a", "y"])];
    let ids = rooms.map(|params| host.call("join", params).unwrap()["room"].clone());
    assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2]);
    // A name means the public one.
    let sent = host.call("send", json!(["#a", "hello"])).unwrap();
    assert_eq!(host.call("message", json!([sent["id"]])).unwrap()["room"], ids[0]);
    let sent = host.call("send", json!([ids[2], "hello"])).unwrap();
    assert_eq!(host.call("message", json!([sent["id"]])).unwrap()["room"], ids[2]);
}

#[test]
fn who_is_written_to_joins_the_room_of_the_two_and_answers() {
    let host = host();
    let me = host.call("identity", json!([])).unwrap();
    let own = backplane_chat::hash::parse_hash(me["author"].as_str().unwrap()).unwrap();
    let mut ada = Author::new(1, "ada");
    let room = Room::direct(&ada.identity, &own).unwrap();
    let mut neighbour = Neighbour::connect(&host);
    neighbour.gives(&host, &[&ada.says(&room, "psst", 0)]);
    assert_eq!(texts(&host, &hex(&room.id)), ["psst"]);
    assert_eq!(texts(&host, "@ada"), ["psst"]);
    let sent = host.call("send", json!(["@ada", "yes?"])).unwrap();
    let (envelopes, _) = neighbour.fetches(&host, &[id_of(&sent)]);
    let signed = backplane_chat::room::Signed::check(envelopes[0].clone(), crate::kit::START).unwrap();
    let opened = backplane_chat::room::Opened::open(signed, &room).unwrap();
    assert_eq!(opened.body().text, "yes?");
    // Somebody else's is none of this user's.
    let mut eve = Author::new(9, "eve");
    let others = Room::direct(&eve.identity, &ada.identity.author()).unwrap();
    neighbour.gives(&host, &[&eve.says(&others, "for ada", 0)]);
    assert!(host.call("history", json!([hex(&others.id)])).is_err());
}

#[test]
fn who_is_blocked_opens_no_room_and_says_nothing() {
    let host = host();
    let me = host.call("identity", json!([])).unwrap();
    let own = backplane_chat::hash::parse_hash(me["author"].as_str().unwrap()).unwrap();
    let mut eve = Author::new(9, "eve");
    host.call("block", json!([eve.hex()])).unwrap();
    let room = Room::direct(&eve.identity, &own).unwrap();
    let mut neighbour = Neighbour::connect(&host);
    let [direct, public] = [&room, &crate::kit::lobby()].map(|room| eve.says(room, "hey", 0));
    neighbour.gives(&host, &[&direct, &public]);
    assert!(host.call("history", json!([hex(&room.id)])).is_err());
    assert_eq!(texts(&host, "#lobby"), [""; 0]);
    host.call("block", json!({ "author": eve.hex(), "on": false })).unwrap();
    assert_eq!(texts(&host, "#lobby"), ["hey"]);
    neighbour.gives(&host, &[&eve.says(&room, "again", 5)]);
    assert_eq!(texts(&host, &hex(&room.id)).last().map(String::as_str), Some("again"));
}

#[test]
fn a_receipt_passes_and_is_counted_by_the_author() {
    let host = host();
    let mut neighbour = Neighbour::connect(&host);
    let mut ada = Author::new(1, "ada");
    let hello = ada.says(&crate::kit::lobby(), "hello", 0);
    neighbour.gives(&host, &[&hello]);
    assert_eq!(neighbour.told().len(), 0);
    host.call("read", json!(["#lobby", hex(hello.id())])).unwrap();
    wait(&host, 0);
    let told = neighbour.told();
    assert_eq!(told.len(), 1);
    let (envelopes, _) = neighbour.fetches(&host, &told);
    assert_eq!(envelopes.len(), 1);

    // The other way round: ada has read an own one.
    let own = crate::kit::say(&host, "mine");
    let seen = backplane_chat::room::Draft::Seen(own);
    let seen = ada.writes(&crate::kit::lobby(), seen, &backplane_chat::room::Heads::default(), 10);
    neighbour.gives(&host, &[&seen]);
    assert_eq!(host.call("message", json!([hex(&own)])).unwrap()["seen"], 1);
    let other = Neighbour::connect(&host);
    other.peer.send(&Announce { room: crate::kit::lobby().id, ids: vec![*seen.id()] });
    host.run();
    assert_eq!(other.answers(&host), 0, "it is here while it passes");
}
