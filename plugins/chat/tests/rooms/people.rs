//! Who is who, and who is muted or blocked.

use crate::kit::{Node, lobby, text};
use backplane_chat::room::Draft;

#[test]
fn two_with_the_same_name_are_told_apart() {
    let (mut ada, mut eve, mut bob) = (Node::new("ada"), Node::new("eve"), Node::new("bob"));
    let zoe = Node::new("zoe");
    zoe.take_all([&ada.say("I am ada"), &bob.say("hello")]);
    assert!(zoe.shown().iter().all(|message| !message.same_name));
    eve.name = "A\u{ad}da".into();
    zoe.take(&eve.say("I am, too"));
    let same: Vec<_> = zoe.shown().into_iter().map(|message| (message.name, message.same_name)).collect();
    assert_eq!(same.len(), 3);
    for (name, same_name) in same {
        assert_eq!(same_name, name != "bob", "{name}");
    }
    let people = zoe.store.people(&lobby().id, 10).unwrap();
    let marked: Vec<_> =
        people.iter().filter(|person| person.same_name).map(|person| person.author).collect();
    assert_eq!(marked.len(), 2);
    assert!(marked.contains(&ada.author()) && marked.contains(&eve.author()));
}

#[test]
fn the_people_of_a_room_are_those_who_wrote_and_the_last_one_is_first() {
    let (mut ada, mut bob) = (Node::new("ada"), Node::new("bob"));
    let zoe = Node::new("zoe");
    let first = ada.say("one");
    ada.name = "ada lovelace".into();
    let second = ada.say("two");
    bob.clock += 1000;
    let third = bob.say("three");
    zoe.take_all([&first, &second, &third]);
    let people = zoe.store.people(&lobby().id, 10).unwrap();
    let shown: Vec<_> = people.iter().map(|person| (&*person.name, person.last, person.own)).collect();
    assert_eq!(shown, [("bob", bob.clock, false), ("ada lovelace", ada.clock, false)]);
    assert_eq!(people[1].names, ["ada lovelace", "ada"]);
    let heard = [(ada.author(), "ada lovelace".to_owned()), (bob.author(), "bob".to_owned())];
    assert_eq!(zoe.store.names(10).unwrap(), heard);
    assert_eq!(zoe.store.names(1).unwrap().len(), 1);
    zoe.store.set_blocked(&ada.author(), true).unwrap();
    assert_eq!(zoe.store.names(10).unwrap(), heard[1..]);
    zoe.store.set_blocked(&ada.author(), false).unwrap();
    assert_eq!(zoe.store.people(&lobby().id, 1).unwrap().len(), 1);
    assert_eq!(zoe.store.summary(&lobby().id).unwrap().people, 2);
    assert!(zoe.store.is_known(&ada.author()).unwrap());
    assert!(!zoe.store.is_known(&zoe.author()).unwrap());
    assert!(bob.store.people(&lobby().id, 10).unwrap()[0].own);
}

#[test]
fn of_a_blocked_author_nothing_is_shown() {
    let (mut ada, mut eve) = (Node::new("ada"), Node::new("eve"));
    let said = ada.say("hello");
    eve.take(&said);
    let nasty = eve.say("nasty");
    let reaction = eve.say_in(&lobby(), Draft::React { message: *said.id(), emoji: "👎", on: true });
    ada.take_all([&nasty, &reaction]);
    let answer = ada.say_in(&lobby(), Draft::Text { text: "no", reply: Some(*nasty.id()) });
    assert_eq!((ada.texts().len(), ada.message(&said).reactions.len()), (3, 1));
    ada.store.set_blocked(&eve.author(), true).unwrap();
    assert_eq!(ada.texts(), ["hello", "no"]);
    assert_eq!(ada.message(&said).reactions, []);
    assert!(!ada.message(&answer).reply.unwrap().known);
    assert_eq!(ada.store.message(nasty.id()).unwrap(), None);
    assert_eq!(ada.store.search("nasty", None, 10, None).unwrap().messages, []);
    assert_eq!(ada.store.unread(&lobby().id).unwrap(), 0);
    assert!(ada.store.people(&lobby().id, 10).unwrap().iter().any(|person| person.blocked));
    // It stays in the history all the same, and comes back.
    assert_eq!(ada.store.items(&lobby().id, 0).unwrap().len(), 4);
    ada.store.set_blocked(&eve.author(), false).unwrap();
    assert_eq!(ada.texts(), ["hello", "nasty", "no"]);
    assert_eq!(ada.store.unread(&lobby().id).unwrap(), 1);
}

#[test]
fn a_muted_author_causes_no_unread_marks() {
    let (ada, mut bob) = (Node::new("ada"), Node::new("bob"));
    ada.store.set_muted(&bob.author(), true).unwrap();
    let said = bob.say("hi ada");
    ada.take(&said);
    assert!(ada.message(&said).muted);
    let summary = ada.store.summary(&lobby().id).unwrap();
    assert_eq!((summary.unread, summary.mentions), (0, 0));
    ada.store.set_muted(&bob.author(), false).unwrap();
    let summary = ada.store.summary(&lobby().id).unwrap();
    assert_eq!((summary.unread, summary.mentions), (1, 1));
}

#[test]
fn what_was_decided_about_an_author_outlives_their_messages() {
    let (ada, mut eve) = (Node::new("ada"), Node::new("eve"));
    ada.take(&eve.say("nasty"));
    ada.store.set_blocked(&eve.author(), true).unwrap();
    ada.store.leave(&lobby().id).unwrap();
    ada.store.join(&lobby(), eve.clock).unwrap();
    ada.take(&eve.say_in(&lobby(), text("nasty again")));
    assert_eq!(ada.shown(), []);
}
