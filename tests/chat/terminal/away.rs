//! The node goes and comes back, and the terminal is given back at the end.

use super::person::{Alice, Friend};
use super::screen::becomes;
use crate::irc::tmux::Terminal;
use tokio::process::Command;

#[tokio::test]
async fn the_terminal_outlives_a_restart_of_the_node() {
    let mut alice = Alice::start().await;
    let bob = Friend::of(&alice, "bob").await;
    bob.says("#lobby", "before").await;
    alice.hears("before").await;
    let terminal = alice.terminal((70, 7), "").await;
    terminal.shows("before").await;
    alice.go().await;
    terminal.shows("NOT CONNECTED").await;
    terminal.types("is it there?").await;
    terminal.shows("not connected: nothing was done").await;
    terminal.shows("> is it there?").await;
    bob.says("#lobby", "meanwhile").await;
    alice.come().await;
    terminal.shows("meanwhile").await;
    terminal.keys(&["Enter"]).await;
    bob.hears("is it there?").await;
    becomes(
        &terminal,
        &[
            "#lobby",
            "#dchat        │DAY",
            "#lobby        │00:00       bob before",
            "              │00:00       bob meanwhile",
            "              │00:00     alice is it there?  (sent to 1)",
            " alice │ 1 peer │ history complete",
            ">",
        ],
    )
    .await;
}

#[tokio::test]
async fn the_terminal_is_given_back_however_the_program_ends() {
    let alice = Alice::start().await;
    for end in ["/quit", "INT", "TERM", "HUP"] {
        let program = alice.command("");
        // The process id is written by the shell that becomes the program.
        let script = format!(
            "stty -a >{{home}}/before; sh -c 'echo $$ >{{home}}/id; exec {program}'; echo ended with $?; \
             stty -a | cmp - {{home}}/before && echo same; exec cat"
        );
        let terminal = Terminal::start_sized((80, 10), &script).await;
        terminal.shows("history").await;
        match end {
            "/quit" => terminal.types("/quit").await,
            signal => send(signal, &terminal).await,
        }
        terminal.shows("ended with 0").await;
        terminal.shows("same").await;
        terminal.types("typed after the end").await;
        terminal.shows("typed after the end").await;
    }
}

/// Sends a signal to the program whose process id is in a file.
async fn send(signal: &str, terminal: &Terminal) {
    let id = std::fs::read_to_string(terminal.home().join("id")).unwrap();
    let sent = Command::new("kill").args(["-s", signal, id.trim()]).status().await;
    assert!(sent.unwrap().success(), "kill -s {signal} {id}");
}
