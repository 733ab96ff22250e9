//! Announced, fetched once, passed on, and never back where it came from.

use crate::kit::{Author, Neighbour, host, host_with, id_of, lobby, public, say, texts, wait};
use backplane_chat::hash::Hash;
use backplane_chat::net::messages::{Announce, Fetch, Messages, Rooms};
use serde_json::json;

const NOTHING: [Hash; 0] = [];

#[test]
fn a_neighbour_is_told_the_rooms_at_once_and_whenever_they_change() {
    let host = host();
    let neighbour = Neighbour::connect(&host);
    let rooms = || neighbour.peer.take_sent::<Rooms>().pop().map(|rooms| rooms.rooms);
    assert_eq!(rooms(), Some(vec![lobby().id]));
    host.call("join", json!(["#garden"])).unwrap();
    let mut both = vec![lobby().id, public("#garden").id];
    both.sort_unstable();
    assert_eq!(rooms(), Some(both));
    host.call("leave", json!(["#lobby"])).unwrap();
    assert_eq!(rooms(), Some(vec![public("#garden").id]));
    assert_eq!(rooms(), None);
}

#[test]
fn a_message_is_fetched_from_one_of_those_who_announce_it_and_told_to_the_others() {
    let host = host();
    let [mut one, mut two, three] = [(); 3].map(|()| Neighbour::connect(&host));
    let message = Author::new(1, "ada").says(&lobby(), "hello", 0);
    one.announces(&host, &[&message]);
    two.announces(&host, &[&message]);
    assert_eq!((one.answers(&host), two.answers(&host)), (1, 0));
    assert_eq!(texts(&host, "#lobby"), ["hello"]);
    assert_eq!([&one, &two, &three].map(Neighbour::told), [vec![], vec![], vec![*message.id()]]);
    // Nobody asks for what is here, however often it is announced.
    three.peer.send(&Announce { room: lobby().id, ids: vec![*message.id(); 3] });
    host.run();
    assert_eq!(three.peer.take_sent::<Fetch>(), []);
}

#[test]
fn a_neighbour_gets_what_it_asks_for_and_hears_what_is_gone() {
    let host = host();
    let neighbour = Neighbour::connect(&host);
    let id = say(&host, "hello");
    assert_eq!(neighbour.told(), [id]);
    let (envelopes, gone) = neighbour.fetches(&host, &[[7; 32], id]);
    assert_eq!(envelopes.iter().map(|envelope| envelope.id()).collect::<Vec<_>>(), [id]);
    assert_eq!(gone, [[7; 32]]);
}

#[test]
fn a_neighbour_that_does_not_answer_is_replaced_by_another_one_that_has_it() {
    let host = host();
    let [mut silent, mut other] = [(); 2].map(|()| Neighbour::connect(&host));
    let message = Author::new(1, "ada").says(&lobby(), "hello", 0);
    silent.announces(&host, &[&message]);
    other.announces(&host, &[&message]);
    wait(&host, 19);
    assert_eq!(other.answers(&host), 0);
    wait(&host, 2);
    assert_eq!(other.answers(&host), 1);
    assert_eq!(texts(&host, "#lobby"), ["hello"]);
    // It may be late; that is no fault.
    assert_eq!(silent.answers(&host), 1);
    assert_eq!((silent.misbehaved(), texts(&host, "#lobby")), (None, vec!["hello".to_owned()]));
}

#[test]
fn what_a_neighbour_takes_along_or_has_lost_is_asked_of_the_next() {
    let host = host();
    let [mut one, mut two, mut three] = [(); 3].map(|()| Neighbour::connect(&host));
    let message = Author::new(1, "ada").says(&lobby(), "hello", 0);
    for neighbour in [&mut one, &mut two, &mut three] {
        neighbour.announces(&host, &[&message]);
    }
    one.peer.close();
    host.run();
    two.has.clear();
    assert_eq!(two.answers(&host), 1);
    assert_eq!(three.answers(&host), 1);
    assert_eq!(texts(&host, "#lobby"), ["hello"]);
}

#[test]
fn rooms_that_are_not_joined_are_passed_on_and_told_to_those_who_come_later() {
    let host = host();
    let [mut one, two] = [(); 2].map(|()| Neighbour::connect(&host));
    let message = Author::new(1, "ada").says(&public("#elsewhere"), "hello", 0);
    one.gives(&host, &[&message]);
    assert_eq!(two.told(), [*message.id()]);
    let later = Neighbour::connect(&host);
    assert_eq!(later.told(), [*message.id()]);
    let (envelopes, _) = later.fetches(&host, &[*message.id()]);
    assert_eq!(envelopes, [message.envelope().clone()]);
    assert!(host.call("history", json!(["#elsewhere"])).is_err());
    // What has passed is there when the room is joined.
    host.call("join", json!(["#elsewhere"])).unwrap();
    assert_eq!(texts(&host, "#elsewhere"), ["hello"]);
}

#[test]
fn a_node_that_does_not_relay_passes_nothing_on() {
    let host = host_with(json!({ "relay": false }));
    let [mut one, two] = [(); 2].map(|()| Neighbour::connect(&host));
    let message = Author::new(1, "ada").says(&public("#elsewhere"), "hello", 0);
    one.gives(&host, &[&message]);
    assert_eq!((two.told(), one.misbehaved()), (vec![], None));
    assert_eq!(two.fetches(&host, &[*message.id()]), (vec![], vec![*message.id()]));
}

