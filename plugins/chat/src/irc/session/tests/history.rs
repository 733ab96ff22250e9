//! What was said before.

use super::{ALICE, Client, MODERN};
use crate::irc::fake;
use crate::irc::when;
use crate::service::{Message, MessageKind, Room, RoomKind};

/// The time of the message `hN`.
fn time(number: u64) -> u64 {
    1_764_000_000_000 + number * 1000
}

/// A client on `#lobby`, where `h0` to `h9` were said.
fn client() -> Client {
    let client = Client::in_lobby(MODERN);
    client.chat.0.lock().messages = (0..10)
        .map(|number| Message { time: time(number), ..fake::message(&format!("h{number}"), "text") })
        .collect();
    client
}

/// The ids of the messages that come back.
fn ids(shown: &[String]) -> String {
    let id =
        |line: &String| line.split_once("msgid=h").map(|(_, rest)| rest.chars().take(1).collect::<String>());
    shown.iter().filter_map(id).collect()
}

#[test]
fn every_part_of_a_history_can_be_asked_for() {
    let mut client = client();
    let at = |number| format!("timestamp={}", when::iso(time(number)));
    for (asked, expected) in [
        ("LATEST #lobby * 3", "789"),
        ("LATEST #lobby msgid=h7 5", "89"),
        (&format!("LATEST #lobby {} 9", at(5)), "6789"),
        ("BEFORE #lobby msgid=h4 2", "23"),
        (&format!("BEFORE #lobby {} 2", at(4)), "23"),
        ("AFTER #lobby msgid=h4 2", "56"),
        (&format!("AFTER #lobby {} 2", at(4)), "56"),
        ("AROUND #lobby msgid=h4 3", "345"),
        (&format!("AROUND #lobby {} 4", at(4)), "2356"),
        ("BETWEEN #lobby msgid=h2 msgid=h6 10", "345"),
        ("BETWEEN #lobby msgid=h6 msgid=h2 10", "345"),
        ("BETWEEN #lobby msgid=h2 msgid=h9 3", "345"),
        ("BETWEEN #lobby msgid=h9 msgid=h2 3", "678"),
        (&format!("BETWEEN #lobby {} {} 10", at(2), at(6)), "345"),
        ("AFTER #LOBBY msgid=h9 5", ""),
        ("latest #lobby * 100000", "0123456789"),
    ] {
        let shown = client.says(&format!("CHATHISTORY {asked}"));
        assert_eq!(ids(&shown), expected, "{asked}: {shown:?}");
        assert!(shown[0].contains(" BATCH +") && shown.last().unwrap().contains(" BATCH -"), "{shown:?}");
    }
}

#[test]
fn a_history_is_a_batch_of_lines_with_their_times() {
    let mut client = client();
    let shown = client.says("@label=x CHATHISTORY LATEST #lobby * 1");
    let expected = [
        "@label=x :irc.backplane BATCH +b2 labeled-response".to_owned(),
        "@batch=b2 :irc.backplane BATCH +b1 chathistory #lobby".to_owned(),
        format!("@time={};msgid=h9;batch=b1 {ALICE} PRIVMSG #lobby :text", when::iso(time(9))),
        "@batch=b2 :irc.backplane BATCH -b1".to_owned(),
        ":irc.backplane BATCH -b2".to_owned(),
    ];
    assert_eq!(shown, expected);
}

#[test]
fn what_cannot_be_asked_is_told() {
    let mut client = client();
    for (asked, code) in [
        ("NEWEST #lobby * 3", "UNKNOWN_COMMAND NEWEST #lobby"),
        ("LATEST #lobby", "NEED_MORE_PARAMS LATEST #lobby"),
        ("LATEST", "NEED_MORE_PARAMS LATEST"),
        ("LATEST #other * 3", "INVALID_TARGET LATEST #other"),
        ("LATEST bob * 3", "INVALID_TARGET LATEST bob"),
        ("LATEST #lobby * many", "INVALID_PARAMS LATEST #lobby"),
        ("BEFORE #lobby * 3", "INVALID_PARAMS BEFORE #lobby"),
        ("BEFORE #lobby timestamp=noon 3", "INVALID_PARAMS BEFORE #lobby"),
        ("BEFORE #lobby msgid=none 3", "MESSAGE_ERROR BEFORE #lobby"),
        ("BEFORE #lobby h4 3", "INVALID_MSGREFTYPE BEFORE #lobby"),
        ("BETWEEN #lobby msgid=h2 msgid=h6", "NEED_MORE_PARAMS BETWEEN #lobby"),
        (
            "TARGETS timestamp=2025-01-01T00:00:00Z * 5",
            "INVALID_PARAMS TARGETS timestamp=2025-01-01T00:00:00Z",
        ),
    ] {
        let shown = client.says(&format!("CHATHISTORY {asked}"));
        assert_eq!(shown.len(), 1, "{asked}: {shown:?}");
        assert!(
            shown[0].starts_with(&format!(":irc.backplane FAIL CHATHISTORY {code} :")),
            "{asked}: {shown:?}"
        );
    }
    assert_eq!(client.says("CHATHISTORY"), [":irc.backplane 461 me CHATHISTORY :Not enough parameters"]);
}

