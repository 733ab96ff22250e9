//! Chat as front ends see it: events, names, errors, what is kept.

use crate::kit::{Author, Neighbour, hex, host, host_with, id_of, lobby, say, texts, wait};
use backplane_chat::Chat;
use backplane_chat::net::messages::Sync;
use backplane_chat::room::{Draft, Heads, Reconciler, Room, RoomName};
use backplane_plugin::testkit::{Reconfigured, TestHost, TestSetup};
use serde_json::{Value, json};

fn room(host: &TestHost<Chat>, name: &str) -> Value {
    let rooms = host.call("rooms", json!([])).unwrap();
    let found = rooms.as_array().unwrap().iter().find(|room| room["name"] == name);
    found.cloned().unwrap_or_else(|| panic!("there is no room {name} in {rooms}"))
}

/// The names and data of what has been told since the last time.
fn events(host: &TestHost<Chat>) -> Vec<(String, Value)> {
    host.take_emitted().into_iter().map(|event| (event.event, event.data)).collect()
}

#[test]
fn the_first_start_joins_the_rooms_of_the_configuration_and_no_later_one_does() {
    let folder = tempfile::tempdir().unwrap();
    let config = json!({ "rooms": ["#one", "two"] });
    let start =
        || TestSetup::default().config(config.clone()).data_dir(folder.path()).start::<Chat>().unwrap();
    let names = |host: &TestHost<Chat>| {
        let rooms = host.call("rooms", json!([])).unwrap();
        rooms.as_array().unwrap().iter().map(|room| room["name"].clone()).collect::<Vec<_>>()
    };
    let host = start();
    assert_eq!(names(&host), ["#dchat", "#one", "#two"]);
    let (author, name) =
        (host.call("identity", json!([])).unwrap()["author"].clone(), host.call("name", json!([])));
    host.call("leave", json!(["#one"])).unwrap();
    drop(host);
    let host = start();
    assert_eq!(names(&host), ["#dchat", "#two"]);
    assert_eq!(host.call("identity", json!([])).unwrap()["author"], author);
    let [first, second, third, fourth] =
        std::array::from_fn(|place| author.as_str().unwrap().as_bytes()[place] as char);
    assert_eq!(name, Ok(json!(format!("anon-{first}{second}{third}{fourth}"))));
}

#[test]
fn what_was_said_is_there_after_a_start() {
    let folder = tempfile::tempdir().unwrap();
    let start = || TestSetup::default().data_dir(folder.path()).start::<Chat>().unwrap();
    let host = start();
    say(&host, "hello");
    host.call("name", json!(["Ada"])).unwrap();
    host.call("send", json!(["a line"])).unwrap();
    drop(host);
    let host = start();
    assert_eq!(
        (texts(&host, "#lobby"), texts(&host, "#dchat")),
        (vec!["hello".into()], vec!["a line".into()])
    );
    assert_eq!(host.call("name", json!([])), Ok(json!("Ada")));
}

#[test]
fn front_ends_are_told_of_messages_changes_and_rooms() {
    let host = host();
    let mut neighbour = Neighbour::connect(&host);
    let mut ada = Author::new(1, "ada");
    assert_eq!(events(&host), [("peers".to_owned(), json!({ "peers": 1 }))]);
    let hello = ada.says(&lobby(), "hello anyone", 0);
    neighbour.gives(&host, &[&hello]);
    let told = events(&host);
    assert_eq!((&*told[0].0, &told[0].1["message"]["text"]), ("message", &json!("hello anyone")));
    assert_eq!(told[0].1["message"]["author"], ada.hex());
    wait(&host, 1);
    let told = events(&host);
    let of_room =
        told.iter().rfind(|(name, data)| name == "room" && data["room"]["name"] == "#lobby").unwrap();
    assert_eq!(of_room.1["room"]["unread"], 1);

    let edit = Draft::Edit { message: hello.envelope(), text: "hello all" };
    let edit = ada.writes(&lobby(), edit, &Heads::default(), 5);
    neighbour.gives(&host, &[&edit]);
    let told = events(&host);
    let changed = told.iter().find(|(name, _)| name == "changed").unwrap();
    assert_eq!(
        (&changed.1["message"]["text"], &changed.1["message"]["edited"]),
        (&json!("hello all"), &json!(true))
    );
    assert!(told.iter().all(|(name, _)| name != "message"), "an edit is no new message: {told:?}");

    host.call("read", json!(["#lobby", hex(hello.id())])).unwrap();
    let told = events(&host);
    let of_room = told.iter().find(|(name, _)| name == "room").unwrap();
    assert_eq!(of_room.1["room"]["unread"], 0);
    host.call("leave", json!(["#lobby"])).unwrap();
    assert!(events(&host).contains(&("left".to_owned(), json!({ "room": hex(&lobby().id) }))));
}

