//! Messages that somebody changed on their way, or that say more than they may, are refused.

use crate::history::raw;
use crate::kit::{NOW, Node, lobby, public, text};
use backplane_chat::room::{Body, Envelope, Kind, Opened, Refusal, Room, RoomName, Signed, limits};
use backplane_chat::secret::Identity;
use backplane_plugin::wire;

fn rooms(ada: &Node) -> [Room; 3] {
    let bob = Identity::from_secret([77; 32]);
    [
        lobby(),
        Room::private(&RoomName::parse("#garden").unwrap(), "sesame"),
        Room::direct(&ada.identity, &bob.author()).unwrap(),
    ]
}

#[test]
fn a_message_that_was_changed_in_any_byte_is_refused() {
    let mut ada = Node::new("ada");
    for room in rooms(&ada) {
        ada.store.join(&room, NOW).unwrap();
        ada.say_in(&room, text("first"));
        let said = ada.say_in(&room, text("hello"));
        let bytes = wire::to_bytes(said.envelope()).unwrap();
        assert_eq!(bytes.len(), said.envelope().wire_bytes());
        for place in 0..bytes.len() {
            for bit in [0x01, 0x80] {
                let mut changed = bytes.clone();
                changed[place] ^= bit;
                // A length that was changed does not decode.
                let Ok(envelope) = wire::from_bytes::<Envelope>(&changed) else { continue };
                let refused = Signed::check(envelope, NOW);
                assert!(refused.is_err(), "byte {place} of a message in {}", room.name);
            }
        }
        assert_eq!(Signed::check(said.envelope().clone(), NOW).unwrap().id(), said.id());
    }
}

#[test]
fn another_author_cannot_be_put_on_a_message() {
    let (mut ada, eve) = (Node::new("ada"), Node::new("eve"));
    let mut envelope = ada.say("mine").envelope().clone();
    envelope.author = eve.author();
    assert_eq!(Signed::check(envelope.clone(), NOW), Err(Refusal::Signature));
    // With a signature of her own it is another message.
    let id = ada.shown()[0].id;
    raw::sign(&eve, &mut envelope);
    assert_ne!(*Signed::check(envelope, NOW).unwrap().id(), id);
}

#[test]
fn a_weak_key_signs_nothing() {
    let mut ada = Node::new("ada");
    for first in [0, 1] {
        let mut envelope = ada.say("x").envelope().clone();
        envelope.author = [0; 32];
        envelope.author[0] = first;
        // R of order 1 and s = 0: it verifies for anything, where weak keys are allowed.
        envelope.signature = [0; 64];
        envelope.signature[0] = 1;
        assert_eq!(Signed::check(envelope, NOW), Err(Refusal::Signature));
    }
}

#[test]
fn a_header_is_held_to_its_limits() {
    let mut ada = Node::new("ada");
    let body = Body { kind: 0, name: "ada".into(), text: "x".into(), reference: None };
    let mut check = |change: fn(&mut Envelope)| {
        let mut envelope = raw::signed(&mut ada, &body, |_| {}).envelope().clone();
        change(&mut envelope);
        raw::sign(&ada, &mut envelope);
        Signed::check(envelope, NOW).map(drop)
    };
    assert_eq!(check(|envelope| envelope.previous = vec![[1; 32]; 4]), Ok(()));
    assert_eq!(check(|envelope| envelope.previous = vec![[1; 32]; 5]), Err(Refusal::Previous(5)));
    assert_eq!(check(|envelope| envelope.depth = limits::DEPTH), Ok(()));
    assert_eq!(check(|envelope| envelope.depth = limits::DEPTH + 1), Err(Refusal::Depth(limits::DEPTH + 1)));
    assert_eq!(check(|envelope| envelope.depth = 0), Err(Refusal::Depth(0)));
    assert_eq!(check(|envelope| envelope.body = vec![0; limits::BODY_BYTES]), Ok(()));
    assert_eq!(check(|envelope| envelope.body = vec![0; limits::BODY_BYTES + 1]), Err(Refusal::Body(10_241)));
    assert_eq!(check(|envelope| envelope.time = NOW + limits::AHEAD_MS), Ok(()));
    assert_eq!(
        check(|envelope| envelope.time = NOW + limits::AHEAD_MS + 5),
        Err(Refusal::Ahead(limits::AHEAD_MS + 5))
    );
    assert_eq!(check(|envelope| envelope.time = u64::MAX), Err(Refusal::Ahead(u64::MAX - NOW)));
    assert_eq!(check(|envelope| envelope.time = 0), Ok(()));
}

