//! Rooms as channels.

use super::{ALICE, Client, ME, script};
use crate::irc::fake;
use crate::service::{Event, RoomKind};

#[test]
fn who_joins_is_shown_topic_people_and_what_was_said() {
    let mut client = Client::with("server-time message-tags batch");
    "all about nothing".clone_into(&mut client.chat.0.lock().rooms[0].topic);
    let shown = [
        &format!("{ME} JOIN #lobby"),
        ":irc.backplane 332 me #lobby :all about nothing",
        ":irc.backplane 353 me = #lobby :me alice",
        ":irc.backplane 366 me #lobby :End of NAMES list",
        ":irc.backplane BATCH +b1 chathistory #lobby",
        &format!("@time=2025-11-30T12:34:56.789Z;msgid=m0;batch=b1 {ALICE} PRIVMSG #lobby :before"),
        ":irc.backplane BATCH -b1",
    ];
    assert_eq!(client.says("JOIN #Lobby"), shown);
    assert_eq!(client.says("JOIN #lobby"), [""; 0]);
}

#[test]
fn a_client_without_capabilities_is_shown_the_times_in_the_text() {
    let mut client = Client::with("");
    let shown = client.says("JOIN #lobby");
    assert_eq!(shown.last().unwrap(), &format!("{ALICE} PRIVMSG #lobby :[2025-11-30 12:34Z] before"));
    assert!(!shown.iter().any(|line| line.starts_with('@') || line.contains("BATCH")));
}

#[test]
fn a_client_that_asks_for_history_is_not_shown_it_unasked() {
    let mut client = Client::with("batch draft/chathistory");
    assert_eq!(client.says("JOIN #lobby").last().unwrap(), ":irc.backplane 366 me #lobby :End of NAMES list");
}

#[test]
fn a_key_is_the_passphrase_of_a_private_room() {
    let mut client = Client::with("batch draft/chathistory");
    let shown = client.says("JOIN #team,#lobby sesame");
    assert_eq!(shown[0], format!("{ME} JOIN #team"));
    assert_eq!(shown[1], ":irc.backplane 353 me @ #team :me");
    assert!(shown.contains(&format!("{ME} JOIN #lobby")), "{shown:?}");
    assert_eq!(client.says("MODE #team"), [":irc.backplane 324 me #team +ns"]);
    let room = &client.chat.0.lock().rooms[2];
    assert_eq!((room.room.as_str(), room.kind), ("p-sesame", RoomKind::Private));
}

#[test]
fn a_second_room_of_a_name_is_another_channel() {
    let mut client = Client::with("batch draft/chathistory");
    client.says("JOIN #team");
    let shown = client.says("JOIN #team sesame");
    // The id of the room begins with these digits.
    let name = "#team|eae";
    assert!(shown[0].starts_with(&format!(":irc.backplane 470 me #team {name} :")), "{shown:?}");
    assert_eq!(shown[1], format!("{ME} JOIN {name}"));
    assert_eq!(client.says("MODE #team"), [":irc.backplane 324 me #team +n"]);
}

#[test]
fn who_leaves_a_channel_leaves_no_room() {
    let mut client = Client::in_lobby("draft/chathistory");
    client.says("JOIN #other");
    script(
        &mut client,
        &[
            ("PART #lobby :bye", &[&format!("{ME} PART #lobby :bye")]),
            ("PART #lobby", &[":irc.backplane 442 me #lobby :You're not on that channel"]),
            ("PART", &[":irc.backplane 461 me PART :Not enough parameters"]),
            ("JOIN 0", &[&format!("{ME} PART #other :Left all channels")]),
        ],
    );
    assert_eq!(client.chat.0.lock().rooms.len(), 3);
    assert_eq!(client.hears(fake::message("m1", "nobody hears this")), [""; 0]);
}