#[test]
fn own_messages_are_edited_deleted_and_reacted_to_and_those_of_others_are_not() {
    let host = host();
    let mut neighbour = Neighbour::connect(&host);
    let id = hex(&say(&host, "frist"));
    let answer = host.call("send", json!({ "room": "#lobby", "text": "yes", "reply": id })).unwrap();
    host.call("edit", json!([id, "first"])).unwrap();
    host.call("react", json!([id, "👍"])).unwrap();
    let message = host.call("message", json!([id])).unwrap();
    assert_eq!((&message["text"], &message["edited"]), (&json!("first"), &json!(true)));
    assert_eq!(message["reactions"][0]["emoji"], "👍");
    assert_eq!(host.call("message", json!([answer["id"]])).unwrap()["reply"]["text"], "first");
    host.call("react", json!({ "id": id, "emoji": "👍", "on": false })).unwrap();
    host.call("delete", json!([id])).unwrap();
    let message = host.call("message", json!([id])).unwrap();
    assert_eq!(
        (&message["text"], &message["deleted"], &message["reactions"]),
        (&json!(""), &json!(true), &json!([]))
    );

    let theirs = Author::new(1, "ada").says(&lobby(), "mine", 0);
    neighbour.gives(&host, &[&theirs]);
    for (method, params) in [("edit", json!([hex(theirs.id()), "x"])), ("delete", json!([hex(theirs.id())]))]
    {
        assert_eq!(host.call(method, params).unwrap_err().code, 3, "{method}");
    }
    host.call("react", json!([hex(theirs.id()), "🎉"])).unwrap();
}

#[test]
fn what_cannot_be_done_is_refused_with_its_code_and_names_what_is_wrong() {
    let host = host();
    let none = hex(&[7; 32]);
    for (method, params, code, word) in [
        ("history", json!(["#nowhere"]), 1, "#nowhere"),
        ("history", json!({ "room": "#lobby", "around": none }), 2, "0707"),
        ("history", json!({ "room": "#lobby", "before": "x" }), 2, "cursor"),
        ("message", json!(["what?"]), 2, "what?"),
        ("send", json!(["#nowhere", "hi"]), 1, "#nowhere"),
        ("send", json!(["#lobby", ""]), 4, "empty"),
        ("send", json!(["#lobby", "x".repeat(8193)]), 4, "8193"),
        ("send", json!(["#lobby", "a\u{1b}b"]), 4, "U+001B"),
        ("topic", json!(["#lobby", "a\nb"]), 4, "U+000A"),
        ("topic", json!(["#dchat", "x"]), 4, "lines"),
        ("edit", json!([none, "x"]), 2, "0707"),
        ("join", json!(["#a b"]), 4, "U+0020"),
        ("leave", json!(["#dchat"]), 4, "cannot be left"),
        ("leave", json!(["@nobody"]), 1, "@nobody"),
        ("direct", json!(["0123"]), 6, "0123"),
        ("direct", json!(["0123-4567-89ab-cdef"]), 6, "0123-4567-89ab-cdef"),
        ("read", json!(["#lobby", none]), 2, "0707"),
        ("name", json!([""]), 4, "empty"),
        ("name", json!(["x".repeat(65)]), 4, "65"),
        ("name", json!(["a\u{202e}b"]), 4, "U+202E"),
        ("identity", json!(["import", "nonsense"]), 6, "backplane-identity-1:"),
        ("history", json!({ "room": "#lobby", "before": "x", "after": "y" }), -32602, ""),
        ("send", json!({ "room": "#lobby", "txet": "x" }), -32602, ""),
    ] {
        let error = host.call(method, params.clone()).unwrap_err();
        assert_eq!(error.code, code, "{method} {params}: {error}");
        assert!(error.to_string().contains(word), "{method} {params}: {error}");
    }
    let error = host.call("send", json!({ "room": "#lobby", "txet": "x" })).unwrap_err();
    assert!(error.data.unwrap().as_str().unwrap().contains("txet"));
}

