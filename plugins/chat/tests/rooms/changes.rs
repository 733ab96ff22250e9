//! Edits, deletions, reactions, topics and answers: by whom they count, and in whatever order they come.

use crate::history::raw;
use crate::kit::{NOW, Node, lobby, public, text};
use backplane_chat::room::{Body, Draft, DraftError, Envelope, Heads, Kind, Opened, Writer};
use backplane_chat::store::{Inserted, Page, ShownKind, Store};

fn touches(inserted: &Inserted) -> &[[u8; 32]] {
    match inserted {
        Inserted::New { touches, .. } => touches,
        other => panic!("{other:?}"),
    }
}

fn edit<'a>(of: &'a Opened, text: &'a str) -> Draft<'a> {
    Draft::Edit { message: of.envelope(), text }
}

const fn delete(of: &Opened) -> Draft<'_> {
    Draft::Delete { message: of.envelope() }
}

fn react<'a>(to: &Opened, emoji: &'a str, on: bool) -> Draft<'a> {
    Draft::React { message: *to.id(), emoji, on }
}

#[test]
fn the_last_edit_is_shown_and_tells_that_it_is_one() {
    let (mut ada, bob) = (Node::new("ada"), Node::new("bob"));
    let said = ada.say("one");
    let edits = ["two", "three"].map(|words| ada.say_in(&lobby(), edit(&said, words)));
    let expected = (String::from("three"), true, 1);
    let shown = |node: &Node| {
        let message = node.message(&said);
        (message.text, message.edited, node.shown().len())
    };
    assert_eq!(shown(&ada), expected);
    // Before what they edit, and the last one first.
    assert_eq!(touches(&bob.take(&edits[1])), [[0; 32]; 0]);
    bob.take(&edits[0]);
    bob.take(&said);
    assert_eq!(shown(&bob), expected);
    let zoe = Node::new("zoe");
    zoe.take(&said);
    assert_eq!(touches(&zoe.take(&edits[1])), [*said.id()]);
    zoe.take(&edits[0]);
    assert_eq!(shown(&zoe), expected);
}

#[test]
fn a_deletion_takes_the_words_out_of_every_view() {
    let (mut ada, mut bob) = (Node::new("ada"), Node::new("bob"));
    let said = ada.say("secret");
    let edited = ada.say_in(&lobby(), edit(&said, "secrets"));
    bob.take_all([&said, &edited]);
    let answer = bob.say_in(&lobby(), Draft::Text { text: "what?", reply: Some(*said.id()) });
    bob.say_in(&lobby(), react(&said, "👀", true));
    let deletion = ada.say_in(&lobby(), delete(&said));
    assert_eq!(touches(&bob.take(&deletion)), [*said.id()]);
    let shown = bob.message(&said);
    assert!(shown.deleted && !shown.edited && shown.text.is_empty() && shown.reactions.is_empty());
    let reply = bob.message(&answer).reply.unwrap();
    assert_eq!((reply.known, &*reply.text), (true, ""));
    assert_eq!(bob.store.search("secret", None, 10, None).unwrap().messages, []);
    // The envelope stays, so that histories agree.
    assert_eq!(bob.store.envelopes(&[*said.id()]).unwrap(), [said.envelope().clone()]);
    // A later edit brings nothing back.
    let late = ada.say_in(&lobby(), edit(&said, "again"));
    bob.take(&late);
    assert!(bob.message(&said).deleted);
    assert_eq!(bob.store.search("again", None, 10, None).unwrap().messages, []);
}

#[test]
fn nobody_edits_or_deletes_what_another_said() {
    let (mut ada, mut eve) = (Node::new("ada"), Node::new("eve"));
    let said = ada.say("mine");
    eve.take(&said);
    for draft in [edit(&said, "hers"), delete(&said)] {
        let heads = Heads::default();
        let writer = Writer { identity: &eve.identity, name: "eve", room: &lobby(), heads: &heads };
        assert_eq!(writer.write(draft, NOW, &mut || 1), Err(DraftError::NotYours));
    }
    // A program that does not ask: with the digest, and with the id.
    for kind in [Kind::Edit, Kind::Delete] {
        for reference in [said.envelope().digest(), *said.id()] {
            let words = if kind == Kind::Edit { "hers" } else { "" };
            let body = Body {
                kind: kind.number(),
                name: "ada".into(),
                text: words.into(),
                reference: Some(reference),
            };
            let forged = raw::of_body(&mut eve, &body, |_| {});
            assert_eq!(touches(&ada.take(&forged)), [[0; 32]; 0]);
        }
    }
    let shown = ada.message(&said);
    assert_eq!((&*shown.text, shown.edited, shown.deleted), ("mine", false, false));
    assert_eq!(ada.texts(), ["mine"]);
}

