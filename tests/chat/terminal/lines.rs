//! The line commands, as scripts and bots use them.

use super::person::{Alice, Friend};
use backplane_tests::process::backplane;
use backplane_tests::wait::within;
use serde_json::{Value, json};
use std::process::{Output, Stdio};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

fn command(alice: &Alice, arguments: &[&str]) -> Command {
    let rpc = alice.rpc();
    let mut command = backplane(&[&["chat", "--rpc", &rpc], arguments].concat());
    command.env("TZ", "UTC");
    command
}

async fn run(alice: &Alice, arguments: &[&str]) -> Output {
    within("a command", command(alice, arguments).output()).await.unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// A `chat tail` that runs.
struct Tail {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Tail {
    fn start(alice: &Alice, arguments: &[&str]) -> Self {
        let mut command = command(alice, &[&["tail"], arguments].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    async fn line(&mut self) -> String {
        within("a line of the tail", self.lines.next_line()).await.unwrap().expect("the tail goes on")
    }

    async fn event(&mut self) -> Value {
        serde_json::from_str(&self.line().await).unwrap()
    }

    /// The next event of a kind.
    async fn event_of(&mut self, kind: &str) -> Value {
        loop {
            let event = self.event().await;
            if event["event"] == kind {
                return event;
            }
        }
    }

    async fn interrupt(&self) {
        let id = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-s", "INT", &id]).status().await.unwrap().success());
    }

    async fn ended(mut self) -> Output {
        drop(self.lines);
        within("the end of the tail", self.child.wait()).await.unwrap();
        self.child.wait_with_output().await.unwrap()
    }
}

#[tokio::test]
async fn a_tail_tells_the_history_and_then_everything_that_happens() {
    let alice = Alice::start().await;
    let bob = Friend::of(&alice, "bob").await;
    bob.says("#lobby", "before").await;
    alice.hears("before").await;
    let mut tail = Tail::start(&alice, &["--json", "--room", "#lobby", "--history", "5"]);
    let first = tail.event().await;
    assert_eq!((&first["event"], &first["history"]), (&json!("chat.message"), &json!(true)));
    assert_eq!(first["data"]["message"]["text"], json!("before"));
    assert_eq!(tail.event().await, json!({"event": "subscribed"}));
    bob.asks("join", json!({"name": "#other"})).await;
    alice.asks("join", json!({"name": "#other"})).await;
    alice.asks("send", json!(["#other", "elsewhere"])).await;
    let id = bob.says("#lobby", "after").await;
    let message = tail.event_of("chat.message").await;
    assert_eq!(message["data"]["message"]["id"], json!(id));
    assert_eq!(message["history"], Value::Null);
    bob.asks("edit", json!({"id": id, "text": "changed"})).await;
    let changed = tail.event_of("chat.changed").await;
    assert_eq!(changed["data"]["message"]["text"], json!("changed"));
    tail.interrupt().await;
    assert_eq!(tail.ended().await.status.code(), Some(0));
}

#[tokio::test]
async fn a_tail_as_text_has_a_line_for_each_message_and_ends_when_nobody_reads_it() {
    let alice = Alice::start().await;
    let bob = Friend::of(&alice, "bob").await;
    let mut tail = Tail::start(&alice, &["--history", "1"]);
    bob.says("#lobby", "two\nlines").await;
    let line = tail.line().await;
    assert!(line.ends_with(" #lobby bob: two ↵ lines"), "{line}");
    let output = tail.ended().await;
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
}

#[tokio::test]
async fn a_tail_fails_when_the_node_goes_or_the_room_is_none() {
    let mut alice = Alice::start().await;
    let mut tail = Tail::start(&alice, &["--json"]);
    tail.event_of("subscribed").await;
    let none = run(&alice, &["tail", "--room", "#nowhere"]).await;
    assert_eq!(none.status.code(), Some(1));
    assert!(text(&none.stderr).contains("#nowhere"), "{}", text(&none.stderr));
    alice.go().await;
    let output = tail.ended().await;
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stderr), "error: the node has closed the connection\n");
    let refused = run(&alice, &["rooms"]).await;
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).starts_with("error: cannot connect to tcp://"));
}

#[tokio::test]
async fn scripts_send_and_read() {
    let alice = Alice::start().await;
    let sent = run(&alice, &["send", "from", "a", "script"]).await;
    let message = alice.hears("from a script").await;
    assert_eq!(text(&sent.stdout).trim_end(), message["id"].as_str().unwrap());
    let mut piped = command(&alice, &["send", "--room", "#lobby", "-"]);
    let mut child = piped.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all("of two\nlines\n".as_bytes()).await.unwrap();
    assert!(within("the command", child.wait_with_output()).await.unwrap().status.success());
    alice.hears("of two\nlines").await;

    let history = run(&alice, &["history", "--json"]).await;
    let texts: Vec<_> = text(&history.stdout)
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["text"].clone())
        .collect();
    assert_eq!(texts, [json!("from a script"), json!("of two\nlines")]);
    let rooms = run(&alice, &["rooms"]).await;
    let names: Vec<_> =
        text(&rooms.stdout).lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(names, ["#dchat", "#lobby"]);

    for (arguments, code, reason) in [
        (&["send", " "][..], 2, "there is nothing to say"),
        (&["send", "a\u{1b}b"], 1, "not allowed"),
        (&["send", "--room", "#nowhere", "x"], 1, "no such room: #nowhere"),
    ] {
        let refused = run(&alice, arguments).await;
        assert_eq!(refused.status.code(), Some(code));
        assert!(text(&refused.stderr).contains(reason), "{}", text(&refused.stderr));
    }
}
