//! What is old or too much goes, and the floor rises.

use crate::history::raw;
use crate::kit::{NOW, Node, lobby};
use backplane_chat::room::{Body, Draft, Kind};
use backplane_chat::store::Inserted;

const DAY: u64 = 24 * 60 * 60 * 1000;

fn floor(node: &Node) -> u64 {
    node.store.room(&lobby().id).unwrap().floor
}

#[test]
fn what_is_older_than_the_days_goes_and_does_not_come_back() {
    let mut ada = Node::new("ada");
    let mut said = Vec::new();
    for day in 0..5 {
        ada.clock = NOW + day * DAY;
        said.push(ada.say(&format!("day {day}")));
    }
    assert_eq!(ada.store.retain(&lobby().id, 2, 0, ada.clock).unwrap(), 2);
    assert_eq!(ada.texts(), ["day 2", "day 3", "day 4"]);
    assert_eq!(floor(&ada), ada.clock - 2 * DAY);
    assert_eq!(ada.take(&said[0]), Inserted::BelowFloor { touches: vec![] });
    assert_eq!(ada.store.search("day", None, 10, None).unwrap().messages.len(), 3);
    assert_eq!(ada.store.items(&lobby().id, 0).unwrap().len(), 3);
    // What was here and went is no gap.
    assert!(ada.shown().iter().all(|message| !message.gap));
    assert_eq!(ada.store.missing(&lobby().id, 10).unwrap(), [[0; 32]; 0]);
    // The floor never sinks, whatever the clock says.
    assert_eq!(ada.store.retain(&lobby().id, 2, 0, NOW).unwrap(), 0);
    assert_eq!(floor(&ada), NOW + 2 * DAY + 1);
}

#[test]
fn without_bounds_all_is_kept() {
    let mut ada = Node::new("ada");
    ada.say("old");
    assert_eq!(ada.store.retain(&lobby().id, 0, 0, NOW + 10_000 * DAY).unwrap(), 0);
    assert_eq!((ada.texts().len(), floor(&ada)), (1, 0));
}

#[test]
fn of_too_much_the_oldest_goes_with_some_room_to_spare() {
    let mut ada = Node::new("ada");
    for number in 0..100 {
        ada.say(&format!("{number} {}", "x".repeat(1000)));
    }
    let bytes = |node: &Node| node.store.room(&lobby().id).unwrap().bytes;
    let one = bytes(&ada) / 100;
    assert_eq!(ada.store.retain(&lobby().id, 0, bytes(&ada), ada.clock).unwrap(), 0);
    let removed = ada.store.retain(&lobby().id, 0, 50 * one, ada.clock).unwrap();
    assert!((50..60).contains(&removed), "{removed}");
    assert!(bytes(&ada) <= 50 * one - 50 * one / 16, "{}", bytes(&ada));
    let left = ada.texts();
    assert_eq!(left.len(), 100 - removed);
    assert!(left[0].starts_with(&format!("{removed} ")));
    assert_eq!(floor(&ada), ada.shown()[0].position.time - 1 + 1);
    // All of it may go.
    assert_eq!(ada.store.retain(&lobby().id, 0, 1, ada.clock + 1).unwrap(), 100 - removed);
    assert_eq!((ada.texts().len(), bytes(&ada)), (0, 0));
    // And the room goes on, deeper than before.
    assert_eq!(ada.say("next").envelope().depth, 101);
}

#[test]
fn the_floor_stays_below_the_clock_and_what_is_ahead_goes_from_the_other_end() {
    let (ada, mut eve) = (Node::new("ada"), Node::new("eve"));
    for minute in 1..=10 {
        eve.clock = NOW + minute * 60_000;
        ada.take(&eve.say(&format!("minute {minute}")));
    }
    let bytes = ada.store.room(&lobby().id).unwrap().bytes;
    ada.store.retain(&lobby().id, 0, bytes / 2, NOW).unwrap();
    assert!(floor(&ada) <= NOW);
    let left = ada.texts();
    assert_eq!((left.len(), &*left[0]), (4, "minute 1"));
    assert!(ada.store.room(&lobby().id).unwrap().bytes <= bytes / 2);
}

