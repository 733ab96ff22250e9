//! Pages of a history, and its order.

use crate::kit::{NOW, Node, lobby, public, text};
use backplane_chat::room::{Draft, Room, RoomKind, RoomName};
use backplane_chat::secret::Identity;
use backplane_chat::store::{Clock, History, Page, ShownKind, StoreError};

fn texts(history: &History) -> Vec<&str> {
    history.messages.iter().map(|message| &*message.text).collect()
}

#[test]
fn pages_follow_one_another_both_ways() {
    let mut ada = Node::new("ada");
    let said: Vec<_> = (0..10).map(|number| ada.say(&number.to_string())).collect();
    let page = |page| ada.store.history(&lobby().id, page, 4).unwrap();
    let latest = page(Page::Latest);
    assert_eq!((texts(&latest), latest.older, latest.newer), (vec!["6", "7", "8", "9"], true, false));
    let before = page(Page::Before(latest.messages[0].position));
    assert_eq!((texts(&before), before.older, before.newer), (vec!["2", "3", "4", "5"], true, true));
    let first = page(Page::Before(before.messages[0].position));
    assert_eq!((texts(&first), first.older, first.newer), (vec!["0", "1"], false, true));
    let after = page(Page::After(before.messages[3].position));
    assert_eq!((texts(&after), after.older, after.newer), (vec!["6", "7", "8", "9"], true, false));
    let after = page(Page::After(first.messages[0].position));
    assert_eq!((texts(&after), after.older, after.newer), (vec!["1", "2", "3", "4"], true, true));
    let end = page(Page::After(latest.messages[3].position));
    assert_eq!((texts(&end), end.older, end.newer), (vec![], true, false));
    let around = page(Page::Around(*said[5].id()));
    assert_eq!((texts(&around), around.older, around.newer), (vec!["3", "4", "5", "6"], true, true));
    let around = page(Page::Around(*said[9].id()));
    assert_eq!((texts(&around), around.older, around.newer), (vec!["6", "7", "8", "9"], true, false));
    let around = page(Page::Around(*said[0].id()));
    assert_eq!((texts(&around), around.older, around.newer), (vec!["0", "1"], false, true));
}

#[test]
fn a_page_begins_or_ends_at_a_time() {
    let (mut ada, mut bob) = (Node::new("ada"), Node::new("bob"));
    (0..5).for_each(|number| drop(ada.say(&number.to_string())));
    let page = |page| ada.store.history(&lobby().id, page, 2).unwrap();
    let before = page(Page::BeforeTime(NOW + 4));
    assert_eq!((texts(&before), before.older, before.newer), (vec!["1", "2"], true, true));
    let after = page(Page::AfterTime(NOW + 3));
    assert_eq!((texts(&after), after.older, after.newer), (vec!["3", "4"], true, false));
    let all = page(Page::BeforeTime(NOW + 2));
    assert_eq!((texts(&all), all.older, all.newer), (vec!["0"], false, true));
    assert_eq!(texts(&page(Page::AfterTime(NOW + 5))), [""; 0]);
    // What a clock that is ahead wrote was written when it came, at the latest.
    bob.clock += 60_000;
    let message = bob.say("ahead");
    ada.take(&message);
    assert_eq!(texts(&ada.store.history(&lobby().id, Page::BeforeTime(NOW + 6), 9).unwrap()).len(), 6);
}

#[test]
fn an_empty_room_has_an_empty_page() {
    let ada = Node::new("ada");
    assert_eq!(ada.store.history(&lobby().id, Page::Latest, 50).unwrap(), History::default());
}

#[test]
fn what_is_not_there_is_refused_by_name() {
    let mut ada = Node::new("ada");
    let elsewhere = public("#elsewhere");
    assert!(matches!(ada.store.history(&elsewhere.id, Page::Latest, 1), Err(StoreError::NoRoom)));
    assert!(matches!(ada.store.history(&lobby().id, Page::Around([1; 32]), 1), Err(StoreError::NoMessage)));
    ada.store.join(&elsewhere, NOW).unwrap();
    let message = ada.say_in(&elsewhere, text("hi"));
    assert!(matches!(
        ada.store.history(&lobby().id, Page::Around(*message.id()), 1),
        Err(StoreError::NoMessage)
    ));
    assert_eq!(ada.store.message(&[1; 32]).unwrap(), None);
}

