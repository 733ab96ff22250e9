//! How a client becomes known.

use super::{Client, Next, lines, script};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

#[test]
fn a_client_is_welcomed_under_the_name_of_the_user() {
    let mut client = Client::stranger("");
    assert_eq!(client.says("NICK somebody"), [""; 0]);
    let welcome = client.says("USER x 0 * :X");
    let first = ":irc.backplane 001 me :Welcome to Backplane, me!chat@0000-0000-0000-0000";
    assert_eq!(welcome.first().map(String::as_str), Some(first));
    let numbers: Vec<_> = welcome.iter().filter_map(|line| line.split(' ').nth(1)).collect();
    let expected =
        ["001", "002", "003", "004", "005", "251", "254", "375", "372", "372", "372", "372", "376", "NOTICE"];
    assert_eq!(numbers, expected);
    assert!(
        welcome.iter().any(|line| line.contains("CHATHISTORY=200") && line.contains("CASEMAPPING=ascii"))
    );
    assert!(welcome.last().unwrap().contains("You are me here"), "{welcome:?}");
    assert_eq!(client.says("USER x 0 * :X"), [":irc.backplane 462 me :You may not reregister"]);
}

#[test]
fn who_has_no_name_yet_has_the_nick_as_a_name() {
    let mut client = Client::stranger("");
    "anon-0000".clone_into(&mut client.chat.0.lock().me.name);
    client.says("USER x 0 * :X");
    let welcome = client.says("NICK zoe");
    assert!(welcome[0].starts_with(":irc.backplane 001 zoe :"), "{welcome:?}");
    assert_eq!(client.chat.0.lock().me.name, "zoe");
    let mut client = Client::stranger("");
    "anon-0000".clone_into(&mut client.chat.0.lock().me.name);
    client.says("USER x 0 * :X");
    assert!(client.says("NICK NickServ")[0].starts_with(":irc.backplane 001 anon-0000 :"));
}

#[test]
fn nothing_but_the_registration_is_answered_before_it() {
    let mut client = Client::stranger("");
    script(
        &mut client,
        &[
            ("JOIN #lobby", &[":irc.backplane 451 * :You have not registered"]),
            ("NICK", &[":irc.backplane 431 * :No nickname given"]),
            ("USER x", &[":irc.backplane 461 * USER :Not enough parameters"]),
            ("PING :abc", &[":irc.backplane PONG irc.backplane :abc"]),
            ("", &[]),
        ],
    );
    assert!(!client.session.is_registered());
    assert_eq!(client.answer("QUIT :bye").next, Next::Close { refused: false });
}

#[test]
fn the_registration_waits_for_the_end_of_the_negotiation() {
    let mut client = Client::stranger("");
    script(
        &mut client,
        &[
            (
                "CAP LS 302",
                &[
                    ":irc.backplane CAP * LS :batch cap-notify draft/chathistory draft/message-redaction echo-message \
                   labeled-response message-tags server-time",
                ],
            ),
            ("NICK me", &[]),
            ("USER me 0 * :Me", &[]),
            ("CAP REQ :server-time batch", &[":irc.backplane CAP * ACK :server-time batch"]),
            ("CAP REQ :server-time away-notify", &[":irc.backplane CAP * NAK :server-time away-notify"]),
            ("CAP REQ :sasl", &[":irc.backplane CAP * NAK :sasl"]),
            ("CAP LIST", &[":irc.backplane CAP * LIST :batch cap-notify server-time"]),
            ("CAP NONE", &[":irc.backplane 410 * NONE :Invalid CAP command"]),
        ],
    );
    assert!(client.says("CAP END")[0].starts_with(":irc.backplane 001 me :"));
    assert_eq!(client.says("CAP REQ :-batch"), [":irc.backplane CAP me ACK :-batch"]);
    assert_eq!(client.says("CAP LIST"), [":irc.backplane CAP me LIST :cap-notify server-time"]);
}