#[test]
fn what_was_said_in_another_room_is_not_changed_from_this_one() {
    let mut ada = Node::new("ada");
    let other = public("#other");
    ada.store.join(&other, NOW).unwrap();
    let said = ada.say("here");
    let heads = Heads::default();
    let writer = Writer { identity: &ada.identity, name: "ada", room: &other, heads: &heads };
    assert_eq!(writer.write(delete(&said), NOW, &mut || 1), Err(DraftError::NotYours));
    let elsewhere = ada.say_in(&other, react(&said, "👍", true));
    let answer = ada.say_in(&other, Draft::Text { text: "?", reply: Some(*said.id()) });
    let forged =
        Body { kind: 2, name: String::new(), text: String::new(), reference: Some(said.envelope().digest()) };
    let forged = raw::signed(&mut ada, &forged, |envelope: &mut Envelope| envelope.room = other.id);
    assert_eq!(
        touches(&ada.store.insert(&Opened::open(forged, &other).unwrap(), NOW).unwrap()),
        [[0; 32]; 0]
    );
    let shown = ada.message(&said);
    assert!(!shown.deleted && shown.reactions.is_empty());
    assert!(!ada.message(&answer).reply.unwrap().known);
    // And no reaction over there outdoes one here.
    ada.store.insert(&elsewhere, NOW).unwrap();
    let (before, after) = (react(&said, "👍", true), react(&said, "👍", false));
    ada.say_in(&lobby(), before);
    ada.say_in(&other, after);
    assert_eq!(ada.message(&said).reactions[0].count, 1);
}

#[test]
fn anyone_reacts_once_with_each_emoji_and_takes_it_back() {
    let (mut ada, mut bob) = (Node::new("ada"), Node::new("bob"));
    let said = ada.say("news");
    bob.take(&said);
    let mut given = Vec::new();
    for (emoji, on) in [("👍", true), ("👍", true), ("🎉", true), ("👍", false), ("👍", true)] {
        given.push(bob.say_in(&lobby(), react(&said, emoji, on)));
    }
    given.push(bob.say_in(&lobby(), react(&said, "🎉", false)));
    given.reverse();
    assert_eq!(touches(&ada.take(&given[0])), [*said.id()]);
    ada.take_all(&given);
    ada.say_in(&lobby(), react(&said, "👍", true));
    let reactions = ada.message(&said).reactions;
    assert_eq!(reactions.len(), 1);
    assert_eq!((&*reactions[0].emoji, reactions[0].count, reactions[0].own), ("👍", 2, true));
    assert_eq!(reactions[0].names, ["bob", "ada"]);
    assert_eq!(reactions[0].authors, [bob.author(), ada.author()]);
    assert!(!bob.message(&said).reactions.is_empty());
    assert_eq!(ada.texts(), ["news"]);
}

#[test]
fn reactions_wait_for_their_message() {
    let (mut ada, mut bob, zoe) = (Node::new("ada"), Node::new("bob"), Node::new("zoe"));
    let said = ada.say("news");
    bob.take(&said);
    let reaction = bob.say_in(&lobby(), react(&said, "👍", true));
    assert_eq!(touches(&zoe.take(&reaction)), [[0; 32]; 0]);
    zoe.take(&said);
    assert_eq!(zoe.message(&said).reactions[0].count, 1);
}

#[test]
fn an_answer_shows_what_it_answers_once_it_is_here() {
    let (mut ada, mut bob, zoe) = (Node::new("ada"), Node::new("bob"), Node::new("zoe"));
    let said = ada.say(&"long ".repeat(100));
    bob.take(&said);
    let answer = bob.say_in(&lobby(), Draft::Text { text: "short", reply: Some(*said.id()) });
    zoe.take(&answer);
    let reply = zoe.message(&answer).reply.unwrap();
    assert_eq!((reply.id, reply.known, &*reply.text), (*said.id(), false, ""));
    assert_eq!(touches(&zoe.take(&said)), [*answer.id()]);
    let reply = zoe.message(&answer).reply.unwrap();
    assert_eq!((reply.known, &*reply.name, reply.text.chars().count()), (true, "ada", 200));
    let edited = ada.say_in(&lobby(), edit(&said, "brief"));
    zoe.take(&edited);
    assert_eq!(zoe.message(&answer).reply.unwrap().text, "brief");
}