#[test]
fn what_is_no_room_is_not_joined() {
    let mut client = Client::with("");
    script(
        &mut client,
        &[
            ("JOIN lobby", &[":irc.backplane 403 me lobby :Rooms begin with #"]),
            ("JOIN #", &[":irc.backplane 403 me # :not allowed: a room has a longer name"]),
            ("JOIN", &[":irc.backplane 461 me JOIN :Not enough parameters"]),
        ],
    );
}

#[test]
fn a_room_that_another_front_end_leaves_is_gone_here_too() {
    let mut client = Client::in_lobby("");
    let left = client.told(Event::Left { room: "r-lobby".to_owned() });
    assert_eq!(left, [format!("{ME} PART #lobby :The room was left")]);
    assert_eq!(client.told(Event::Left { room: "r-other".to_owned() }), [""; 0]);
}

#[test]
fn names_are_sent_in_lines_that_fit() {
    let mut client = Client::with("draft/chathistory");
    {
        let mut chat = client.chat.0.lock();
        let people = (0..100)
            .map(|number| fake::person(&format!("p{number:03}"), &format!("a-rather-long-name-{number}")));
        chat.people.extend(people.map(|person| ("r-lobby".to_owned(), person)));
    }
    let shown = client.says("JOIN #lobby");
    let names: Vec<_> = shown.iter().filter(|line| line.contains(" 353 ")).collect();
    assert!(names.len() > 3 && names.iter().all(|line| line.len() <= 510), "{names:?}");
    let nicks = names.iter().flat_map(|line| line.rsplit(':').next().unwrap().split(' '));
    assert_eq!(nicks.count(), 102);
}

#[test]
fn rooms_are_listed_and_topics_told() {
    let mut client = Client::in_lobby("draft/chathistory");
    let listed = |lobby: &str| {
        [
            ":irc.backplane 321 me Channel :Users  Name".to_owned(),
            format!(":irc.backplane 322 me #lobby 1 :{lobby}"),
            ":irc.backplane 322 me #dchat 1 :".to_owned(),
            ":irc.backplane 323 me :End of LIST".to_owned(),
        ]
    };
    assert_eq!(client.says("LIST"), listed(""));
    assert_eq!(client.says("LIST #nothing").len(), 2);
    script(
        &mut client,
        &[
            ("TOPIC #lobby", &[":irc.backplane 331 me #lobby :No topic is set"]),
            ("TOPIC #lobby :news", &[&format!("{ME} TOPIC #lobby :news")]),
            ("TOPIC #other :news", &[":irc.backplane 442 me #other :You're not on that channel"]),
        ],
    );
    // The event of the own topic is no news; another one's is.
    let own = client.chat.0.lock().messages.last().unwrap().clone();
    assert_eq!(client.hears(own.clone()), [""; 0]);
    assert_eq!(client.second("").hears(own), [format!("{ME} TOPIC #lobby :news")]);
    "news".clone_into(&mut client.chat.0.lock().rooms[0].topic);
    assert_eq!(client.says("TOPIC #lobby"), [":irc.backplane 332 me #lobby :news"]);
}

#[test]
fn modes_can_be_asked_for_and_not_be_changed() {
    let mut client = Client::in_lobby("draft/chathistory");
    script(
        &mut client,
        &[
            ("MODE #lobby", &[":irc.backplane 324 me #lobby +n"]),
            ("MODE #lobby b", &[":irc.backplane 368 me #lobby :End of channel ban list"]),
            ("MODE #lobby +b", &[":irc.backplane 368 me #lobby :End of channel ban list"]),
            ("MODE #lobby +o alice", &[":irc.backplane 482 me #lobby :Rooms have no operators"]),
            ("MODE me +i", &[":irc.backplane 221 me :+"]),
            ("MODE #other", &[":irc.backplane 403 me #other :You're not on that channel"]),
            ("KICK #lobby alice", &[":irc.backplane 482 me #lobby :Rooms have no operators"]),
        ],
    );
}
