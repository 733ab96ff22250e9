//! What was read, seen and sent.

use crate::kit::{Node, lobby};
use backplane_chat::room::{Draft, Opened};
use backplane_chat::store::StoreError;

fn unread(node: &Node) -> u64 {
    node.store.unread(&lobby().id).unwrap()
}

#[test]
fn unread_is_what_others_said_after_what_was_read() {
    let (mut ada, mut bob) = (Node::new("ada"), Node::new("bob"));
    let said: Vec<Opened> = (0..3).map(|number| bob.say(&number.to_string())).collect();
    ada.take_all(&said);
    ada.say("mine");
    assert_eq!(unread(&ada), 3);
    assert!(ada.store.mark_read(&lobby().id, said[1].id()).unwrap());
    assert_eq!(unread(&ada), 1);
    assert_eq!(ada.store.room(&lobby().id).unwrap().read, Some(*said[1].id()));
    // Reading goes forward only.
    assert!(!ada.store.mark_read(&lobby().id, said[0].id()).unwrap());
    assert_eq!(unread(&ada), 1);
    let deletion = bob.say_in(&lobby(), Draft::Delete { message: said[2].envelope() });
    ada.take(&deletion);
    assert_eq!(unread(&ada), 0);
    assert!(matches!(ada.store.mark_read(&lobby().id, &[1; 32]), Err(StoreError::NoMessage)));
    assert!(matches!(ada.store.mark_read(&[1; 32], said[0].id()), Err(StoreError::NoRoom)));
}

#[test]
fn a_mention_is_ones_name_or_an_answer_to_oneself() {
    let (mut ada, mut bob) = (Node::new("ada"), Node::new("bob"));
    let mine = ada.say("hello, I am ada");
    bob.take(&mine);
    let said = [
        bob.say("hello Ada!"),
        bob.say("adamant"),
        bob.say_in(&lobby(), Draft::Text { text: "yes", reply: Some(*mine.id()) }),
    ];
    ada.take_all(&said);
    let mentions: Vec<_> = ada.shown().into_iter().map(|message| message.mention).collect();
    assert_eq!(mentions, [false, true, false, true]);
    let summary = ada.store.summary(&lobby().id).unwrap();
    assert_eq!((summary.unread, summary.mentions), (3, 2));
    assert_eq!(summary.last.unwrap().text, "yes");
}

#[test]
fn seen_counts_others_up_to_the_message() {
    let (mut ada, bob, zoe) = (Node::new("ada"), Node::new("bob"), Node::new("zoe"));
    let said: Vec<Opened> = (0..3).map(|number| ada.say(&number.to_string())).collect();
    let see = |node: &Node, message: &Opened| {
        ada.store.set_seen(&lobby().id, &node.author(), message.id()).unwrap()
    };
    let ids = |messages: &[Opened]| messages.iter().rev().map(|message| *message.id()).collect::<Vec<_>>();
    assert_eq!(see(&bob, &said[1]), ids(&said[..2]));
    assert_eq!(see(&bob, &said[0]), ids(&[]));
    assert_eq!(see(&zoe, &said[0]), ids(&said[..1]));
    assert_eq!(see(&bob, &said[2]), ids(&said[2..]));
    // One's own reading is no news.
    see(&ada, &said[2]);
    let seen: Vec<_> = ada.shown().into_iter().map(|message| message.seen).collect();
    assert_eq!(seen, [2, 1, 1]);
    assert_eq!(ada.store.seen_by(said[0].id()).unwrap(), 2);
    // What is not here yet says nothing.
    assert_eq!(ada.store.set_seen(&lobby().id, &zoe.author(), &[1; 32]).unwrap(), [[0; 32]; 0]);
    assert!(matches!(ada.store.seen_by(&[1; 32]), Err(StoreError::NoMessage)));
}

#[test]
fn to_how_many_a_message_was_sent_only_grows() {
    let mut ada = Node::new("ada");
    let said = ada.say("hello");
    for (peers, shown) in [(0, 0), (2, 2), (1, 2), (5, 5)] {
        ada.store.note_sent(said.id(), peers).unwrap();
        assert_eq!(ada.message(&said).sent, shown);
    }
}