#[test]
fn unread_messages_mentions_and_mutes_are_counted() {
    let host = host_with(json!({ "name": "Zoë" }));
    let mut neighbour = Neighbour::connect(&host);
    let (mut ada, mut bob) = (Author::new(1, "ada"), Author::new(2, "bob"));
    let said =
        [ada.says(&lobby(), "one", 0), ada.says(&lobby(), "zoë: two", 1), bob.says(&lobby(), "three", 2)];
    neighbour.gives(&host, &said.iter().collect::<Vec<_>>());
    let counts = || {
        let room = room(&host, "#lobby");
        (room["unread"].as_u64(), room["mentions"].as_u64())
    };
    assert_eq!(counts(), (Some(3), Some(1)));
    host.call("mute", json!([bob.hex()])).unwrap();
    assert_eq!(counts(), (Some(2), Some(1)));
    let people = host.call("people", json!(["#lobby"])).unwrap();
    let muted: Vec<_> = people.as_array().unwrap().iter().filter(|person| person["muted"] == true).collect();
    assert_eq!((muted.len(), &muted[0]["name"]), (1, &json!("bob")));
}

#[test]
fn clocks_that_are_wrong_by_hours_reorder_nothing_and_are_told() {
    const HOUR: i64 = 3_600_000;
    let host = host();
    let mut neighbour = Neighbour::connect(&host);
    let mut authors = [Author::new(1, "slow"), Author::new(2, "fast"), Author::new(3, "right")];
    let mut heads = Heads::default();
    for (author, text, after) in
        [(0, "a", -5 * HOUR), (1, "b", 7 * HOUR), (2, "c", 0), (0, "d", -5 * HOUR), (1, "e", 7 * HOUR)]
    {
        let message = authors[author].writes(&lobby(), Draft::Text { text, reply: None }, &heads, after);
        heads = Heads { previous: vec![*message.id()], depth: heads.depth + 1, floor: 0 };
        neighbour.gives(&host, &[&message]);
    }
    let history = host.call("history", json!(["#lobby"])).unwrap();
    let shown: Vec<_> = history["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| (message["text"].clone(), message["clock"].clone()))
        .collect();
    let [ahead, behind] = [json!("ahead"), json!("behind")];
    let texts: Vec<_> = shown.iter().map(|(text, _)| text.clone()).collect();
    assert_eq!(texts, ["a", "b", "c", "d", "e"]);
    assert_eq!((&shown[1].1, &shown[4].1, &shown[3].1), (&ahead, &ahead, &behind));
    // What this user says next comes last, whatever the clocks say.
    say(&host, "f");
    assert_eq!(crate::kit::texts(&host, "#lobby").last().map(String::as_str), Some("f"));
    // A day ahead is too much, and nobody's fault; when its time has come it is taken.
    let early = authors[2].says(&lobby(), "from the day after", 25 * HOUR);
    neighbour.gives(&host, &[&early]);
    assert_eq!((crate::kit::texts(&host, "#lobby").len(), neighbour.misbehaved()), (6, None));
    neighbour.announces(&host, &[&early]);
    assert_eq!(neighbour.answers(&host), 0, "it is not asked for again");
    wait(&host, 2 * 3600);
    neighbour.joins(&host, &[&lobby()]);
    let begins = Reconciler::new(Vec::new()).initiate().unwrap();
    neighbour.peer.send(&Sync { room: lobby().id, round: 0, floor: 0, payload: begins });
    neighbour.gives(&host, &[&early]);
    assert_eq!(crate::kit::texts(&host, "#lobby").len(), 7);
}

#[test]
fn an_identity_moves_by_its_text_and_the_old_one_is_kept() {
    let (one, other) = (host(), TestSetup::default().seed(2).start::<Chat>().unwrap());
    let text = one.call("identity", json!(["export"])).unwrap();
    let before = other.call("identity", json!(["show"])).unwrap();
    let after = other.call("identity", json!(["import", text])).unwrap();
    assert_ne!(before["author"], after["author"]);
    assert_eq!(after["author"], one.call("identity", json!([])).unwrap()["author"]);
    let folder = other.data_dir().unwrap();
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name());
    assert!(files.into_iter().any(|name| name.to_string_lossy().starts_with("identity.key.replaced-")));
    let sent = other.call("send", json!(["#lobby", "hello"])).unwrap();
    assert_eq!(other.call("message", json!([sent["id"]])).unwrap()["author"], after["author"]);
}

