//! Whatever comes in, lines come out that are lines.

use super::{Client, MODERN, NOW};
use crate::irc::fake;
use crate::service::{Event, Message, MessageKind, Reply};
use proptest::prelude::*;

const VERBS: [&str; 33] = [
    "CAP",
    "PASS",
    "NICK",
    "USER",
    "AUTHENTICATE",
    "PING",
    "PONG",
    "JOIN",
    "PART",
    "PRIVMSG",
    "NOTICE",
    "TAGMSG",
    "REDACT",
    "TOPIC",
    "NAMES",
    "LIST",
    "WHO",
    "WHOIS",
    "WHOWAS",
    "MODE",
    "AWAY",
    "USERHOST",
    "ISON",
    "MOTD",
    "LUSERS",
    "VERSION",
    "TIME",
    "KICK",
    "INVITE",
    "CHATHISTORY",
    "CHATHISTORY LATEST",
    "CHATHISTORY BETWEEN #lobby",
    "SUMMON",
];

/// Words that mean something, and others.
fn word() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "#lobby",
        "#dchat",
        "#team",
        "alice",
        "me",
        "*",
        "0",
        ":",
        "LS",
        "REQ",
        "END",
        "302",
        "PLAIN",
        "msgid=m0",
        "5",
        "timestamp=2025-11-30T12:34:56.000Z",
        "+b",
        "m0",
        ":all the rest",
        "#a,#b",
        "k1,k2",
        "\u{1}ACTION x\u{1}",
    ]);
    prop_oneof![4 => known.prop_map(ToOwned::to_owned), 1 => "(?s).{0,12}"]
}

fn line() -> impl Strategy<Value = String> {
    let tags = prop::sample::select(vec![
        "",
        "",
        "@label=x ",
        "@+draft/reply=m0;+draft/react=👍 ",
        "@a;b=c\\ ",
        "@label ",
    ]);
    let verb = prop::sample::select(VERBS.to_vec());
    (tags, verb, prop::collection::vec(word(), 0..5))
        .prop_map(|(tags, verb, words)| format!("{tags}{verb} {}", words.join(" ")))
}

fn message() -> impl Strategy<Value = Message> {
    let kinds = vec![MessageKind::Text, MessageKind::Topic, MessageKind::Dchat, MessageKind::Other];
    let (text, name, emoji) = ("(?s).{0,200}", "(?s).{0,20}", "(?s).{0,4}");
    (text, name, emoji, prop::sample::select(kinds), any::<u64>(), 0..4_u8).prop_map(
        |(text, name, emoji, kind, time, author)| Message {
            kind,
            time,
            reply: (author == 1).then(|| Reply {
                id: emoji.clone(),
                name: name.clone(),
                text: text.clone(),
                known: true,
            }),
            reactions: vec![fake::reaction(&emoji, &["aaaa"])],
            deleted: author == 2,
            ..fake::message_of(&author.to_string(), &name, &format!("m{}", author % 2), &text)
        },
    )
}

/// That bytes are lines which clients take for what they are.
fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    let text = std::str::from_utf8(bytes).expect("everything sent is UTF-8");
    prop_assert!(text.is_empty() || text.ends_with("\r\n"), "{text:?}");
    for line in text.split_terminator("\r\n") {
        prop_assert!(!line.contains(['\r', '\n', '\0']), "{line:?}");
        let body =
            if line.starts_with('@') { line.split_once(' ').map_or("", |(_, body)| body) } else { line };
        prop_assert!(body.starts_with(':') && body.len() <= 510, "{line:?}");
        let mut words = body.split(' ');
        let (source, verb) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        prop_assert!(source.len() > 1, "{line:?}");
        let is_verb = |verb: &str| !verb.is_empty() && verb.bytes().all(|byte| byte.is_ascii_alphanumeric());
        prop_assert!(is_verb(verb), "{line:?}");
    }
    Ok(())
}

proptest! {
    #[test]
    fn no_conversation_breaks_the_lines(lines in prop::collection::vec(line(), 1..20), modern: bool, known: bool) {
        let mut client = if known { Client::in_lobby(if modern { MODERN } else { "" }) } else { Client::stranger("x") };
        for line in lines {
            check(&client.session.line(line.as_bytes(), NOW).bytes)?;
        }
    }

    #[test]
    fn no_bytes_break_the_lines(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&Client::in_lobby(MODERN).session.line(&bytes, NOW).bytes)?;
    }

    #[test]
    fn no_message_of_anybody_breaks_the_lines(messages in prop::collection::vec(message(), 1..10), modern: bool) {
        let mut client = Client::in_lobby(if modern { MODERN } else { "" });
        for message in messages {
            let events = [Event::Message { message: message.clone() }, Event::Changed { message }];
            for event in events {
                let told = crate::service::Told::Event(Box::new(event));
                check(&client.session.told(&told).bytes)?;
            }
        }
    }
}