#[test]
fn without_the_password_nobody_is_registered() {
    for pass in [None, Some("PASS wrong")] {
        let mut client = Client::stranger("secret");
        pass.into_iter().for_each(|line| drop(client.says(line)));
        client.says("NICK me");
        let answer = client.answer("USER me 0 * :Me");
        let refused = [
            ":irc.backplane 464 * :Password incorrect",
            ":irc.backplane ERROR :Closing link: Password incorrect",
        ];
        assert_eq!(lines(&answer), refused);
        assert_eq!(answer.next, Next::Close { refused: true });
        assert!(!client.session.is_registered());
    }
    let mut client = Client::stranger("secret");
    ["PASS secret", "NICK me"].iter().for_each(|line| drop(client.says(line)));
    assert!(client.says("USER me 0 * :Me")[0].starts_with(":irc.backplane 001 me :"));
}

#[test]
fn the_password_can_be_given_by_sasl() {
    let mut client = Client::stranger("secret");
    let ls = client.says("CAP LS 302");
    assert!(ls[0].contains("sasl=PLAIN"), "{ls:?}");
    let good = format!("AUTHENTICATE {}", STANDARD.encode("\0me\0secret"));
    let bad = format!("AUTHENTICATE {}", STANDARD.encode("\0me\0guess"));
    script(
        &mut client,
        &[
            ("AUTHENTICATE PLAIN", &[":irc.backplane 904 * :SASL authentication failed"]),
            ("CAP REQ sasl", &[":irc.backplane CAP * ACK :sasl"]),
            (
                "AUTHENTICATE EXTERNAL",
                &[
                    ":irc.backplane 908 * PLAIN :are available SASL mechanisms",
                    ":irc.backplane 904 * :SASL authentication failed",
                ],
            ),
            ("AUTHENTICATE PLAIN", &[":irc.backplane AUTHENTICATE +"]),
            ("AUTHENTICATE *", &[":irc.backplane 906 * :SASL authentication aborted"]),
            ("AUTHENTICATE PLAIN", &[":irc.backplane AUTHENTICATE +"]),
            (&bad, &[":irc.backplane 904 * :SASL authentication failed"]),
            ("AUTHENTICATE PLAIN", &[":irc.backplane AUTHENTICATE +"]),
            (
                &good,
                &[
                    ":irc.backplane 900 * *!*@irc.backplane irc.backplane :You are now logged in",
                    ":irc.backplane 903 * :SASL authentication successful",
                ],
            ),
            ("AUTHENTICATE PLAIN", &[":irc.backplane 907 * :You have already authenticated using SASL"]),
        ],
    );
    ["NICK me", "USER me 0 * :Me"].iter().for_each(|line| drop(client.says(line)));
    assert!(client.says("CAP END")[0].starts_with(":irc.backplane 001 me :"));
}

#[test]
fn a_secret_comes_in_chunks_and_not_without_an_end() {
    let mut client = Client::stranger("secret");
    client.says("CAP REQ sasl");
    client.says("AUTHENTICATE PLAIN");
    let chunk = format!("AUTHENTICATE {}", "A".repeat(400));
    for _ in 0..10 {
        assert_eq!(client.says(&chunk), [""; 0]);
    }
    assert_eq!(client.says(&chunk), [":irc.backplane 905 * :SASL message too long"]);
    client.says("AUTHENTICATE PLAIN");
    client.says(&chunk);
    assert_eq!(client.says("AUTHENTICATE +"), [":irc.backplane 904 * :SASL authentication failed"]);
}

#[test]
fn who_guesses_is_turned_away() {
    let mut client = Client::stranger("secret");
    assert_eq!(client.answer("PASS a").next, Next::Go);
    assert_eq!(client.answer("PASS b").next, Next::Go);
    assert_eq!(client.answer("PASS c").next, Next::Close { refused: true });
}

#[test]
fn no_event_reaches_a_client_that_is_not_registered() {
    let mut client = Client::stranger("secret");
    assert_eq!(client.hears(crate::irc::fake::message("m1", "secret talk")), [""; 0]);
}
