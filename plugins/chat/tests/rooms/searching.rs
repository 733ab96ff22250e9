//! Messages are found by their words, as they are shown.

use crate::kit::{NOW, Node, lobby, public, text};
use backplane_chat::room::Draft;
use backplane_chat::store::StoreError;

fn found(node: &Node, query: &str) -> Vec<String> {
    let found = node.store.search(query, None, 10, None).unwrap();
    assert!(!found.more);
    found.messages.into_iter().map(|message| message.text).collect()
}

#[test]
fn words_are_found_in_whatever_case_and_by_their_beginning() {
    let mut ada = Node::new("ada");
    for said in [
        "The quick brown fox",
        "quicksilver",
        "Ünïcode café",
        "今日は世界",
        "it's 50% off -- \"really\"",
        "C++ & c#",
    ] {
        ada.say(said);
    }
    for (query, expected) in [
        ("QUICK", vec!["quicksilver", "The quick brown fox"]),
        ("quick fox", vec!["The quick brown fox"]),
        ("fox quick", vec!["The quick brown fox"]),
        ("quick wolf", vec![]),
        ("uick", vec![]),
        ("unicode cafe", vec!["Ünïcode café"]),
        ("世界", vec!["今日は世界"]),
        ("界世", vec![]),
        ("it's", vec!["it's 50% off -- \"really\""]),
        ("50% \"really\"", vec!["it's 50% off -- \"really\""]),
        ("c++", vec!["C++ & c#", "Ünïcode café"]),
        ("NEAR(a b)", vec![]),
        ("* OR 1", vec![]),
        ("\"", vec![]),
        ("", vec![]),
    ] {
        assert_eq!(found(&ada, query), expected, "{query}");
    }
}

#[test]
fn an_edited_message_is_found_by_what_it_says_now() {
    let mut ada = Node::new("ada");
    let said = ada.say("misteak");
    let edited = ada.write(&lobby(), Draft::Edit { message: said.envelope(), text: "mistake" });
    ada.take(&edited);
    assert_eq!(found(&ada, "mistake"), ["mistake"]);
    assert_eq!(found(&ada, "misteak"), [""; 0]);
    // The other way round, too.
    let bob = Node::new("bob");
    bob.take_all([&edited, &said]);
    assert_eq!(found(&bob, "mistake"), ["mistake"]);
    assert_eq!(found(&bob, "misteak"), [""; 0]);
}

#[test]
fn a_search_is_over_all_rooms_or_one_and_goes_back_in_parts() {
    let mut ada = Node::new("ada");
    let other = public("#other");
    ada.store.join(&other, NOW).unwrap();
    let rooms = [lobby(), other.clone()];
    for number in 0..10 {
        ada.say_in(&rooms[number % 2], text(&format!("word {number}")));
    }
    let (mut before, mut all) = (None, Vec::new());
    loop {
        let part = ada.store.search("word", None, 3, before).unwrap();
        before = part.messages.last().map(|message| message.position);
        all.extend(part.messages.iter().map(|message| message.text.clone()));
        if !part.more {
            break;
        }
    }
    assert_eq!(all, (0..10).rev().map(|number| format!("word {number}")).collect::<Vec<_>>());
    let here = ada.store.search("word", Some(&other.id), 3, None).unwrap();
    assert!(here.more && here.messages.iter().all(|message| message.room == other.id));
    assert!(matches!(ada.store.search("word", Some(&[1; 32]), 3, None), Err(StoreError::NoRoom)));
}
