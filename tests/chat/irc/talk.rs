//! A client talks with somebody on another node.

use super::node::{Friend, IrcNode};
use super::raw::{MODERN, Raw};
use serde_json::json;

/// A line without its tags.
fn untagged(line: &str) -> &str {
    if line.starts_with('@') { line.split_once(' ').map_or("", |(_, rest)| rest) } else { line }
}

#[tokio::test]
async fn a_client_joins_sees_what_was_said_and_talks() {
    let node = IrcNode::start(&[]).await;
    let alice = Friend::of(&node, "alice").await;
    let fingerprint = alice.fingerprint().await;
    let source = format!(":alice!chat@{fingerprint}");
    for text in ["one", "two", "three"] {
        alice.says("#lobby", text).await;
    }
    let mut node = node;
    backplane_tests::wait::eventually_some("the history on the clients' node", async || {
        let history = node.rpc.call("chat.history", json!({"room": "#lobby"})).await.unwrap();
        (history["messages"].as_array().unwrap().len() == 3).then_some(())
    })
    .await;
    let mut client = Raw::registered(&node, "server-time message-tags batch echo-message").await;
    client.says("JOIN #lobby").await;
    let shown = client.all().await;
    let names = shown.iter().find(|line| line.contains(" 353 ")).unwrap();
    assert!(names.ends_with(":me alice"), "{names}");
    let said: Vec<_> = shown.iter().filter(|line| line.contains("PRIVMSG")).collect();
    assert_eq!(said.len(), 3, "{shown:#?}");
    for (line, text) in said.iter().zip(["one", "two", "three"]) {
        assert_eq!(untagged(line), format!("{source} PRIVMSG #lobby :{text}"));
        assert!(line.starts_with("@time=20") && line.contains(";msgid="), "{line}");
    }

    client.says("PRIVMSG #lobby :hello, alice").await;
    let echo = client.hears("PRIVMSG").await;
    assert!(
        untagged(&echo).starts_with(":me!chat@") && echo.ends_with(" PRIVMSG #lobby :hello, alice"),
        "{echo}"
    );
    let seen = alice.sees("#lobby", "hello, alice").await;
    assert_eq!((seen["name"].as_str(), seen["self"].as_bool()), (Some("me"), Some(false)));
    let id = seen["id"].as_str().unwrap();
    assert!(echo.contains(&format!("msgid={id} ")), "{echo}");

    let answer = json!({"room": "#lobby", "text": "hello yourself\nand welcome", "reply": id});
    alice.asks("send", answer).await;
    let line = client.hears("hello yourself").await;
    assert!(line.contains(&format!(";+draft/reply={id} ")), "{line}");
    assert_eq!(untagged(&client.line().await.unwrap()), format!("{source} PRIVMSG #lobby :and welcome"));
}

#[tokio::test]
async fn edits_reactions_and_deletions_reach_a_client() {
    let node = IrcNode::start(&[]).await;
    let alice = Friend::of(&node, "alice").await;
    let mut client = Raw::registered(&node, MODERN).await;
    client.says("JOIN #lobby").await;
    let id = alice.says("#lobby", "helo").await;
    client.hears(" PRIVMSG #lobby :helo").await;
    alice.asks("edit", json!({"id": id, "text": "hello"})).await;
    let edit = client.hears(" PRIVMSG #lobby :* hello").await;
    assert!(edit.starts_with(&format!("@+draft/reply={id} ")), "{edit}");
    alice.asks("react", json!({"id": id, "emoji": "👍"})).await;
    let reaction = client.hears(" TAGMSG #lobby").await;
    assert!(reaction.starts_with(&format!("@+draft/react=👍;+draft/reply={id} :alice!")), "{reaction}");
    client.says(&format!("@+draft/react=🎉;+draft/reply={id} TAGMSG #lobby")).await;
    client.hears(" TAGMSG #lobby").await;
    backplane_tests::wait::eventually_some("the reaction of the client", async || {
        let message = alice.asks("message", json!([id])).await;
        message["reactions"].as_array().unwrap().iter().any(|one| one["emoji"] == "🎉").then_some(())
    })
    .await;
    alice.asks("delete", json!([id])).await;
    client.hears(&format!(" REDACT #lobby {id}")).await;
}

#[tokio::test]
async fn rooms_with_a_key_and_private_words_are_for_those_who_know() {
    let node = IrcNode::start(&[]).await;
    let alice = Friend::of(&node, "alice").await;
    let room = alice.asks("join", json!({"name": "#cellar", "passphrase": "sesame"})).await;
    let mut client = Raw::registered(&node, "echo-message").await;
    client.says("JOIN #cellar sesame").await;
    assert_eq!(client.hears(" 353 ").await, ":irc.backplane 353 me @ #cellar :me");
    client.says("PRIVMSG #cellar :is anybody here?").await;
    let id = room["room"].as_str().unwrap();
    assert_eq!(alice.sees(id, "is anybody here?").await["name"], "me");
    alice.says(id, "only me").await;
    client.hears("PRIVMSG #cellar :only me").await;

    client.says("PRIVMSG alice :psst").await;
    client.hears(" PRIVMSG alice :psst").await;
    let direct = backplane_tests::wait::eventually_some("the room of the two", async || {
        let rooms = alice.asks("rooms", json!([])).await;
        rooms.as_array().unwrap().iter().find(|room| room["kind"] == "direct").cloned()
    })
    .await;
    let direct = direct["room"].as_str().unwrap();
    assert_eq!(alice.sees(direct, "psst").await["name"], "me");
    alice.says(direct, "yes?").await;
    client.hears(" PRIVMSG me :yes?").await;
}

