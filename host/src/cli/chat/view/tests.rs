//! Whole screens, on a terminal that is not there.

use crate::cli::chat::app::Input;
use crate::cli::chat::kit::{BOB, IMPOSTOR, ME, Scene, conversation, message};
use crossterm::event::KeyCode;
use ratatui::layout::Size;
use serde_json::json;

fn expect(scene: &Scene, expected: &[&str]) {
    let screen = scene.screen();
    assert_eq!(screen, expected, "\n{}", screen.join("\n"));
}

#[test]
fn shows_rooms_messages_and_the_truth_about_both() {
    let mut own = message(3, ME, "hello");
    (own["state"], own["sent"], own["seen"]) = (json!("sent"), json!(2), json!(1));
    let mut late = message(2, IMPOSTOR, "I am bob");
    late["gap"] = json!(true);
    let mut scene = Scene::talking(&[message(1, BOB, "hi alice"), late, own, message(4, ME, "anybody?")]);
    let room = json!({"room": "lobby", "name": "#lobby", "kind": "public", "topic": "tea", "missing": 3});
    scene.tell("chat.room", json!({"room": room}));
    scene.tell("chat.room", json!({"room": {"room": "ops", "name": "#ops", "unread": 12, "mentions": 1}}));
    expect(
        &scene,
        &[
            "#lobby  tea",
            "#lobby          │",
            "#ops       12 @1│",
            "                │",
            "                │",
            "                │",
            "                │",
            "                │",
            "                │──────────────────── Wednesday 6 May 2026 ─────────────────────",
            "                │12:01   bob|b0b0 hi alice",
            "                │┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄ something is missing here ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄",
            "                │12:02   bob|bad0 I am bob",
            "                │12:03      alice hello  (sent to 2, seen by 1)",
            "                │12:04      alice anybody?  (pending: no peer has it yet)",
            " alice │ 3 peers │ 3 messages missing",
            ">",
        ],
    );
}

#[test]
fn shows_people_where_there_is_room_and_no_rooms_where_there_is_none() {
    let mut scene = Scene::talking(&conversation(1..3));
    scene.give(Input::Resized(Size::new(100, 6)));
    expect(
        &scene,
        &[
            "#lobby",
            "#lobby              │──────────────────── Wednesday 6 May 2026 ────────────────────│bob|b0b0",
            "#ops                │12:01   bob|b0b0 line 1                                       │bob|bad0",
            "                    │12:02   bob|b0b0 line 2                                       │alice",
            " alice │ 3 peers │ history complete",
            ">",
        ],
    );
    scene.give(Input::Resized(Size::new(30, 5)));
    expect(
        &scene,
        &["#lobby", "12:01 bob|b0b0: line 1", "12:02 bob|b0b0: line 2", " 3 peers │ history complete", ">"],
    );
}

#[test]
fn says_that_there_is_no_connection_and_why() {
    let mut scene = Scene::talking(&conversation(1..2));
    scene.give(Input::Disconnected("the node has closed the connection".to_owned()));
    let screen = scene.screen();
    assert_eq!(screen[14], " alice │ NOT CONNECTED, trying again: the node has closed the connection");
    assert!(screen[13].ends_with("line 1"), "what is known stays to be read");
    scene.give(Input::Connected);
    scene.tell("chat.peers", json!({"peers": 0}));
    assert!(scene.screen()[14].contains("no peers: nobody hears you yet"));
}

#[test]
fn no_text_of_others_reaches_the_terminal_as_it_is() {
    let evil = "\x1b]0;owned\x07\u{9b}31m\u{202e}\x7f";
    let mut bad = message(1, (evil, "b0b0-0000-0000-0001"), evil);
    bad["reply"] = json!({"id": "x", "name": evil, "text": evil, "known": true});
    bad["reactions"] = json!([{"emoji": evil, "count": 1, "self": false}]);
    let mut scene = Scene::talking(&[bad]);
    scene.give(Input::Resized(Size::new(120, 16)));
    let room = json!({"room": "lobby", "name": format!("#{evil}"), "topic": evil});
    scene.tell("chat.room", json!({"room": room}));
    scene.give(Input::Disconnected(crate::cli::printable::Label::new(evil).to_string()));
    for keys in ["", "\u{1b}", "/people\r"] {
        for key in keys.chars() {
            scene.press(match key {
                '\r' => KeyCode::Enter,
                '\u{1b}' => KeyCode::Esc,
                key => KeyCode::Char(key),
            });
        }
        let screen = scene.screen().join("");
        let obeyed = |character: char| character.is_control() || character == '\u{202e}';
        assert!(!screen.contains(obeyed), "{screen:?}");
        assert!(screen.contains("␛]0;owned␇"), "{screen}");
        scene.press(KeyCode::Esc);
    }
}

#[test]
fn the_cursor_is_where_the_next_character_goes() {
    let mut scene = Scene::talking(&[]);
    scene.give(Input::Resized(Size::new(20, 12)));
    let mut at = |keys: &str| {
        scene.write(keys);
        let mut terminal = ratatui::Terminal::new(ratatui::backend::TestBackend::new(20, 12)).unwrap();
        terminal.draw(|frame| super::draw(frame, &scene.app)).unwrap();
        let position = terminal.get_cursor_position().unwrap();
        (position.x, position.y)
    };
    assert_eq!(at(""), (2, 11));
    assert_eq!(at("日本"), (6, 11));
    assert_eq!(at("0123456789abcdef"), (5, 11), "the text has two rows now");
}

#[test]
fn a_passphrase_is_not_shown() {
    let mut scene = Scene::talking(&[]);
    scene.write("/join #a sesame");
    assert_eq!(scene.screen()[15], "> /join #a ••••••");
}

#[test]
fn every_size_can_be_drawn() {
    let mut scene = Scene::talking(&conversation(1..30));
    scene.write("a text that needs some rows when there is little room for it");
    for (width, height) in [(1, 1), (2, 2), (3, 9), (10, 3), (200, 4), (7, 60), (300, 100)] {
        scene.give(Input::Resized(Size::new(width, height)));
        assert_eq!(scene.screen().len(), usize::from(height));
        scene.press(KeyCode::PageUp);
        scene.press(KeyCode::F(1));
        scene.screen();
        scene.press(KeyCode::Esc);
    }
}
