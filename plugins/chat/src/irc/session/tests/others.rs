//! What others do.

use super::{ALICE, Client, ME, MODERN, lines};
use crate::irc::fake;
use crate::service::{Message, MessageKind, Reply, RoomKind, Told};

const BOB: &str = ":bob!chat@bbbb-bbbb-bbbb-bbbb";

fn of_bob(id: &str, text: &str) -> Message {
    fake::message_of("bbbb", "bob", id, text)
}

fn private(message: Message) -> Message {
    Message { room: "d-aaaa".to_owned(), ..message }
}

#[test]
fn a_message_is_a_line_with_its_id_and_time() {
    let mut client = Client::in_lobby(MODERN);
    let mut message = fake::message("m1", "hello");
    let time = "time=2025-11-30T12:34:56.789Z";
    assert_eq!(client.hears(message.clone()), [format!("@{time};msgid=m1 {ALICE} PRIVMSG #lobby :hello")]);
    // A clock that is fast does not put a message into the future.
    (message.id, message.time) = ("m2".to_owned(), message.received + 3_600_000);
    let shown = client.hears(message);
    assert_eq!(shown, [format!("@time=2025-11-30T12:34:56.999Z;msgid=m2 {ALICE} PRIVMSG #lobby :hello")]);
}

#[test]
fn a_message_that_was_long_on_its_way_tells_its_time() {
    let late = |message: Message| Message { received: message.time + 3_600_000, ..message };
    let shown = Client::in_lobby("").hears(late(fake::message("m1", "hello")));
    assert_eq!(shown, [format!("{ALICE} PRIVMSG #lobby :[2025-11-30 12:34Z] hello")]);
    let shown = Client::in_lobby("server-time").hears(late(fake::message("m1", "hello")));
    assert_eq!(shown, [format!("@time=2025-11-30T12:34:56.789Z {ALICE} PRIVMSG #lobby :hello")]);
}

#[test]
fn what_was_shown_with_the_history_is_no_news() {
    let mut client = Client::in_lobby("");
    assert_eq!(client.hears(fake::message("m0", "before")), [""; 0]);
}

#[test]
fn who_is_new_joins_before_speaking() {
    let mut client = Client::in_lobby("");
    let shown = [format!("{BOB} JOIN #lobby"), format!("{BOB} PRIVMSG #lobby :hi")];
    assert_eq!(client.hears(of_bob("m1", "hi")), shown);
    assert_eq!(client.hears(of_bob("m2", "again")), [format!("{BOB} PRIVMSG #lobby :again")]);
    assert_eq!(client.says("NAMES #lobby")[0], ":irc.backplane 353 me = #lobby :bob me alice");
}

#[test]
fn a_text_of_many_lines_is_many_lines_and_forges_none() {
    let mut client = Client::in_lobby("message-tags");
    let shown =
        client.hears(fake::message("m1", "one\r\n:me!x@y PRIVMSG #lobby :forged\n\n\u{1}DCC SEND x\u{1}"));
    let expected = [
        format!("@msgid=m1 {ALICE} PRIVMSG #lobby :one"),
        format!("{ALICE} PRIVMSG #lobby ::me!x@y PRIVMSG #lobby :forged"),
        format!("{ALICE} PRIVMSG #lobby :DCC SEND x"),
    ];
    assert_eq!(shown, expected);
    let shown = client.hears(fake::message("m2", "/me waves\nand goes"));
    assert_eq!(shown[0], format!("@msgid=m2 {ALICE} PRIVMSG #lobby :\u{1}ACTION waves\u{1}"));
    assert_eq!(shown[1], format!("{ALICE} PRIVMSG #lobby :\u{1}ACTION and goes\u{1}"));
}

#[test]
fn a_long_text_is_cut_into_lines_that_fit() {
    let mut client = Client::in_lobby("");
    let text = "grüße ".repeat(1000);
    let shown = client.hears(fake::message("m1", &text));
    assert!(shown.len() > 10 && shown.iter().all(|line| line.len() <= 510), "{}", shown.len());
    let said: String = shown.iter().map(|line| line.split_once(" :").unwrap().1).collect();
    assert_eq!(said, text);
    let shown = client.hears(fake::message("m2", &format!("/me {}", "é".repeat(600))));
    assert!(shown.iter().all(|line| line.len() <= 510 && line.ends_with('\u{1}')), "{shown:?}");
    let shown = client.hears(fake::message("m3", &"x\n".repeat(4000)));
    assert_eq!(shown.len(), 41);
    assert_eq!(shown.last().unwrap(), &format!("{ALICE} PRIVMSG #lobby :… and 3960 more lines"));
}

#[test]
fn an_answer_names_whom_it_answers_where_there_are_no_tags() {
    let reply = Reply { id: "m0".to_owned(), name: "bob".to_owned(), text: "x".to_owned(), known: true };
    let answer = Message { reply: Some(reply), ..fake::message("m1", "yes") };
    assert_eq!(Client::in_lobby("").hears(answer.clone()), [format!("{ALICE} PRIVMSG #lobby :bob: yes")]);
    let tagged = Client::in_lobby("message-tags").hears(answer.clone());
    assert_eq!(tagged, [format!("@msgid=m1;+draft/reply=m0 {ALICE} PRIVMSG #lobby :yes")]);
    let named = Message { text: "bob: yes".to_owned(), ..answer };
    assert_eq!(Client::in_lobby("").hears(named), [format!("{ALICE} PRIVMSG #lobby :bob: yes")]);
}