#[tokio::test]
async fn two_people_of_one_name_are_two_nicks_with_their_fingerprints() {
    let node = IrcNode::start(&[]).await;
    let alice = Friend::of(&node, "alice").await;
    let mut client = Raw::registered(&node, "server-time").await;
    client.says("JOIN #lobby").await;
    alice.says("#lobby", "it is me").await;
    let real = client.hears("it is me").await;
    let impostor = Friend::of(&node, "alice").await;
    impostor.says("#lobby", "no, me").await;
    let other = client.hears("no, me").await;
    let fingerprint = impostor.fingerprint().await;
    assert!(untagged(&real).starts_with(&format!(":alice!chat@{} ", alice.fingerprint().await)), "{real}");
    let nick = format!("alice|{}", fingerprint.get(..4).unwrap());
    assert!(untagged(&other).starts_with(&format!(":{nick}!chat@{fingerprint} ")), "{other}");
    client.says(&format!("WHOIS {nick}")).await;
    let whois = client.hears(" 276 ").await;
    assert!(whois.ends_with(&fingerprint), "{whois}");
}

#[tokio::test]
async fn long_lines_odd_bytes_and_pastes_come_through() {
    let node = IrcNode::start(&[]).await;
    let alice = Friend::of(&node, "alice").await;
    let mut client = Raw::registered(&node, "echo-message").await;
    client.says("JOIN #lobby").await;
    let long = "grüße, ".repeat(900);
    alice.says("#lobby", &long).await;
    let mut said = String::new();
    while said.len() < long.len() {
        said.push_str(client.hears("PRIVMSG #lobby").await.split_once(" #lobby :").unwrap().1);
    }
    assert_eq!(said, long);
    client.sends(b"PRIVMSG #lobby :gr\xfc\xdfe\r\nPRIVMSG #lobby :\x01ACTION \x02dances\x02\x01\n").await;
    alice.sees("#lobby", "grüße").await;
    alice.sees("#lobby", "/me *dances*").await;
    // More than may be sent at once: nothing is lost, and the order stays.
    let paste: String = (0..70).map(|number| format!("PRIVMSG #lobby :line {number}\r\n")).collect();
    client.sends(paste.as_bytes()).await;
    alice.sees("#lobby", "line 69").await;
    let messages = alice.messages("#lobby").await;
    let lines: Vec<_> =
        messages.iter().filter_map(|message| message["text"].as_str()?.strip_prefix("line ")).collect();
    assert_eq!(lines, (0..70).map(|number| number.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn history_is_asked_for_by_id_and_by_time() {
    let mut node = IrcNode::start(&[]).await;
    let mut ids = Vec::new();
    for number in 0..10 {
        let sent = node.rpc.call("chat.send", json!(["#lobby", format!("text {number}")])).await.unwrap();
        ids.push(sent["id"].as_str().unwrap().to_owned());
    }
    let mut client = Raw::registered(&node, MODERN).await;
    client.says("JOIN #lobby").await;
    client.says("CHATHISTORY LATEST #lobby * 3").await;
    let shown = client.all().await;
    let texts = |shown: &[String]| -> String {
        let text = |line: &String| line.split_once(":text ").map(|(_, number)| number.to_owned());
        shown.iter().filter_map(text).collect()
    };
    assert_eq!(texts(&shown), "789");
    let last = shown.iter().find(|line| line.ends_with(":text 7")).unwrap();
    let time = last.split_once("time=").unwrap().1.split(';').next().unwrap().to_owned();
    for (asked, expected) in [
        (format!("BEFORE #lobby msgid={} 4", ids[5]), "1234"),
        (format!("AFTER #lobby msgid={} 2", ids[5]), "67"),
        (format!("AROUND #lobby msgid={} 3", ids[5]), "456"),
        (format!("BETWEEN #lobby msgid={} msgid={} 9", ids[2], ids[5]), "34"),
    ] {
        client.says(&format!("CHATHISTORY {asked}")).await;
        assert_eq!(texts(&client.all().await), expected, "{asked}");
    }
    client.says(&format!("CHATHISTORY BEFORE #lobby timestamp={time} 100")).await;
    let before = texts(&client.all().await);
    assert!(before.starts_with("0") && !before.contains('7'), "{before}");
}