#[test]
fn the_last_topic_is_that_of_the_room() {
    let (mut ada, mut bob) = (Node::new("ada"), Node::new("bob"));
    let topic = |store: &Store| store.room(&lobby().id).unwrap().topic;
    let first = ada.say_in(&lobby(), Draft::Topic("one"));
    bob.take(&first);
    let second = bob.say_in(&lobby(), Draft::Topic("two"));
    let zoe = Node::new("zoe");
    zoe.take_all([&second, &first]);
    assert_eq!(topic(&zoe.store), "two");
    let shown = zoe.shown();
    assert!(shown.iter().all(|message| message.kind == ShownKind::Topic));
    zoe.store.set_blocked(&bob.author(), true).unwrap();
    assert_eq!(topic(&zoe.store), "one");
    zoe.store.set_blocked(&bob.author(), false).unwrap();
    let deletion = bob.say_in(&lobby(), delete(&second));
    zoe.take(&deletion);
    assert_eq!(topic(&zoe.store), "one");
    let none = ada.say_in(&lobby(), Draft::Topic(""));
    zoe.take(&none);
    assert_eq!(topic(&zoe.store), "");
}

#[test]
fn a_topic_is_set_anew_and_not_edited() {
    let (mut ada, bob) = (Node::new("ada"), Node::new("bob"));
    let topic = ada.say_in(&lobby(), Draft::Topic("one"));
    let edited = ada.say_in(&lobby(), edit(&topic, "two"));
    bob.take_all([&topic, &edited]);
    assert_eq!(bob.store.room(&lobby().id).unwrap().topic, "one");
    assert_eq!(bob.texts(), ["one"]);
}

#[test]
fn kinds_of_a_later_version_are_kept_and_not_shown() {
    let (mut ada, bob) = (Node::new("ada"), Node::new("bob"));
    let body = Body { kind: 77, name: "ada".into(), text: "what is this".into(), reference: None };
    let strange = raw::of_body(&mut ada, &body, |_| {});
    assert!(matches!(bob.take(&strange), Inserted::New { .. }));
    assert_eq!(bob.shown(), []);
    assert_eq!(bob.store.envelopes(&[*strange.id()]).unwrap(), [strange.envelope().clone()]);
    assert_eq!(bob.message(&strange).kind, ShownKind::Other);
    assert_eq!(bob.store.unread(&lobby().id).unwrap(), 0);
    assert_eq!(bob.store.search("strange what", None, 5, None).unwrap().messages, []);
    // The next message refers to it like to any other.
    assert_eq!(bob.store.heads(&lobby().id).unwrap().previous, [*strange.id()]);
}

#[test]
fn what_was_seen_passes() {
    let (mut ada, bob) = (Node::new("ada"), Node::new("bob"));
    let said = ada.say("hello");
    let seen = ada.write(&lobby(), Draft::Seen(*said.id()));
    assert_eq!(bob.take(&seen), Inserted::Passing);
    assert!(!bob.store.has(seen.id()).unwrap());
}

#[test]
fn a_message_comes_once() {
    let (mut ada, bob) = (Node::new("ada"), Node::new("bob"));
    let said = ada.say("hello");
    assert!(matches!(bob.take(&said), Inserted::New { .. }));
    assert_eq!(bob.take(&said), Inserted::Known);
    let all = bob.store.insert_all(&[said.clone(), said.clone()], NOW).unwrap();
    assert_eq!(all, [Inserted::Known, Inserted::Known]);
    assert_eq!(bob.texts(), ["hello"]);
    let elsewhere = Node::alone("zoe");
    assert_eq!(elsewhere.store.insert(&said, NOW).unwrap(), Inserted::NoRoom);
}

#[test]
fn many_messages_are_inserted_as_if_they_came_one_by_one() {
    let mut ada = Node::new("ada");
    let mut all = vec![ada.say("one"), ada.say("two")];
    all.push(ada.say_in(&lobby(), edit(&all[0], "uno")));
    all.push(ada.say_in(&lobby(), delete(&all[1])));
    all.push(ada.say_in(&lobby(), react(&all[0], "👍", true)));
    all.push(ada.say_in(&lobby(), text("three")));
    let (once, one_by_one) = (Node::new("bob"), Node::new("bob"));
    let inserted = once.store.insert_all(&all, NOW).unwrap();
    let separately: Vec<_> =
        all.iter().map(|message| one_by_one.store.insert(message, NOW).unwrap()).collect();
    assert_eq!(inserted, separately);
    let page = |node: &Node| node.store.history(&lobby().id, Page::Latest, 50).unwrap();
    assert_eq!(page(&once), page(&one_by_one));
    assert_eq!(
        once.store.room(&lobby().id).unwrap().bytes,
        one_by_one.store.room(&lobby().id).unwrap().bytes
    );
}
