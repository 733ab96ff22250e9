//! What is missing, and when it is no longer.

use crate::kit::{NOW, Node, lobby, public, text};
use backplane_chat::room::Opened;
use backplane_chat::store::Inserted;

fn missing(node: &Node) -> Vec<[u8; 32]> {
    node.store.missing(&lobby().id, 100).unwrap()
}

fn said(count: usize) -> (Node, Vec<Opened>) {
    let mut ada = Node::new("ada");
    let said = (0..count).map(|number| ada.say(&number.to_string())).collect();
    (ada, said)
}

#[test]
fn a_gap_is_before_the_message_that_knew_more_and_closes() {
    let (_, said) = said(4);
    let bob = Node::new("bob");
    assert_eq!(bob.take(&said[0]), Inserted::New { gap: false, touches: vec![] });
    assert_eq!(bob.take(&said[3]), Inserted::New { gap: true, touches: vec![] });
    assert_eq!(missing(&bob), [*said[2].id()]);
    let gaps = |node: &Node| node.shown().iter().map(|message| message.gap).collect::<Vec<_>>();
    assert_eq!(gaps(&bob), [false, true]);
    assert_eq!(bob.store.summary(&lobby().id).unwrap().missing, 1);
    assert_eq!(bob.take(&said[2]), Inserted::New { gap: true, touches: vec![*said[3].id()] });
    assert_eq!((missing(&bob), gaps(&bob)), (vec![*said[1].id()], vec![false, true, false]));
    assert_eq!(bob.take(&said[1]), Inserted::New { gap: false, touches: vec![*said[2].id()] });
    assert_eq!((missing(&bob), gaps(&bob)), (vec![], vec![false; 4]));
}

#[test]
fn a_gap_with_two_ways_closes_when_both_have_come() {
    let (mut ada, mut bob) = (Node::new("ada"), Node::new("bob"));
    let (first, second) = (ada.say("one"), bob.say("two"));
    ada.take(&second);
    let third = ada.say("three");
    assert_eq!(third.envelope().previous.len(), 2);
    let zoe = Node::new("zoe");
    zoe.take(&third);
    assert_eq!(missing(&zoe).len(), 2);
    assert_eq!(zoe.take(&first), Inserted::New { gap: false, touches: vec![] });
    assert!(zoe.message(&third).gap);
    assert_eq!(zoe.take(&second), Inserted::New { gap: false, touches: vec![*third.id()] });
    assert!(!zoe.message(&third).gap);
}

#[test]
fn what_is_below_the_floor_is_no_gap() {
    let (_, said) = said(2);
    let bob = Node::new("bob");
    bob.take(&said[1]);
    let floor = said[1].envelope().time;
    bob.store.retain(&lobby().id, 1, 0, floor + 24 * 60 * 60 * 1000).unwrap();
    assert_eq!(missing(&bob), [*said[0].id()]);
    assert_eq!(bob.take(&said[0]), Inserted::BelowFloor { touches: vec![*said[1].id()] });
    assert_eq!(missing(&bob), [[0; 32]; 0]);
    assert!(!bob.message(&said[1]).gap);
}

#[test]
fn the_next_message_refers_to_the_last_ones_that_none_refers_to() {
    let (mut ada, said) = said(3);
    let heads = ada.store.heads(&lobby().id).unwrap();
    assert_eq!((heads.previous, heads.depth), (vec![*said[2].id()], 3));
    // Six others who knew nothing of one another: the four deepest and latest.
    let mut others: Vec<_> = (0..6_u64)
        .map(|number| {
            let mut node = Node::new(&format!("node {number}"));
            node.clock = NOW + 100 * number;
            node.take_all(&said);
            node.say("hi")
        })
        .collect();
    ada.take_all(&others);
    let heads = ada.store.heads(&lobby().id).unwrap();
    others.sort_by_key(|message| std::cmp::Reverse(message.position()));
    let expected: Vec<_> = others[..4].iter().map(|message| *message.id()).collect();
    assert_eq!((heads.previous, heads.depth), (expected, 4));
    let next = ada.say("all of you");
    assert_eq!(next.envelope().depth, 5);
    let heads = ada.store.heads(&lobby().id).unwrap();
    assert_eq!(heads.previous[0], *next.id());
    assert_eq!(heads.previous.len(), 3);
}

#[test]
fn a_message_that_comes_after_those_that_refer_to_it_is_no_head() {
    let (_, said) = said(2);
    let bob = Node::new("bob");
    bob.take_all([&said[1], &said[0]]);
    assert_eq!(bob.store.heads(&lobby().id).unwrap().previous, [*said[1].id()]);
}

#[test]
fn a_reference_into_another_room_is_neither_a_gap_nor_a_head_less() {
    let mut ada = Node::new("ada");
    let other = public("#other");
    ada.store.join(&other, NOW).unwrap();
    let there = ada.say_in(&other, text("there"));
    let body =
        backplane_chat::room::Body { kind: 0, name: "ada".into(), text: "here".into(), reference: None };
    let here =
        crate::history::raw::of_body(&mut ada, &body, |envelope| envelope.previous = vec![*there.id()]);
    assert!(matches!(ada.take(&here), Inserted::New { gap: false, .. }));
    assert_eq!(ada.store.heads(&other.id).unwrap().previous, [*there.id()]);
}