#[test]
fn what_edits_or_deletes_stays_as_long_as_what_it_is_about() {
    let mut ada = Node::new("ada");
    let said = ada.say("wrong");
    let other = ada.say("other");
    // The clock is set back before the author deletes.
    ada.clock = NOW - 10 * DAY;
    let deletion = ada.say_in(&lobby(), Draft::Delete { message: said.envelope() });
    let edit = ada.say_in(&lobby(), Draft::Edit { message: other.envelope(), text: "better" });
    assert_eq!(deletion.envelope().time, said.envelope().time);
    assert_eq!(edit.envelope().time, other.envelope().time);
    ada.store.retain(&lobby().id, 1, 0, said.envelope().time + DAY).unwrap();
    assert!(ada.message(&said).deleted);
    assert_eq!(ada.message(&other).text, "better");
}

#[test]
fn what_is_shown_follows_from_what_is_left() {
    // A program whose author's clock is set back before it edits and reacts.
    let (mut ada, mut eve) = (Node::new("ada"), Node::new("eve"));
    let said = eve.say("words");
    ada.take(&said);
    let reference = Some(said.envelope().digest());
    let edit = Body { kind: Kind::Edit.number(), name: String::new(), text: "others".into(), reference };
    let react = |kind: Kind| Body {
        kind: kind.number(),
        name: String::new(),
        text: "👍".into(),
        reference: Some(*said.id()),
    };
    let early = raw::of_body(&mut eve, &edit, |envelope| (envelope.time, envelope.depth) = (NOW - 9, 5));
    let given = raw::of_body(&mut eve, &react(Kind::React), |envelope| envelope.depth = 6);
    let taken = raw::of_body(&mut eve, &react(Kind::Unreact), |envelope| {
        (envelope.time, envelope.depth) = (NOW - 8, 7)
    });
    ada.take_all([&early, &given, &taken]);
    assert_eq!((ada.message(&said).text, ada.message(&said).reactions.len()), ("others".into(), 0));
    assert_eq!(ada.store.retain(&lobby().id, 1, 0, NOW + DAY).unwrap(), 2);
    let shown = ada.message(&said);
    assert_eq!((&*shown.text, shown.edited, shown.reactions.len()), ("words", false, 1));
    assert_eq!(ada.store.search("words", None, 9, None).unwrap().messages.len(), 1);
    assert_eq!(ada.store.retain(&lobby().id, 1, 0, NOW + 2 * DAY).unwrap(), 2);
    ada.say("next");
    assert_eq!(ada.texts(), ["next"]);
}

#[test]
fn a_topic_outlives_the_message_that_set_it() {
    let (ada, mut bob) = (Node::new("ada"), Node::new("bob"));
    ada.take(&bob.say_in(&lobby(), Draft::Topic("gardens")));
    ada.store.retain(&lobby().id, 1, 0, NOW + 5 * DAY).unwrap();
    assert_eq!(ada.shown(), []);
    let topic = || ada.store.room(&lobby().id).unwrap().topic;
    assert_eq!(topic(), "gardens");
    ada.store.set_blocked(&bob.author(), true).unwrap();
    assert_eq!(topic(), "");
}

#[test]
fn authors_of_whom_nothing_is_left_are_forgotten() {
    let (ada, mut bob, mut eve) = (Node::new("ada"), Node::new("bob"), Node::new("eve"));
    ada.take_all([&bob.say("hello"), &eve.say("hello")]);
    ada.store.set_muted(&eve.author(), true).unwrap();
    ada.store.retain(&lobby().id, 1, 0, NOW + 5 * DAY).unwrap();
    assert_eq!(ada.store.people(&lobby().id, 10).unwrap(), []);
    assert_eq!(ada.store.authors().unwrap(), [ada.author(), eve.author()]);
}

#[test]
fn a_flood_is_held_in_a_bounded_database() {
    let (ada, mut eve) = (Node::new("ada"), Node::new("eve"));
    const BOUND: u64 = 2 * 1024 * 1024;
    let mut largest = 0;
    for round in 0..12 {
        eve.clock = NOW + round * 1000;
        let flood: Vec<_> = (0..150).map(|number| eve.say(&format!("{number}").repeat(1000))).collect();
        ada.store.insert_all(&flood, eve.clock).unwrap();
        ada.store.retain(&lobby().id, 0, BOUND, eve.clock).unwrap();
        largest = largest.max(std::fs::metadata(ada.dir.path().join("chat.db")).unwrap().len());
    }
    assert!(ada.store.room(&lobby().id).unwrap().bytes <= BOUND);
    assert!(largest < 3 * BOUND, "{largest}");
}
