//! What a neighbour or an author can do to a node by saying too much.

use crate::kit::{Author, Neighbour, host, lobby, say, texts, wait};
use backplane_chat::hash::Hash;
use backplane_chat::net::messages::{Announce, Fetch, Sync};
use backplane_chat::room::{Opened, Reconciler};
use serde_json::json;

fn id(number: u32) -> Hash {
    let mut id = [3; 32];
    id[..4].copy_from_slice(&number.to_be_bytes());
    id
}

fn announce(neighbour: &Neighbour, numbers: std::ops::Range<u32>) {
    let ids: Vec<_> = numbers.map(id).collect();
    ids.chunks(1000).for_each(|ids| neighbour.peer.send(&Announce { room: lobby().id, ids: ids.to_vec() }));
}

fn asked(neighbour: &Neighbour) -> usize {
    neighbour.peer.take_sent::<Fetch>().iter().map(|fetch| fetch.ids.len()).sum()
}

#[test]
fn a_flood_of_announcements_is_ignored_at_first_and_then_ends_the_channel() {
    let host = host();
    let [flooder, mut other] = [(); 2].map(|()| Neighbour::connect(&host));
    announce(&flooder, 0..5000);
    host.run();
    // As many as anybody is asked for at once, of the thousand that are taken.
    assert_eq!((asked(&flooder), flooder.misbehaved()), (1000, None));
    announce(&flooder, 5000..22_000);
    host.run();
    assert!(flooder.misbehaved().is_some_and(|what| what.contains("floods")));
    other.gives(&host, &[&Author::new(1, "ada").says(&lobby(), "hello", 0)]);
    assert_eq!(texts(&host, "#lobby"), ["hello"]);
}

#[test]
fn a_neighbour_that_announces_too_much_again_and_again_is_closed() {
    let host = host();
    let flooder = Neighbour::connect(&host);
    for round in 0..3_u32 {
        assert_eq!(flooder.misbehaved(), None, "round {round}");
        announce(&flooder, round * 2000..(round + 1) * 2000);
        wait(&host, 60);
    }
    assert!(flooder.misbehaved().is_some());
}

#[test]
fn a_neighbour_that_joins_and_leaves_all_the_time_is_closed() {
    let host = host();
    let neighbour = Neighbour::connect(&host);
    for number in 0..101 {
        assert_eq!(neighbour.misbehaved(), None, "{number}");
        let (room, joins) = (lobby(), number % 2 == 1);
        neighbour.joins(&host, &[&room][..usize::from(joins)]);
    }
    assert!(neighbour.misbehaved().is_some());
}

#[test]
fn an_author_who_says_too_much_is_put_off_until_the_next_reconciliation() {
    let host = host();
    let [mut one, two] = [(); 2].map(|()| Neighbour::connect(&host));
    one.joins(&host, &[&lobby()]);
    let (mut ada, mut bob) = (Author::new(1, "ada"), Author::new(2, "bob"));
    let many: Vec<_> = (0..100).map(|number| ada.says(&lobby(), &number.to_string(), number)).collect();
    one.gives(&host, &many.iter().collect::<Vec<_>>());
    one.gives(&host, &[&bob.says(&lobby(), "bob", 0)]);
    assert_eq!(two.told().len(), 61);
    assert_eq!((texts(&host, "#lobby").len(), one.misbehaved()), (61, None));
    // By reconciliation all of it comes.
    let begins = Reconciler::new(Vec::new()).initiate().unwrap();
    one.peer.send(&Sync { room: lobby().id, round: 0, floor: 0, payload: begins });
    one.announces(&host, &many.iter().collect::<Vec<_>>());
    one.answers(&host);
    assert_eq!(texts(&host, "#lobby").len(), 101);
}

