//! What others write does nothing to the terminal, and nobody passes for somebody else.

use super::person::{Alice, Friend};
use serde_json::json;

/// Would set the title, clear the screen, ask the terminal who it is, and turn text round.
const EVIL: &str = "\x1b]2;owned\x07\x1b[2J\x1b[c\u{9b}31m\r\x08 turned \u{202e}round";

#[tokio::test]
async fn escape_sequences_of_others_are_shown_as_signs() {
    let alice = Alice::start().await;
    let bob = Friend::of(&alice, "bob").await;
    let terminal = alice.terminal((100, 16), "--room '#dchat'").await;
    terminal.shows("lines of direct neighbours").await;
    let title = terminal.title().await;
    bob.asks("send", json!([EVIL])).await;
    let row = terminal.shows("owned").await;
    assert!(row.contains("␛]2;owned␇␛[2J␛[c"), "{row}");
    terminal.types("still here").await;
    terminal.shows("still here").await;
    assert_eq!(terminal.title().await, title);
    let output =
        backplane_tests::process::backplane(&["chat", "history", "--rpc", &alice.rpc(), "--room", "#dchat"])
            .output()
            .await
            .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("␛]2;owned␇"), "{text}");
    let obeyed = |character: char| character != '\n' && (character.is_control() || character == '\u{202e}');
    assert!(!text.contains(obeyed), "{text:?}");
}

#[tokio::test]
async fn two_people_of_one_name_are_told_apart() {
    let alice = Alice::start().await;
    let bob = Friend::of(&alice, "bob").await;
    let impostor = Friend::of(&alice, "bob").await;
    bob.says("#lobby", "I am bob").await;
    impostor.says("#lobby", "no, I am bob").await;
    alice.hears("I am bob").await;
    alice.hears("no, I am bob").await;
    let terminal = alice.terminal((100, 16), "").await;
    let (real, other) = (bob.digits().await, impostor.digits().await);
    terminal.shows(&format!("bob|{real} I am bob")).await;
    terminal.shows(&format!("bob|{other} no, I am bob")).await;
    terminal.types("/mute bob").await;
    terminal.shows("several are called so").await;
    terminal.keys(&["C-u"]).await;
    terminal.types(&format!("/block bob|{other}")).await;
    terminal.loses("no, I am bob").await;
    terminal.shows("I am bob").await;
}
