//! What a client says.

use super::{Client, ME, MODERN, Next, lines, script};
use crate::irc::fake;
use crate::service::{ChatError, RoomKind};

fn said(client: &Client) -> Vec<(String, String)> {
    let chat = client.chat.0.lock();
    chat.messages
        .iter()
        .filter(|message| message.own)
        .map(|own| (own.room.clone(), own.text.clone()))
        .collect()
}

fn last(client: &Client) -> crate::service::Message {
    client.chat.0.lock().messages.last().unwrap().clone()
}

#[test]
fn what_is_said_in_a_channel_goes_to_its_room() {
    let mut client = Client::in_lobby("");
    assert_eq!(client.says("PRIVMSG #lobby :hello  there"), [""; 0]);
    assert_eq!(client.says("NOTICE #lobby :\u{2}note\u{2}"), [""; 0]);
    assert_eq!(client.says("PRIVMSG #LOBBY :\u{1}ACTION waves\u{1}"), [""; 0]);
    let texts: Vec<_> = said(&client).into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, ["hello  there", "*note*", "/me waves"]);
    let read = client.chat.0.lock().read.last().cloned();
    assert_eq!(read, Some(("r-lobby".to_owned(), "own3".to_owned())));
    // Its own words are no news to a client that does not want to hear them again.
    assert_eq!(client.hears(last(&client)), [""; 0]);
}

#[test]
fn bytes_of_other_encodings_become_text() {
    let mut client = Client::in_lobby("");
    client.session.line(b"PRIVMSG #lobby :gr\xfc\xdfe", 0);
    client.session.line(b"PRIVMSG #lobby :\x00a\rb", 0);
    let texts: Vec<_> = said(&client).into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, ["grüße", "ab"]);
}

#[test]
fn a_client_that_asks_for_it_hears_itself_once() {
    let mut client = Client::in_lobby(MODERN);
    let mut second = client.second("");
    let echo = client.says("@label=7;+draft/reply=m0 PRIVMSG #lobby :hello");
    let tags = "time=2025-11-30T12:34:56.789Z;msgid=own1;+draft/reply=m0;label=7";
    assert_eq!(echo, [format!("@{tags} {ME} PRIVMSG #lobby :hello")]);
    assert_eq!(client.hears(last(&client)), [""; 0]);
    assert_eq!(last(&client).reply.unwrap().id, "m0");
    // Another client of the same user does hear it.
    assert_eq!(second.hears(last(&client)), [format!("{ME} PRIVMSG #lobby :hello")]);
}

#[test]
fn a_reply_carries_the_label_of_what_was_asked() {
    let mut client = Client::in_lobby(MODERN);
    script(
        &mut client,
        &[
            ("@label=a PONG x", &["@label=a :irc.backplane ACK"]),
            ("@label=b PING x", &["@label=b :irc.backplane PONG irc.backplane :x"]),
            (
                "@label=c NAMES #lobby",
                &[
                    "@label=c :irc.backplane BATCH +b1 labeled-response",
                    "@batch=b1 :irc.backplane 353 me = #lobby :me alice",
                    "@batch=b1 :irc.backplane 366 me #lobby :End of NAMES list",
                    ":irc.backplane BATCH -b1",
                ],
            ),
            ("PONG x", &[]),
        ],
    );
    assert_eq!(Client::with("batch").says("@label=a PING x"), [":irc.backplane PONG irc.backplane :x"]);
}

#[test]
fn lines_of_dchat_go_to_the_neighbours_and_answer_nothing() {
    let mut client = Client::with("draft/chathistory echo-message message-tags");
    client.says("JOIN #dchat");
    let mut second = client.second("");
    second.says("JOIN #dchat");
    let echo = client.says("@+draft/reply=m0 PRIVMSG #dchat :hi");
    assert_eq!(echo, [format!("@msgid=own1 {ME} PRIVMSG #dchat :hi")]);
    let mut line = last(&client);
    (line.author, line.fingerprint) = (None, None);
    assert_eq!(client.hears(line.clone()), [""; 0]);
    assert_eq!(second.hears(line), [format!("{ME} PRIVMSG #dchat :hi")]);
}