#[test]
fn a_clock_that_is_wrong_by_hours_reorders_nothing() {
    let hours = 5 * 60 * 60 * 1000;
    let (mut ada, mut bob, mut eve) = (Node::new("ada"), Node::new("bob"), Node::new("eve"));
    bob.clock += hours;
    eve.clock -= hours;
    let nodes = [&mut ada, &mut eve, &mut bob];
    let mut said = Vec::new();
    for turn in 0..9 {
        let speaker = turn % 3;
        nodes[speaker].store.insert_all(&said, NOW).unwrap();
        let message = nodes[speaker].say(&turn.to_string());
        said.push(message);
    }
    let listener = Node::new("zoe");
    said.reverse();
    listener.take_all(&said);
    assert_eq!(listener.texts(), ["0", "1", "2", "3", "4", "5", "6", "7", "8"]);
    let clocks: Vec<_> = listener.shown().into_iter().map(|message| message.clock).collect();
    assert_eq!((clocks[0], clocks[2], clocks[3]), (None, Some(Clock::Ahead), None));
    // She knew messages of a later time than hers, and only those who have them can tell.
    assert_eq!(ada.message(&said[7]).clock, Some(Clock::Behind));
    assert_eq!(clocks[1], None);
}

#[test]
fn messages_that_did_not_know_of_each_other_are_in_the_order_of_their_clocks() {
    let (mut ada, mut bob) = (Node::new("ada"), Node::new("bob"));
    bob.clock += 5;
    let later = bob.say("later");
    let sooner = ada.say("sooner");
    ada.take(&later);
    bob.take(&sooner);
    assert_eq!(ada.texts(), ["sooner", "later"]);
    assert_eq!(bob.texts(), ["sooner", "later"]);
}

#[test]
fn a_message_that_came_is_shown_without_what_acts() {
    let (mut ada, bob) = (Node::new("ada"), Node::new("bob"));
    // A program that refuses nothing when it sends.
    let sent = raw::message(&mut ada, "e\u{202e}vil\n", "\u{1b}[2Jhello\r\n<b>there</b>");
    bob.take(&sent);
    let shown = &bob.shown()[0];
    assert_eq!((&*shown.name, &*shown.text), ("evil", "␛[2Jhello\n<b>there</b>"));
}

#[test]
fn a_line_of_dchat_is_a_message_without_an_author() {
    let ada = Node::new("ada");
    assert!(matches!(ada.store.line("lost", false, NOW), Err(StoreError::NoRoom)));
    let room = Room::dchat();
    ada.store.join(&room, NOW).unwrap();
    for (line, own) in [("one", false), ("two", true), ("two", true), ("th\u{7}ree", false)] {
        ada.store.line(line, own, NOW).unwrap();
    }
    let shown = ada.shown_in(&room);
    let seen: Vec<_> = shown.iter().map(|line| (&*line.text, line.own)).collect();
    assert_eq!(seen, [("one", false), ("two", true), ("two", true), ("th␇ree", false)]);
    assert!(shown.iter().all(|line| line.author.is_none() && line.kind == ShownKind::Dchat && !line.gap));
    assert_eq!(ada.store.unread(&room.id).unwrap(), 4 - 2);
    assert_eq!(ada.store.items(&room.id, 0).unwrap(), []);
    assert_eq!(ada.store.envelopes(&[shown[0].id]).unwrap(), []);
}