#[test]
fn nobody_brings_more_of_one_author_and_minute_than_anybody_writes() {
    let host = host();
    let mut one = Neighbour::connect(&host);
    one.joins(&host, &[&lobby()]);
    let mut ada = Author::new(1, "ada");
    let many: Vec<_> = (0..500).map(|number| ada.says(&lobby(), &number.to_string(), number)).collect();
    sync_in(&host, &mut one, &many);
    assert!(one.misbehaved().is_some_and(|what| what.contains("one author and minute")));
    assert_eq!(host.call("people", json!(["#lobby"])).unwrap()[0]["name"], "ada");
}

#[test]
fn what_an_author_may_say_in_a_minute_comes_however_often_it_is_put_off_or_asked_for() {
    let host = host();
    let mut one = Neighbour::connect(&host);
    one.joins(&host, &[&lobby()]);
    let mut ada = Author::new(1, "ada");
    let many: Vec<_> = (0..350).map(|number| ada.says(&lobby(), &number.to_string(), number)).collect();
    one.gives(&host, &many.iter().collect::<Vec<_>>());
    assert_eq!(count(&host), 60);
    sync_in(&host, &mut one, &many);
    assert_eq!((count(&host), one.misbehaved()), (350, None));
    // A room that is left and joined again is filled anew.
    host.call("leave", json!(["#lobby"])).unwrap();
    host.call("join", json!(["#lobby"])).unwrap();
    sync_in(&host, &mut one, &many);
    assert_eq!((count(&host), one.misbehaved()), (350, None));
}

/// How many messages the room has.
fn count(host: &backplane_plugin::testkit::TestHost<backplane_chat::Chat>) -> usize {
    let newest = host.call("history", json!({ "room": "#lobby", "limit": 200 })).unwrap();
    let mut page = newest["messages"].as_array().unwrap().clone();
    let mut count = 0;
    while let Some(first) = page.first() {
        count += page.len();
        let before = json!({ "room": "#lobby", "limit": 200, "before": first["cursor"] });
        page = host.call("history", before).unwrap()["messages"].as_array().unwrap().clone();
    }
    count
}

/// The neighbour begins a reconciliation, announces what the host lacks, and gives it.
fn sync_in(
    host: &backplane_plugin::testkit::TestHost<backplane_chat::Chat>,
    neighbour: &mut Neighbour,
    messages: &[Opened],
) -> usize {
    let payload = Reconciler::new(Vec::new()).initiate().unwrap();
    neighbour.peer.send(&Sync { room: lobby().id, round: 0, floor: 0, payload });
    host.run();
    neighbour.has = messages.iter().map(|message| (*message.id(), message.envelope().clone())).collect();
    for chunk in messages.chunks(1000) {
        let ids = chunk.iter().map(|message| *message.id()).collect();
        neighbour.peer.send(&Announce { room: lobby().id, ids });
    }
    host.run();
    neighbour.answers(host)
}

#[test]
fn messages_of_strangers_come_slowly_once_there_were_thousands() {
    let host = host();
    let mut one = Neighbour::connect(&host);
    one.joins(&host, &[&lobby()]);
    let mut strangers: Vec<_> = (0..250).map(|seed| Author::new(seed, "stranger")).collect();
    let says = |number: usize| {
        let after = -i64::try_from(number).unwrap() * 1000;
        strangers[number % 250].says(&lobby(), &number.to_string(), after)
    };
    let many: Vec<_> = (0..7000).map(says).collect();
    let taken = sync_in(&host, &mut one, &many);
    assert!((5000..=5000 + 1024).contains(&taken), "{taken}");
    assert_eq!(one.misbehaved(), None);
    // Then fifty a second.
    wait(&host, 10);
    let more = one.answers(&host);
    assert!(more <= 1024, "{more} in ten seconds");
    wait(&host, 60);
    let taken = taken + more + one.answers(&host);
    assert!(taken > 6000, "{taken}");
}

#[test]
fn this_user_is_told_to_slow_down_before_others_would_refuse() {
    let host = host();
    for number in 0..50 {
        say(&host, &number.to_string());
    }
    let refused = host.call("send", json!(["#lobby", "one more"])).unwrap_err();
    assert_eq!((refused.code, refused.data), (5, Some(json!(1))));
    wait(&host, 1);
    say(&host, "now");
}