#[test]
fn words_to_a_nick_go_to_a_room_of_two() {
    let mut client = Client::in_lobby("");
    client.says("PRIVMSG Alice :psst");
    assert_eq!(said(&client), [("d-aaaa".to_owned(), "psst".to_owned())]);
    assert_eq!(client.chat.0.lock().rooms.last().unwrap().kind, RoomKind::Direct);
    // Also to somebody who was never heard, by key or fingerprint.
    client.says(&format!("PRIVMSG {} :you there?", fake::fingerprint("bbbb")));
    assert_eq!(said(&client).last().unwrap().0, "d-bbbb-bbbb-bbbb-bbbb");
    script(
        &mut client,
        &[
            ("PRIVMSG bob :hi", &[":irc.backplane 401 me bob :No such nick"]),
            ("NOTICE bob :hi", &[]),
            ("PRIVMSG me :note", &[&format!("{ME} PRIVMSG me :note")]),
        ],
    );
}

#[test]
fn what_cannot_be_said_is_told() {
    let mut client = Client::in_lobby("");
    let refuse = |client: &Client, error| client.chat.0.lock().refusal = Some(error);
    script(
        &mut client,
        &[
            ("PRIVMSG", &[":irc.backplane 411 me :No recipient given"]),
            ("PRIVMSG #lobby", &[":irc.backplane 412 me :No text to send"]),
            ("PRIVMSG #lobby :\u{3}4", &[":irc.backplane 412 me :No text to send"]),
            ("PRIVMSG #other :hi", &[":irc.backplane 404 me #other :You are not on that channel"]),
            (
                "PRIVMSG #lobby :\u{1}VERSION\u{1}",
                &[":irc.backplane 404 me #lobby :Rooms carry no CTCP but ACTION, and VERSION was not sent"],
            ),
            ("NOTICE #lobby :\u{1}VERSION x\u{1}", &[]),
            ("NOTICE #other :hi", &[]),
            ("NOTICE", &[]),
            ("NONSENSE", &[":irc.backplane 421 me NONSENSE :Unknown command"]),
        ],
    );
    refuse(&client, ChatError::NotAllowed("too long".to_owned()));
    assert_eq!(client.says("PRIVMSG #lobby :x"), [":irc.backplane 404 me #lobby :not allowed: too long"]);
    refuse(&client, ChatError::Store("full".to_owned()));
    assert_eq!(client.says("NOTICE #lobby :x"), [""; 0]);
    assert_eq!(said(&client), []);
}

#[test]
fn a_line_that_comes_too_early_is_to_be_given_again() {
    let mut client = Client::in_lobby("");
    client.chat.0.lock().refusal = Some(ChatError::SlowDown { seconds: 2 });
    let answer = client.answer("PRIVMSG #lobby :a paste");
    assert_eq!((lines(&answer), answer.next), (vec![], Next::Wait(2)));
    assert_eq!(client.answer("PRIVMSG #lobby :a paste").next, Next::Go);
    assert_eq!(said(&client).len(), 1);
}

#[test]
fn messages_are_reacted_to_and_taken_back() {
    let mut client = Client::in_lobby(MODERN);
    client.says("PRIVMSG #lobby :oops");
    let react = client.says("@+draft/react=👍;+draft/reply=m0 TAGMSG #lobby");
    assert_eq!(react, [format!("@+draft/react=👍;+draft/reply=m0 {ME} TAGMSG #lobby")]);
    let reacted = client.chat.0.lock().messages[0].clone();
    assert_eq!(reacted.reactions, [fake::reaction("👍", &["0000"])]);
    assert_eq!(client.sees(reacted), [""; 0]);
    let unreact = client.says("@+draft/unreact=👍;+draft/reply=m0 TAGMSG #lobby");
    assert_eq!(unreact, [format!("@+draft/unreact=👍;+draft/reply=m0 {ME} TAGMSG #lobby")]);
    script(
        &mut client,
        &[
            ("@+typing=active TAGMSG #lobby", &[]),
            ("@+draft/react=👍 TAGMSG #lobby", &[]),
            (
                "@+draft/react=👍;+draft/reply=none TAGMSG #lobby",
                &[":irc.backplane 400 me TAGMSG :no such message: none"],
            ),
            ("REDACT #lobby own1", &[&format!("{ME} REDACT #lobby own1")]),
            (
                "REDACT #lobby m0",
                &[
                    ":irc.backplane FAIL REDACT REDACT_FORBIDDEN #lobby m0 :This message cannot be taken back by you",
                ],
            ),
            (
                "REDACT #lobby none",
                &[
                    ":irc.backplane FAIL REDACT UNKNOWN_MSGID #lobby none :This message cannot be taken back by you",
                ],
            ),
        ],
    );
    assert_eq!(client.sees(last(&client)), [""; 0]);
}