#[test]
fn conversations_are_found_by_the_time_of_their_last_words() {
    let mut client = client();
    {
        let mut chat = client.chat.0.lock();
        let direct = Room {
            author: Some("aaaa".to_owned()),
            last: Some(Message { time: time(5), ..fake::message("p", "psst") }),
            ..fake::room("d-aaaa", "@alice", RoomKind::Direct)
        };
        chat.rooms[0].last = Some(Message { time: time(9), ..fake::message("l", "text") });
        chat.rooms.push(direct);
    }
    let from = |number| format!("timestamp={}", when::iso(time(number)));
    let shown = client.says(&format!("CHATHISTORY TARGETS {} {} 10", from(20), from(0)));
    let expected = [
        ":irc.backplane BATCH +b1 draft/chathistory-targets".to_owned(),
        format!("@batch=b1 :irc.backplane CHATHISTORY TARGETS alice {}", when::iso(time(5))),
        format!("@batch=b1 :irc.backplane CHATHISTORY TARGETS #lobby {}", when::iso(time(9))),
        ":irc.backplane BATCH -b1".to_owned(),
    ];
    assert_eq!(shown, expected);
    assert_eq!(client.says(&format!("CHATHISTORY TARGETS {} {} 10", from(5), from(8))).len(), 2);
}

#[test]
fn what_is_not_text_any_more_is_left_out() {
    let mut client = client();
    client.chat.change("h7", |message| message.deleted = true);
    client.chat.change("h8", |message| message.muted = true);
    client.chat.change("h9", |message| message.kind = MessageKind::Topic);
    assert_eq!(ids(&client.says("CHATHISTORY LATEST #lobby * 5")), "56");
}

#[test]
fn an_old_name_in_the_history_changes_no_nick() {
    let mut client = client();
    client.chat.change("h9", |message| "al".clone_into(&mut message.name));
    let shown = client.says("CHATHISTORY LATEST #lobby * 1");
    assert!(shown[1].contains(ALICE) && shown.len() == 3, "{shown:?}");
}

#[test]
fn gaps_are_shown_to_who_joins() {
    let client = client();
    client.chat.change("h9", |message| message.gap = true);
    let mut plain = client.second("");
    plain.says("PART #lobby");
    let shown = plain.says("JOIN #lobby");
    let gap = ":irc.backplane NOTICE #lobby :(messages are missing here that this node has not received yet)";
    assert_eq!(shown.iter().position(|line| line == gap), Some(shown.len() - 2), "{shown:?}");
}

#[test]
fn private_words_that_were_not_read_are_shown_to_who_comes_back() {
    let mut client = Client::stranger("");
    {
        let mut chat = client.chat.0.lock();
        chat.people.push(("d-aaaa".to_owned(), fake::person("aaaa", "alice")));
        let room = Room {
            author: Some("aaaa".to_owned()),
            unread: 2,
            ..fake::room("d-aaaa", "@alice", RoomKind::Direct)
        };
        chat.rooms.push(room);
        let private = |id: &str| Message { room: "d-aaaa".to_owned(), ..fake::message(id, id) };
        chat.messages.extend(["p1", "p2", "p3"].map(private));
    }
    client.says("NICK me");
    let welcome = client.says("USER me 0 * :Me");
    let private: Vec<_> = welcome.iter().filter(|line| line.contains(" PRIVMSG me ")).collect();
    let line = |text: &str| format!("{ALICE} PRIVMSG me :[2025-11-30 12:34Z] {text}");
    assert_eq!(private, [&line("p2"), &line("p3")]);
    // And can be asked for by who asks for history.
    let mut modern = client.second(MODERN);
    assert_eq!(modern.says("CHATHISTORY LATEST alice * 2").len(), 4);
}