#[test]
fn an_edit_is_shown_as_a_new_line() {
    for (caps, tags) in [("", ""), ("message-tags server-time", "@+draft/reply=m1 ")] {
        let mut client = Client::in_lobby(caps);
        let message = fake::message("m1", "helo");
        client.hears(message.clone());
        let sent = Message { sent: 4, seen: 2, ..message.clone() };
        assert_eq!(client.sees(sent), [""; 0]);
        let edited = Message { text: "hello".to_owned(), edited: true, ..message };
        assert_eq!(client.sees(edited.clone()), [format!("{tags}{ALICE} PRIVMSG #lobby :* hello")]);
        assert_eq!(client.sees(edited), [""; 0]);
    }
}

#[test]
fn a_change_of_what_was_never_shown_is_not_shown() {
    let mut client = Client::in_lobby("");
    assert_eq!(client.sees(fake::message("never", "changed")), [""; 0]);
}

#[test]
fn deletions_and_reactions_are_shown_as_each_client_can() {
    let deleted = Message { deleted: true, text: String::new(), ..fake::message("m0", "") };
    let reacted =
        Message { reactions: vec![fake::reaction("👍", &["bbbb"])], ..fake::message("m0", "before") };
    let (mut plain, mut modern) = (Client::with(""), Client::with("message-tags draft/message-redaction"));
    for client in [&mut plain, &mut modern] {
        client.chat.0.lock().people.push(("r-lobby".to_owned(), fake::person("bbbb", "bob")));
        client.says("JOIN #lobby");
    }
    assert_eq!(plain.sees(reacted.clone()), [format!("{BOB} NOTICE #lobby :reacts with 👍 to: before")]);
    assert_eq!(plain.sees(fake::message("m0", "before")), [""; 0]);
    let notice = format!("{ALICE} NOTICE #lobby :took back a message of 2025-11-30 12:34Z");
    assert_eq!(plain.sees(deleted.clone()), [notice]);
    assert_eq!(modern.sees(reacted), [format!("@+draft/react=👍;+draft/reply=m0 {BOB} TAGMSG #lobby")]);
    let undone = format!("@+draft/unreact=👍;+draft/reply=m0 {BOB} TAGMSG #lobby");
    assert_eq!(modern.sees(fake::message("m0", "before")), [undone]);
    assert_eq!(modern.sees(deleted), [format!("{ALICE} REDACT #lobby m0")]);
}

#[test]
fn private_words_come_from_the_nick_of_who_wrote_them() {
    for caps in ["", "echo-message"] {
        let mut client = Client::in_lobby(caps);
        let room = crate::service::Room {
            author: Some("aaaa".to_owned()),
            ..fake::room("d-aaaa", "@alice", RoomKind::Direct)
        };
        client.chat.0.lock().rooms.push(room);
        let heard = client.hears(private(fake::message("m1", "psst")));
        assert_eq!(heard, [format!("{ALICE} PRIVMSG me :psst")]);
        // What this user writes with another front end is only for clients that would not take it for alice's.
        let own = Message { own: true, ..private(fake::message_of("0000", "me", "m2", "what?")) };
        let expected = if caps.is_empty() { vec![] } else { vec![format!("{ME} PRIVMSG alice :what?")] };
        assert_eq!(client.hears(own), expected, "{caps}");
    }
}

#[test]
fn what_somebody_muted_says_and_what_nobody_knows_is_not_shown() {
    let mut client = Client::in_lobby("");
    assert_eq!(client.hears(Message { muted: true, ..fake::message("m1", "x") }), [""; 0]);
    assert_eq!(client.hears(Message { deleted: true, ..fake::message("m2", "") }), [""; 0]);
    assert_eq!(client.hears(Message { kind: MessageKind::Other, ..fake::message("m3", "x") }), [""; 0]);
    assert_eq!(client.hears(Message { room: "r-other".to_owned(), ..fake::message("m4", "x") }), [""; 0]);
    let topic = Message { kind: MessageKind::Topic, ..fake::message("m5", "news") };
    assert_eq!(client.hears(topic), [format!("{ALICE} TOPIC #lobby :news")]);
}

#[test]
fn lines_of_dchat_come_from_nobody_in_particular() {
    let mut client = Client::with("draft/chathistory");
    client.says("JOIN #dchat");
    let line = Message {
        room: "r-dchat".to_owned(),
        author: None,
        fingerprint: None,
        kind: MessageKind::Dchat,
        ..fake::message("m1", "alice: hi")
    };
    assert_eq!(client.hears(line), [":dchat!chat@dchat PRIVMSG #dchat :alice: hi"]);
}

#[test]
fn a_client_that_missed_events_is_told() {
    let mut client = Client::in_lobby("");
    let told = lines(&client.session.told(&Told::Lost(7)));
    assert_eq!(told, [":irc.backplane NOTICE me :7 events were lost: the history has what they told"]);
}
