//! A conversation in the terminal.

use super::person::{Alice, Friend};
use super::screen::becomes;
use serde_json::json;

#[tokio::test]
async fn two_people_talk_and_the_screen_tells_how_it_went() {
    let alice = Alice::start().await;
    let bob = Friend::of(&alice, "bob").await;
    let first = bob.says("#lobby", "is anybody here?").await;
    let terminal = alice.terminal((70, 11), "").await;
    terminal.shows("is anybody here?").await;
    bob.asks("react", json!({"id": first, "emoji": "🎉"})).await;
    terminal.shows("🎉 1").await;
    terminal.keys(&["-l", "bo"]).await;
    terminal.keys(&["Tab"]).await;
    terminal.types("I am, 日本").await;
    bob.hears("bob: I am, 日本").await;
    terminal.shows("(sent to 1)").await;
    let id = bob.hears("bob: I am, 日本").await["id"].clone();
    bob.asks("send", json!({"room": "#lobby", "text": "alice: good", "reply": id})).await;
    bob.asks("read", json!({"room": "#lobby", "id": id})).await;
    bob.asks("topic", json!({"room": "#lobby", "text": "tea"})).await;
    becomes(
        &terminal,
        &[
            "#lobby  tea",
            "#dchat        │",
            "#lobby        │DAY",
            "              │00:00       bob is anybody here?",
            "              │                🎉 1",
            "              │00:00     alice bob: I am, 日本  (sent to 1, seen by 1)",
            "              │                ↳ alice: bob: I am, 日本",
            "              │00:00       bob alice: good",
            "              │00:00         * bob has set the topic: tea",
            " alice │ 1 peer │ history complete",
            ">",
        ],
    )
    .await;
    terminal.types("/quit").await;
}

#[tokio::test]
async fn a_message_is_chosen_and_answered_changed_and_deleted() {
    let alice = Alice::start().await;
    let bob = Friend::of(&alice, "bob").await;
    let terminal = alice.terminal((80, 16), "").await;
    bob.says("#lobby", "a question").await;
    terminal.shows("a question").await;
    terminal.keys(&["Escape"]).await;
    terminal.shows("r reply").await;
    terminal.keys(&["-l", "r"]).await;
    terminal.shows("answering bob: a question").await;
    terminal.types("an anwser").await;
    terminal.shows("↳ bob: a question").await;
    let answer = bob.hears("an anwser").await;
    assert_eq!(answer["reply"]["text"], json!("a question"));
    terminal.types("/edit an answer").await;
    terminal.shows("an answer  (edited, sent to 1)").await;
    terminal.types("/react :tada:").await;
    terminal.shows("🎉 1").await;
    terminal.types("/delete").await;
    terminal.shows("y/n").await;
    terminal.keys(&["-l", "y"]).await;
    terminal.loses("an answer").await;
    terminal.shows("deleted").await;
    assert_eq!(bob.hears("").await["deleted"], json!(true));
}

#[tokio::test]
async fn rooms_are_joined_left_and_told_apart_by_who_can_read_them() {
    let alice = Alice::start().await;
    let bob = Friend::of(&alice, "bob").await;
    bob.says("#lobby", "hello").await;
    alice.hears("hello").await;
    let terminal = alice.terminal((110, 16), "").await;
    terminal.shows("hello").await;
    terminal.keys(&["-l", "/join #cellar open sesame"]).await;
    terminal.shows("> /join #cellar •••••••••••").await;
    terminal.keys(&["Enter"]).await;
    terminal.shows("#cellar  encrypted: who has the passphrase can read it").await;
    bob.asks("join", json!({"name": "#cellar", "passphrase": "open sesame"})).await;
    terminal.types("down here").await;
    terminal.shows("(sent to 1").await;
    terminal.types("/join #lobby").await;
    terminal.types("/msg bob psst").await;
    terminal.shows("encrypted: only you two can read it").await;
    terminal.shows("alice psst").await;
    terminal.types("/leave").await;
    terminal.shows("y/n").await;
    terminal.keys(&["-l", "y"]).await;
    terminal.loses("psst").await;
}

#[tokio::test]
async fn the_history_is_scrolled_to_its_beginning_and_searched() {
    let alice = Alice::start_after(700).await;
    let terminal = alice.terminal((100, 30), "").await;
    terminal.shows("699: a line of the past").await;
    terminal.presses_until("PageUp", " 0: a line of the past").await;
    terminal.keys(&["C-End"]).await;
    terminal.shows("699: a line of the past").await;
    terminal.types("/search 350 needle").await;
    terminal.shows("that is all").await;
    terminal.shows("350: a line of the past").await;
    terminal.keys(&["Enter"]).await;
    terminal.shows("written ").await;
    terminal.shows("351: a line of the past").await;
    terminal.keys(&["Escape"]).await;
    terminal.loses("Esc back").await;
    terminal.keys(&["C-End"]).await;
    terminal.shows("699: a line of the past").await;
}