#[test]
fn a_sealed_body_is_read_in_its_room_only() {
    let mut ada = Node::new("ada");
    let eve = Identity::from_secret([78; 32]);
    let [_, garden, direct] = rooms(&ada);
    ada.store.join(&garden, NOW).unwrap();
    let said = ada.say_in(&garden, text("the secret of the garden")).signed().clone();
    let sealed = &said.envelope().body;
    assert!(!sealed.windows(6).any(|window| window == b"secret"));
    assert_eq!(Opened::open(said.clone(), &garden).unwrap().body().text, "the secret of the garden");
    assert_eq!(Opened::open(said.clone(), &public("#garden")), Err(Refusal::Room));
    // A room of the same id with another key, and with none.
    let (mut wrong, mut none) = (garden.clone(), garden.clone());
    (wrong.key, none.key) = (direct.key.clone(), None);
    for room in [wrong, none] {
        assert_eq!(Opened::open(said.clone(), &room), Err(Refusal::Unreadable));
    }
    // One of the two cannot bring along a third.
    let mut stranger = Node::new("eve");
    stranger.identity = eve;
    let mut third = Room { pair: Some((stranger.author(), ada.author())), ..direct.clone() };
    stranger.store.join(&third, NOW).unwrap();
    let said = stranger.say_in(&third, text("hello"));
    third.pair = direct.pair;
    assert_eq!(Opened::open(said.signed().clone(), &third), Err(Refusal::Stranger));
}

#[test]
fn a_sealed_body_is_bound_to_its_header() {
    let mut ada = Node::new("ada");
    let [_, garden, _] = rooms(&ada);
    ada.store.join(&garden, NOW).unwrap();
    let said = ada.say_in(&garden, text("hello"));
    // Somebody who cannot read it puts it under a name and a time of their own.
    let eve = Node::new("eve");
    let mut stolen = said.envelope().clone();
    stolen.author = eve.author();
    raw::sign(&eve, &mut stolen);
    assert_eq!(Opened::open(Signed::check(stolen, NOW).unwrap(), &garden), Err(Refusal::Unreadable));
}

#[test]
fn a_body_that_is_none_or_says_too_much_is_refused() {
    let mut ada = Node::new("ada");
    let mut open = |kind: u8, name: &str, text: &str, reference: Option<[u8; 32]>| {
        let body = Body { kind, name: name.into(), text: text.into(), reference };
        Opened::open(raw::signed(&mut ada, &body, |_| {}), &lobby()).map(drop)
    };
    assert_eq!(open(0, "", "x", None), Ok(()));
    assert_eq!(open(0, &"n".repeat(65), "x", None), Err(Refusal::Name(65)));
    assert_eq!(open(0, "n", &"x".repeat(8193), None), Err(Refusal::Text { kind: Kind::Text, bytes: 8193 }));
    assert_eq!(open(3, "n", "👍", None), Err(Refusal::NoReference(Kind::React)));
    assert_eq!(open(2, "n", "text", Some([1; 32])), Err(Refusal::Text { kind: Kind::Delete, bytes: 4 }));
    let body = Body { kind: 0, name: "n".into(), text: "x".into(), reference: None };
    for change in [
        |body: &mut Vec<u8>| body.truncate(body.len() - 1),
        |body: &mut Vec<u8>| body.push(0),
        |body: &mut Vec<u8>| body[1] = 200,
    ] {
        let changed = raw::signed(&mut ada, &body, |envelope| change(&mut envelope.body));
        assert_eq!(Opened::open(changed, &lobby()), Err(Refusal::Unreadable));
    }
}

#[test]
fn a_peer_is_to_blame_for_what_it_could_check() {
    for (refusal, blame) in [
        (Refusal::Signature, true),
        (Refusal::Previous(5), true),
        (Refusal::Depth(0), true),
        (Refusal::Body(99_999), true),
        (Refusal::Ahead(1), false),
        (Refusal::Unreadable, false),
        (Refusal::Stranger, false),
        (Refusal::Name(65), false),
        (Refusal::NoReference(Kind::Edit), false),
    ] {
        assert_eq!(refusal.is_the_peers_fault(), blame, "{refusal}");
    }
}
