//! Reconciliation: who begins, what each side gets, and floors.

use crate::kit::{Author, Neighbour, START, host, lobby, public, texts, wait};
use backplane_chat::hash::Hash;
use backplane_chat::net::messages::{Announce, Fetch, Rooms, Sync};
use backplane_chat::room::{Opened, Reconciler};
use backplane_plugin::SessionKind;
use serde_json::json;
use std::collections::BTreeSet;

/// The other side of a reconciliation that the host has begun: answers until it is over.
fn answer(
    host: &backplane_plugin::testkit::TestHost<backplane_chat::Chat>,
    neighbour: &Neighbour,
    items: &[&Opened],
) {
    let items = items.iter().map(|message| (message.envelope().time, *message.id()));
    let other = Reconciler::new(items.collect::<Vec<_>>());
    loop {
        let questions = neighbour.syncs();
        if questions.is_empty() {
            return;
        }
        for Sync { room, round, floor, payload } in questions {
            assert_eq!((room, round % 2), (lobby().id, 0));
            let payload = other.answer(&payload).unwrap();
            neighbour.peer.send(&Sync { room, round: round + 1, floor, payload });
        }
        host.run();
    }
}

/// Messages of some people, a second apart, none of them just now.
fn messages(count: u16) -> Vec<Opened> {
    let mut people: Vec<_> = (0..20).map(|seed| Author::new(100 + seed, "somebody")).collect();
    let says = |number: u16| {
        let author = usize::from(number) % people.len();
        people[author].says(&lobby(), &number.to_string(), i64::from(number) * 1000 - 3_600_000)
    };
    (0..count).map(says).collect()
}

#[test]
fn the_side_that_dialled_begins_and_both_get_what_they_lack() {
    let host = host();
    let all = messages(600);
    let (first, rest) = all.split_at(100);
    // What the host has.
    let mut before = Neighbour::connect(&host);
    before.joins(&host, &[&lobby()]);
    let refs: Vec<_> = rest[..300].iter().collect();
    for chunk in refs.chunks(50) {
        before.gives(&host, chunk);
        wait(&host, 60);
    }
    before.peer.close();
    host.run();

    let mut neighbour = Neighbour::connect_as(&host, SessionKind::Outbound);
    assert_eq!(neighbour.told(), [[0; 32]; 0]);
    neighbour.joins(&host, &[&lobby()]);
    wait(&host, 1);
    let theirs: Vec<_> = first.iter().chain(&rest[200..]).collect();
    neighbour.has = theirs.iter().map(|message| (*message.id(), message.envelope().clone())).collect();
    answer(&host, &neighbour, &theirs);
    assert_eq!(neighbour.answers(&host), 300, "100 at the beginning and 200 at the end");
    let lacking: BTreeSet<_> = neighbour.told().into_iter().collect();
    assert_eq!(lacking, rest[..200].iter().map(|message| *message.id()).collect());
    let rooms = host.call("rooms", json!([])).unwrap();
    let lobby = rooms.as_array().unwrap().iter().find(|room| room["name"] == "#lobby").unwrap();
    assert_eq!((&lobby["syncing"], &lobby["missing"]), (&json!(false), &json!(0)));
    let page = host.call("history", json!({ "room": "#lobby", "limit": 200 })).unwrap();
    assert_eq!(page["messages"][199]["text"], "599");
}

#[test]
fn the_side_that_was_dialled_answers() {
    let host = host();
    let all = messages(200);
    let mut neighbour = Neighbour::connect(&host);
    neighbour.joins(&host, &[&lobby()]);
    for chunk in all.iter().collect::<Vec<_>>().chunks(50) {
        neighbour.gives(&host, chunk);
        wait(&host, 60);
    }
    assert_eq!(neighbour.syncs(), [], "it does not begin");
    let other = Reconciler::new(Vec::new());
    let (mut need, mut round) = (BTreeSet::new(), 0);
    let mut next = Some(other.initiate().unwrap());
    while let Some(payload) = next {
        neighbour.peer.send(&Sync { room: lobby().id, round, floor: 0, payload });
        host.run();
        let answers = neighbour.syncs();
        assert_eq!((answers.len(), answers[0].round), (1, round + 1));
        let difference = other.proceed(&answers[0].payload).unwrap();
        need.extend(difference.need);
        (next, round) = (difference.next, round + 2);
    }
    assert_eq!(need, all.iter().map(|message| *message.id()).collect::<BTreeSet<Hash>>());
}

#[test]
fn a_room_is_reconciled_when_it_is_joined_and_every_few_minutes() {
    let host = host();
    let neighbour = Neighbour::connect_as(&host, SessionKind::Manual);
    neighbour.joins(&host, &[&public("#garden")]);
    wait(&host, 5);
    assert_eq!(neighbour.syncs(), [], "nothing is shared");
    host.call("join", json!(["#garden"])).unwrap();
    wait(&host, 1);
    let begun = |seconds: u64| {
        wait(&host, seconds);
        let syncs = neighbour.syncs();
        syncs.iter().all(|sync| (sync.room, sync.round) == (public("#garden").id, 0)).then_some(syncs.len())
    };
    assert_eq!(begun(0), Some(1));
    // It is not answered, and given up.
    assert_eq!(begun(120), Some(0));
    assert_eq!(begun(260), Some(1));
    neighbour.joins(&host, &[]);
    assert_eq!(begun(1000), Some(0));
}