#[test]
fn a_room_keeps_no_more_than_it_may() {
    let host = host_with(json!({ "room_bytes": 65_536 }));
    let mut neighbour = Neighbour::connect(&host);
    let mut people: Vec<_> = (0..10).map(|seed| Author::new(seed, "somebody")).collect();
    for number in 0..100 {
        let author = &mut people[number % 10];
        let text = format!("{number} {}", "x".repeat(2000));
        neighbour
            .gives(&host, &[&author.says(&lobby(), &text, i64::try_from(number).unwrap() * 1000 - 200_000)]);
    }
    wait(&host, 20);
    let left = texts(&host, "#lobby");
    assert!(left.len() < 33 && left.len() > 5, "{} messages are left", left.len());
    assert!(left.last().unwrap().starts_with("99 "));
    // Neighbours are told from when on it is kept, and what is older does not come back.
    let rooms = neighbour.peer.take_sent::<backplane_chat::net::messages::Rooms>();
    assert!(rooms.last().unwrap().floors[0] > crate::kit::START - 200_000);
    neighbour.gives(&host, &[&people[0].says(&lobby(), "old", -199_000)]);
    assert!(!texts(&host, "#lobby").contains(&"old".to_owned()));
}

#[test]
fn each_room_keeps_what_it_was_told_to_keep() {
    let host = host_with(json!({ "rooms": ["#lobby", "#ops"], "room_days": 60 }));
    let mut neighbour = Neighbour::connect(&host);
    const DAY: i64 = 24 * 60 * 60 * 1000;
    let mut ada = Author::new(1, "ada");
    for room in [lobby(), Room::public(&RoomName::parse("#ops").unwrap())] {
        for days in [50, 20, 1] {
            neighbour.gives(&host, &[&ada.says(&room, &format!("{days} days ago"), -days * DAY)]);
        }
    }
    let all = ["50 days ago", "20 days ago", "1 days ago"];
    assert_eq!(
        (texts(&host, "#lobby"), texts(&host, "#ops")),
        (all.map(Into::into).into(), all.map(Into::into).into())
    );
    let told = host.call("keep", json!({ "room": "#ops", "days": 30 })).unwrap();
    assert_eq!(told["keep"], json!({ "days": 30, "bytes": 64 << 20 }));
    assert_eq!(
        (texts(&host, "#lobby").len(), texts(&host, "#ops")),
        (3, all[1..].iter().map(ToString::to_string).collect())
    );
    // What is not given stays; 0 is the configuration's, also when that changes.
    let told = host.call("keep", json!(["#ops", null, 100_000])).unwrap();
    assert_eq!(told["keep"], json!({ "days": 30, "bytes": 100_000 }));
    host.call("keep", json!({ "room": "#ops", "days": 0 })).unwrap();
    host.reconfigure(json!({ "rooms": ["#lobby", "#ops"], "room_days": 10 })).unwrap();
    assert_eq!(room(&host, "#ops")["keep"], json!({ "days": 10, "bytes": 100_000 }));
    assert_eq!(room(&host, "#lobby")["keep"], json!({ "days": 10, "bytes": 64 << 20 }));
    for (wrong, why) in [
        (json!({ "room": "#ops", "days": 36_501 }), "days: expected 1 to 36500, not 36501"),
        (json!({ "room": "#ops", "bytes": 10 }), "bytes: expected 65536 to"),
        (json!({ "room": "#nowhere" }), "no such room"),
    ] {
        let error = host.call("keep", wrong).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
    assert_eq!(texts(&host, "#ops").len(), 2, "what was refused has changed nothing");
}

#[test]
fn a_database_that_cannot_be_used_is_moved_aside_with_a_line_in_the_log() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("chat.db"),
        "this is no database, and it is long enough to be looked at",
    )
    .unwrap();
    let host = TestSetup::default().data_dir(folder.path()).start::<Chat>().unwrap();
    say(&host, "hello");
    let told = host.events().into_iter().find(|event| event.message.contains("moved aside")).unwrap();
    let to = told.field("to").unwrap().as_str().unwrap().to_owned();
    assert!(std::fs::read_to_string(to).unwrap().starts_with("this is no database"));
}