#[test]
fn rooms_are_what_they_were_when_the_store_is_opened_again() {
    let ada = Node::new("ada");
    let bob = Identity::from_secret([9; 32]);
    let name = RoomName::parse("#garden").unwrap();
    let rooms =
        [Room::private(&name, "sesame"), Room::direct(&ada.identity, &bob.author()).unwrap(), Room::dchat()];
    for room in &rooms {
        assert!(ada.store.join(room, NOW).unwrap());
        assert!(!ada.store.join(room, NOW).unwrap());
    }
    ada.store.set_setting("name", "ada").unwrap();
    let Node { store, dir, .. } = ada;
    drop(store);
    let (store, aside) = backplane_chat::store::Store::open(dir.path(), NOW).unwrap();
    assert_eq!(aside, None);
    assert_eq!(store.setting("name").unwrap().as_deref(), Some("ada"));
    assert_eq!(store.setting("other").unwrap(), None);
    let again = store.rooms().unwrap();
    assert_eq!(again.len(), 4);
    for (room, row) in rooms.iter().zip(&again[1..]) {
        let key = |room: &Room| room.key.as_ref().map(|key| *key.bytes());
        assert_eq!((row.room.id, row.room.kind, &row.room.name), (room.id, room.kind, &room.name));
        assert_eq!((key(&row.room), row.room.pair), (key(room), room.pair));
    }
    assert_eq!(again[2].room.kind, RoomKind::Direct);
    assert_eq!(again[2].room.peer(), Some(bob.author()));
}

#[test]
fn nothing_is_kept_of_a_room_that_was_left() {
    let (mut ada, mut bob) = (Node::new("ada"), Node::new("bob"));
    let other = public("#other");
    ada.store.join(&other, NOW).unwrap();
    let kept = ada.say_in(&other, text("kept in another"));
    let said = bob.say("hello");
    ada.take(&said);
    ada.say_in(&lobby(), Draft::React { message: *said.id(), emoji: "👍", on: true });
    ada.store.set_seen(&lobby().id, &bob.author(), said.id()).unwrap();
    assert!(ada.store.leave(&lobby().id).unwrap());
    assert!(!ada.store.leave(&lobby().id).unwrap());
    assert!(!ada.store.has(said.id()).unwrap());
    assert!(!ada.store.is_known(&bob.author()).unwrap());
    assert_eq!(ada.store.authors().unwrap(), [ada.author()]);
    assert_eq!(ada.store.search("hello", None, 10, None).unwrap().messages, []);
    assert_eq!(ada.message(&kept).text, "kept in another");
    ada.store.join(&lobby(), NOW).unwrap();
    assert_eq!(ada.shown(), []);
    ada.take(&said);
    assert_eq!(ada.shown()[0].reactions, []);
}

pub(crate) mod raw {
    //! Messages that our own node would not write.

    use crate::kit::{Node, lobby};
    use backplane_chat::room::{Body, Envelope, Opened, Signed};
    use backplane_plugin::wire;
    use ed25519_dalek::{Signer, SigningKey};

    pub(crate) fn message(author: &mut Node, name: &str, text: &str) -> Opened {
        let body = Body { kind: 0, name: name.into(), text: text.into(), reference: None };
        of_body(author, &body, |_| {})
    }

    /// With this body, and with a header that is changed before it is signed.
    pub(crate) fn of_body(author: &mut Node, body: &Body, change: impl FnOnce(&mut Envelope)) -> Opened {
        let room = lobby();
        Opened::open(signed(author, body, change), &room).unwrap()
    }

    pub(crate) fn signed(author: &mut Node, body: &Body, change: impl FnOnce(&mut Envelope)) -> Signed {
        author.clock += 1;
        let heads = author.store.heads(&lobby().id).unwrap();
        let mut envelope = Envelope {
            room: lobby().id,
            author: author.author(),
            time: author.clock,
            depth: heads.depth + 1,
            previous: heads.previous,
            body: wire::to_bytes(body).unwrap(),
            signature: [0; 64],
        };
        change(&mut envelope);
        sign(author, &mut envelope);
        Signed::check(envelope, author.clock).unwrap()
    }

    pub(crate) fn sign(author: &Node, envelope: &mut Envelope) {
        let text = author.identity.export();
        let mut secret = [0; 32];
        hex::decode_to_slice(text.rsplit(':').next().unwrap(), &mut secret).unwrap();
        let message = [&b"backplane chat.room 1"[..], &envelope.id()].concat();
        envelope.signature = SigningKey::from_bytes(&secret).sign(&message).to_bytes();
    }
}