#[test]
fn own_messages_are_pending_until_neighbours_have_them() {
    let host = host();
    let id = say(&host, "hello");
    let state = || {
        let message = host.call("message", json!([hex(&id)])).unwrap();
        (message["state"].clone(), message["sent"].clone())
    };
    assert_eq!(state(), (json!("pending"), json!(0)));
    let [one, two, three] = [(); 3].map(|()| Neighbour::connect(&host));
    say(&host, "again");
    assert_eq!(state(), (json!("pending"), json!(0)), "the first one was said before they came");
    one.fetches(&host, &[id]);
    assert_eq!(state(), (json!("sent"), json!(1)));
    one.fetches(&host, &[id]);
    assert_eq!(state(), (json!("sent"), json!(1)), "it is the same neighbour");
    two.fetches(&host, &[id]);
    // Who announces it has it.
    three.peer.send(&Announce { room: lobby().id, ids: vec![id] });
    host.run();
    assert_eq!(state(), (json!("sent"), json!(3)));
}

#[test]
fn a_message_that_is_not_valid_or_was_not_asked_for_is_misbehaviour() {
    let mut ada = Author::new(1, "ada");
    let good = ada.says(&lobby(), "hello", 0);
    type Change = fn(&mut backplane_chat::room::Envelope);
    let changes: [(Change, &str); 4] = [
        (|envelope| envelope.time += 1, "not asked for"),
        (|envelope| envelope.body.push(0), "not asked for"),
        (|envelope| envelope.author = [9; 32], "not asked for"),
        (|envelope| envelope.signature[0] ^= 1, "not valid"),
    ];
    for (change, why) in changes {
        let host = host();
        let mut neighbour = Neighbour::connect(&host);
        neighbour.announces(&host, &[&good]);
        change(neighbour.has.get_mut(good.id()).unwrap());
        neighbour.answers(&host);
        assert!(neighbour.misbehaved().is_some_and(|what| what.contains(why)), "{why}");
        assert_eq!(texts(&host, "#lobby"), [""; 0]);
    }
    let host = host();
    let unasked = Neighbour::connect(&host);
    unasked.peer.send(&Messages { envelopes: vec![good.envelope().clone()], gone: Vec::new() });
    host.run();
    assert!(unasked.misbehaved().is_some());
}

#[test]
fn what_does_not_keep_to_the_bounds_is_misbehaviour() {
    let cases: [fn(&Neighbour); 6] = [
        |neighbour| neighbour.peer.send(&Announce { room: [1; 32], ids: vec![[2; 32]; 1001] }),
        |neighbour| neighbour.peer.send(&Fetch { ids: vec![[2; 32]; 257] }),
        |neighbour| neighbour.peer.send(&Rooms { rooms: vec![[1; 32]; 257], floors: vec![0; 257] }),
        |neighbour| neighbour.peer.send(&Rooms { rooms: vec![[1; 32]; 2], floors: vec![0] }),
        |neighbour| neighbour.peer.send(&Messages { envelopes: Vec::new(), gone: vec![[1; 32]] }),
        |neighbour| {
            // It asks on and on, and takes no answer.
            neighbour.peer.stall();
            (0..200).for_each(|_| neighbour.peer.send(&Fetch { ids: vec![[2; 32]; 256] }));
        },
    ];
    for (number, case) in cases.into_iter().enumerate() {
        let host = host();
        let neighbour = Neighbour::connect(&host);
        case(&neighbour);
        host.run();
        assert!(neighbour.misbehaved().is_some(), "case {number}");
    }
}

#[test]
fn bodies_that_only_members_could_check_are_refused_without_blame() {
    let host = host();
    let [mut one, two] = [(); 2].map(|()| Neighbour::connect(&host));
    // Signed and whole, but sealed as nobody in the room would: a neighbour that only relays cannot know.
    let private =
        backplane_chat::room::Room { key: Some(backplane_chat::secret::Key::new([5; 32])), ..lobby() };
    let message = Author::new(1, "ada").says(&private, "hello", 0);
    one.gives(&host, &[&message]);
    assert_eq!((one.misbehaved(), two.told()), (None, vec![]));
    assert_eq!(texts(&host, "#lobby"), [""; 0]);
    // It is not asked for again.
    one.announces(&host, &[&message]);
    assert_eq!(one.answers(&host), 0);
}

#[test]
fn a_room_that_is_left_is_neither_kept_nor_asked_for() {
    let host = host();
    let mut neighbour = Neighbour::connect(&host);
    let mut ada = Author::new(1, "ada");
    let [first, second] = ["one", "two"].map(|text| ada.says(&lobby(), text, 0));
    neighbour.gives(&host, &[&first]);
    neighbour.announces(&host, &[&second]);
    host.call("leave", json!(["#lobby"])).unwrap();
    neighbour.answers(&host);
    assert_eq!(host.call("history", json!(["#lobby"])).unwrap_err().code, 1);
    host.call("join", json!(["#lobby"])).unwrap();
    assert!(!texts(&host, "#lobby").contains(&"one".to_owned()));
}

#[test]
fn a_line_and_a_message_keep_apart() {
    let host = host();
    let neighbour = Neighbour::connect(&host);
    assert_eq!(host.call("send", json!(["a line"])), Ok(json!(true)));
    let sent = host.call("send", json!(["#dchat", "another"])).unwrap();
    assert_eq!(texts(&host, "#dchat"), ["a line", "another"]);
    assert_eq!(neighbour.peer.sent::<backplane_chat::DchatMsg>().len(), 2);
    assert_eq!(neighbour.told(), NOTHING);
    assert_eq!(host.call("edit", json!([sent["id"], "else"])).unwrap_err().code, 4);
    assert_ne!(id_of(&sent), [0; 32]);
}

fn hex(hash: &Hash) -> String {
    crate::kit::hex(hash)
}