#[test]
fn a_folder_that_cannot_be_used_keeps_chat_out_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = TestSetup::default().data_dir(&file).start::<Chat>().unwrap_err();
    assert!(error.to_string().contains("file") || error.to_string().contains("exists"), "{error}");
}

#[test]
fn the_configuration_changes_while_it_runs() {
    let host = host_with(json!({ "name": "Ada" }));
    assert_eq!(host.reconfigure(json!({ "name": "Bob" })), Ok(Reconfigured::Done));
    assert_eq!(host.call("name", json!([])), Ok(json!("Bob")));
    host.call("name", json!(["Carl"])).unwrap();
    assert_eq!(host.reconfigure(json!({ "name": "Dora" })), Ok(Reconfigured::Done));
    assert_eq!(host.call("name", json!([])), Ok(json!("Carl")), "the one that was chosen stays");
    assert!(host.reconfigure(json!({ "name": "a\u{7}" })).unwrap_err().to_string().contains("name"));
    for config in [json!({ "rooms": ["a b"] }), json!({ "room_days": 0 })] {
        assert!(TestSetup::default().config(config.clone()).start::<Chat>().is_err(), "{config}");
    }
}

#[test]
fn a_history_is_read_in_pages_and_searched() {
    let host = host();
    let mut neighbour = Neighbour::connect(&host);
    let mut people: Vec<_> = (0..10).map(|seed| Author::new(seed, "somebody")).collect();
    for number in 0..300_usize {
        let text = format!("number {number}");
        let mut message = people[number % 10].says(&lobby(), &text, i64::try_from(number).unwrap());
        neighbour.gives(&host, &[&message]);
        if number % 50 == 49 {
            wait(&host, 60);
        }
        message = message.clone();
        let _ = message;
    }
    let mut page = host.call("history", json!(["#lobby"])).unwrap();
    let mut seen = 0;
    loop {
        let messages = page["messages"].as_array().unwrap().clone();
        seen += messages.len();
        if page["older"] == false {
            break;
        }
        page = host.call("history", json!({ "room": "#lobby", "before": messages[0]["cursor"] })).unwrap();
    }
    assert_eq!(seen, 300);
    let found = host.call("search", json!({ "query": "number 123", "room": "#lobby" })).unwrap();
    assert_eq!(found["messages"][0]["text"], "number 123");
    let id = id_of(&json!({ "id": found["messages"][0]["id"] }));
    let around = host.call("history", json!({ "room": "#lobby", "around": hex(&id), "limit": 5 })).unwrap();
    let texts: Vec<_> =
        around["messages"].as_array().unwrap().iter().map(|message| message["text"].clone()).collect();
    assert!(
        texts.contains(&json!("number 123")) && around["newer"] == true && around["older"] == true,
        "{texts:?}"
    );
}