#[test]
fn both_sides_compare_only_what_both_keep() {
    let host = host();
    let neighbour = Neighbour::connect_as(&host, SessionKind::Outbound);
    let floor = START - 1_000_000;
    neighbour.peer.send(&Rooms { rooms: vec![lobby().id], floors: vec![floor] });
    wait(&host, 1);
    let begun = neighbour.syncs();
    assert_eq!((begun.len(), begun[0].floor), (1, floor));
    // It keeps even less by now: the host begins again from there.
    let higher = floor + 500_000;
    neighbour.peer.send(&Sync { room: lobby().id, round: 1, floor: higher, payload: vec![0x61] });
    host.run();
    let again = neighbour.syncs();
    assert_eq!((again.len(), again[0].round, again[0].floor), (1, 0, higher));
}

#[test]
fn a_gap_is_looked_for_and_shown_until_it_is_closed() {
    let host = host();
    let mut ada = Author::new(1, "ada");
    let first = ada.says(&lobby(), "first", 0);
    let heads = backplane_chat::room::Heads { previous: vec![*first.id()], depth: 1, floor: 0 };
    let draft = backplane_chat::room::Draft::Text { text: "second", reply: None };
    let second = ada.writes(&lobby(), draft, &heads, 10);
    let mut neighbour = Neighbour::connect(&host);
    neighbour.joins(&host, &[&lobby()]);
    neighbour.gives(&host, &[&second]);
    let gap = || {
        let history = host.call("history", json!(["#lobby"])).unwrap();
        history["messages"].as_array().unwrap().last().unwrap()["gap"].clone()
    };
    assert_eq!(gap(), true);
    // Nothing came by itself: the host begins, although it was dialled.
    wait(&host, 4);
    neighbour.has.insert(*first.id(), first.envelope().clone());
    answer(&host, &neighbour, &[&first, &second]);
    neighbour.answers(&host);
    assert_eq!(
        (gap(), texts(&host, "#lobby")),
        (json!(false), vec!["first".to_owned(), "second".to_owned()])
    );
}

#[test]
fn what_came_by_reconciliation_reaches_relays_by_announcement_and_members_by_reconciliation() {
    let host = host();
    let all = messages(100);
    let mut source = Neighbour::connect_as(&host, SessionKind::Outbound);
    let member = Neighbour::connect_as(&host, SessionKind::Outbound);
    let relay = Neighbour::connect(&host);
    for neighbour in [&source, &member] {
        neighbour.joins(&host, &[&lobby()]);
    }
    wait(&host, 1);
    answer(&host, &member, &[]);
    let theirs: Vec<_> = all.iter().collect();
    source.has = theirs.iter().map(|message| (*message.id(), message.envelope().clone())).collect();
    answer(&host, &source, &theirs);
    assert_eq!(source.answers(&host), 100);
    assert_eq!((member.told().len(), relay.told().len()), (0, 100));
    wait(&host, 4);
    assert_eq!(member.syncs().iter().map(|sync| sync.round).collect::<Vec<_>>(), [0]);
}

#[test]
fn rounds_that_make_no_sense_are_misbehaviour_and_those_of_other_rooms_are_not_answered() {
    let host = host();
    let neighbour = Neighbour::connect(&host);
    neighbour.joins(&host, &[&lobby()]);
    neighbour.peer.send(&Sync { room: public("#elsewhere").id, round: 0, floor: 0, payload: vec![1, 2, 3] });
    neighbour.peer.send(&Sync { room: lobby().id, round: 2, floor: 0, payload: vec![1, 2, 3] });
    neighbour.peer.send(&Sync { room: lobby().id, round: 7, floor: 0, payload: vec![1, 2, 3] });
    host.run();
    assert_eq!((neighbour.syncs(), neighbour.misbehaved()), (vec![], None));
    neighbour.peer.send(&Sync { room: lobby().id, round: 0, floor: 0, payload: vec![1, 2, 3] });
    host.run();
    assert!(neighbour.misbehaved().is_some());
}

#[test]
fn what_a_neighbour_was_found_to_lack_may_be_announced_all_at_once() {
    let host = host();
    let all = messages(3000);
    let mut neighbour = Neighbour::connect(&host);
    neighbour.joins(&host, &[&lobby()]);
    // The neighbour has begun a reconciliation.
    let payload = Reconciler::new(Vec::new()).initiate().unwrap();
    neighbour.peer.send(&Sync { room: lobby().id, round: 0, floor: 0, payload });
    host.run();
    neighbour.has = all.iter().map(|message| (*message.id(), message.envelope().clone())).collect();
    for chunk in all.chunks(1000) {
        let ids = chunk.iter().map(|message| *message.id()).collect();
        neighbour.peer.send(&Announce { room: lobby().id, ids });
    }
    host.run();
    assert_eq!(neighbour.answers(&host), 3000);
    assert_eq!((neighbour.misbehaved(), neighbour.peer.take_sent::<Fetch>()), (None, vec![]));
}
