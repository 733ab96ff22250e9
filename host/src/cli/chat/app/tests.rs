//! What the model does when things happen.

use super::{Connection, Effect, Input, Mode, Problem};
use crate::cli::chat::ask::{Ask, Place};
use crate::cli::chat::cursor::Cursor;
use crate::cli::chat::kit::{BOB, IMPOSTOR, ME, Scene, conversation, message, room};
use crate::rpc::MethodError;
use crossterm::event::{KeyCode, KeyModifiers};
use serde_json::{Value, json};

const CONTROL: KeyModifiers = KeyModifiers::CONTROL;
const ALT: KeyModifiers = KeyModifiers::ALT;

fn send(text: &str) -> Ask {
    Ask::Send { room: "lobby".to_owned(), text: text.to_owned(), reply: None }
}

fn refused(code: i64, text: &str) -> Result<Value, Problem> {
    Err(Problem::Refused(MethodError::new(code, text)))
}

fn lines(scene: &Scene) -> Vec<String> {
    let state = scene.app.rooms.current().unwrap();
    state.timeline.messages().iter().map(|message| message.text.as_str().to_owned()).collect()
}

#[test]
fn what_is_typed_is_sent_and_shown_when_the_node_tells_it() {
    let mut scene = Scene::talking(&conversation(1..3));
    scene.enter("hello");
    assert_eq!((scene.asked.as_slice(), scene.typed()), ([send("hello")].as_slice(), ""));
    assert_eq!(lines(&scene), ["line 1", "line 2"], "only the node says what was said");
    scene.tell("chat.message", json!({"message": message(3, ME, "hello")}));
    assert_eq!(lines(&scene), ["line 1", "line 2", "hello"]);
}

#[test]
fn what_the_node_refuses_comes_back_to_be_changed() {
    let mut scene = Scene::talking(&[]);
    scene.enter("too fast");
    let ask = scene.asked.remove(0);
    scene.give(Input::Answered(ask, refused(5, "slow down: the next message can go in 3 s")));
    assert_eq!(scene.typed(), "too fast");
    scene.write("!");
    assert_eq!(scene.notice(), "slow down: the next message can go in 3 s");
    scene.press(KeyCode::Enter);
    assert_eq!(scene.notice(), "");
}

#[test]
fn nothing_is_lost_and_nothing_pretended_without_a_connection() {
    let mut scene = Scene::talking(&[]);
    scene.enter("on its way");
    let ask = scene.asked.remove(0);
    scene.give(Input::Answered(ask, Err(Problem::Lost)));
    scene.give(Input::Disconnected("the node has closed the connection".to_owned()));
    assert_eq!(scene.typed(), "on its way");
    assert!(scene.notice().contains("look whether your message is there"), "{}", scene.notice());
    scene.press(KeyCode::Enter);
    assert_eq!((scene.typed(), scene.notice()), ("on its way", "not connected: nothing was done"));
    assert!(scene.asked.is_empty());
}

#[test]
fn everything_is_read_again_when_the_connection_is_back() {
    let mut scene = Scene::talking(&conversation(1..3));
    scene.give(Input::Disconnected("gone".to_owned()));
    assert_eq!(scene.app.connection, Connection::Lost("gone".to_owned()));
    scene.connect(&conversation(1..9), false);
    assert_eq!(lines(&scene).len(), 8);
    assert_eq!(scene.asked, []);
}

#[test]
fn events_that_were_lost_are_made_good_by_reading() {
    let mut scene = Scene::talking(&conversation(1..3));
    scene.give(Input::Told(crate::cli::chat::told::Told::Lost(7)));
    assert_eq!(scene.histories(), [Place::Latest]);
    assert!(scene.asked.contains(&Ask::Rooms) && scene.asked.contains(&Ask::Status));
}

#[test]
fn older_messages_are_read_before_the_view_comes_to_the_end() {
    let mut scene = Scene::new(80, 16);
    scene.connect(&conversation(100..200), true);
    assert_eq!(scene.histories(), []);
    while scene.histories().is_empty() {
        scene.press(KeyCode::PageUp);
    }
    assert_eq!(scene.histories(), [Place::Before(Cursor::new("100.0.ff"))]);
    let before = scene.screen();
    scene.answer_history(&conversation(0..100), false, false);
    assert_eq!(scene.screen(), before, "the view stays where it is");
    (0..100).for_each(|_| scene.press(KeyCode::PageUp));
    assert!(scene.screen().iter().any(|row| row.ends_with("line 0")));
    assert_eq!(scene.histories(), [], "there is nothing older");
    scene.press_with(CONTROL, KeyCode::End);
    assert!(scene.screen().iter().any(|row| row.ends_with("line 199")));
}

#[test]
fn what_comes_meanwhile_does_not_move_the_view() {
    let mut scene = Scene::talking(&conversation(0..60));
    scene.press(KeyCode::PageUp);
    let before = scene.screen();
    scene.tell("chat.message", json!({"message": message(60, BOB, "new")}));
    scene.tell("chat.message", json!({"message": message(61, BOB, "newer")}));
    let rows = |screen: &[String]| screen[..12].to_vec();
    assert_eq!(rows(&scene.screen()), rows(&before));
    assert_eq!(scene.app.rooms.current().unwrap().timeline.first_unread.as_deref(), Some("id60"));
}

#[test]
fn a_room_is_read_only_when_it_is_looked_at() {
    let unread = |unread: u64| json!({"room": {"room": "lobby", "name": "#lobby", "unread": unread}});
    let mut scene = Scene::talking(&conversation(0..60));
    let read = Ask::Read { room: "lobby".to_owned(), id: "id60".to_owned() };
    scene.give(Input::Focused(false));
    scene.tell("chat.message", json!({"message": message(60, BOB, "new")}));
    scene.tell("chat.room", unread(1));
    assert_eq!(scene.asked, []);
    scene.give(Input::Focused(true));
    assert_eq!(scene.asked, std::slice::from_ref(&read));
    scene.give(Input::Focused(true));
    assert_eq!(scene.asked, [read], "once is enough");
    scene.tell("chat.room", unread(0));
    scene.press(KeyCode::PageUp);
    scene.tell("chat.message", json!({"message": message(61, BOB, "newer")}));
    scene.tell("chat.room", unread(1));
    assert_eq!(scene.asked.len(), 1, "it is below what is seen");
}

#[test]
fn a_bell_rings_only_for_who_is_elsewhere_and_is_meant() {
    let mut scene = Scene::talking(&[]);
    let mut mention = message(1, BOB, "alice?");
    mention["mention"] = json!(true);
    scene.tell("chat.message", json!({"message": mention}));
    scene.give(Input::Focused(false));
    scene.tell("chat.message", json!({"message": message(2, BOB, "anybody?")}));
    assert_eq!(scene.wanted, []);
    mention["id"] = json!("id3");
    scene.tell("chat.message", json!({"message": mention}));
    assert_eq!(scene.wanted, [Effect::Bell]);
}

#[test]
fn a_chosen_message_can_be_answered_changed_deleted_and_reacted_to() {
    let mut scene = Scene::talking(&[message(1, BOB, "question"), message(2, ME, "anwser")]);
    scene.press(KeyCode::Esc);
    scene.press(KeyCode::Char('e'));
    assert_eq!(scene.typed(), "anwser");
    scene.press_with(CONTROL, KeyCode::Char('u'));
    scene.enter("answer");
    assert_eq!(scene.asked.remove(0), Ask::Edit { id: "id2".to_owned(), text: "answer".to_owned() });

    scene.press(KeyCode::Esc);
    scene.press(KeyCode::Up);
    scene.press(KeyCode::Char('r'));
    scene.enter("because");
    let reply = Some("id1".to_owned());
    assert_eq!(
        scene.asked.remove(0),
        Ask::Send { room: "lobby".to_owned(), text: "because".to_owned(), reply }
    );

    scene.press(KeyCode::Esc);
    scene.press(KeyCode::Char('d'));
    assert_eq!(scene.asked, [], "first it is asked whether that is meant");
    scene.press(KeyCode::Char('y'));
    assert_eq!(scene.asked.remove(0), Ask::Delete { id: "id2".to_owned() });

    scene.press(KeyCode::Esc);
    scene.press(KeyCode::Up);
    scene.press(KeyCode::Char('+'));
    scene.write("tad");
    scene.press(KeyCode::Tab);
    scene.press(KeyCode::Enter);
    assert_eq!(scene.asked.remove(0), Ask::React { id: "id1".to_owned(), emoji: "🎉".to_owned(), on: true });
}

#[test]
fn what_others_wrote_cannot_be_changed() {
    let mut scene = Scene::talking(&[message(1, BOB, "mine")]);
    for key in ['e', 'd'] {
        scene.press(KeyCode::Esc);
        scene.press(KeyCode::Char(key));
        assert_eq!((scene.typed(), &scene.app.mode), ("", &Mode::Typing));
        assert!(scene.notice().contains("only what you wrote"), "{}", scene.notice());
    }
    assert_eq!(scene.asked, []);
}

#[test]
fn the_same_emoji_a_second_time_takes_the_reaction_back() {
    let mut reacted = message(1, BOB, "nice");
    reacted["reactions"] = json!([{"emoji": "👍", "count": 1, "self": true}]);
    let mut scene = Scene::talking(&[reacted]);
    scene.enter("/react :+1:");
    assert_eq!(scene.asked, [Ask::React { id: "id1".to_owned(), emoji: "👍".to_owned(), on: false }]);
}

#[test]
fn impostors_are_told_apart_when_somebody_is_named() {
    let mut scene = Scene::talking(&[message(1, BOB, "a"), message(2, IMPOSTOR, "b")]);
    scene.enter("/mute bob");
    assert!(scene.notice().contains("bob|b0b0") && scene.notice().contains("bob|bad0"), "{}", scene.notice());
    assert_eq!((scene.asked.as_slice(), scene.typed()), ([].as_slice(), "/mute bob"));
    scene.press_with(CONTROL, KeyCode::Char('u'));
    scene.enter("/block bob|bad0");
    let ask = Ask::Block { author: IMPOSTOR.1.to_owned(), on: true };
    assert_eq!(scene.asked, std::slice::from_ref(&ask));
    scene.answer(|asked| *asked == ask, json!(true));
    assert_eq!(lines(&scene), ["a"]);
}

#[test]
fn a_text_is_not_lost_by_one_key() {
    let mut scene = Scene::talking(&[]);
    scene.write("half a thought");
    scene.press_with(CONTROL, KeyCode::Char('c'));
    assert_eq!((scene.typed(), scene.wanted.as_slice()), ("", [].as_slice()));
    scene.press_with(CONTROL, KeyCode::Char('y'));
    assert_eq!(scene.typed(), "half a thought");
    scene.press_with(CONTROL, KeyCode::Char('c'));
    scene.press_with(CONTROL, KeyCode::Char('c'));
    assert_eq!(scene.wanted, [Effect::Quit]);
}

#[test]
fn each_room_keeps_what_is_being_typed_there() {
    let mut scene = Scene::talking(&[]);
    scene.write("for the lobby");
    scene.press_with(CONTROL, KeyCode::Char('n'));
    assert_eq!(scene.app.rooms.current().unwrap().room.name.as_str(), "#ops");
    scene.write("for ops");
    scene.press_with(ALT, KeyCode::Char('1'));
    assert_eq!(scene.typed(), "for the lobby");
}

#[test]
fn a_message_to_somebody_opens_the_room_of_the_two_and_is_said_there() {
    let mut scene = Scene::talking(&[message(1, BOB, "a")]);
    scene.enter("/msg bob|b0b0 psst, you");
    let text = Some("psst, you".to_owned());
    let direct = Ask::Direct { author: BOB.1.to_owned(), text };
    assert_eq!(scene.asked, std::slice::from_ref(&direct));
    scene.answer(|ask| *ask == direct, json!({"room": "d", "name": "@bob", "kind": "direct"}));
    assert_eq!(scene.app.rooms.current().unwrap().room.name.as_str(), "@bob");
    let said = Ask::Send { room: "d".to_owned(), text: "psst, you".to_owned(), reply: None };
    assert!(scene.asked.contains(&said), "{:?}", scene.asked);
}

#[test]
fn a_passphrase_is_not_brought_back_to_the_screen() {
    let mut scene = Scene::talking(&[]);
    scene.enter("/join #secret open sesame");
    let passphrase = Some("open sesame".to_owned());
    assert_eq!(scene.asked, [Ask::Join { name: "#secret".to_owned(), passphrase }]);
    scene.press(KeyCode::Up);
    assert_eq!(scene.typed(), "");
}

#[test]
fn less_of_a_room_is_kept_only_after_a_yes() {
    let mut scene = Scene::talking(&[]);
    let kept = |days: u32| {
        let mut room = room("#lobby");
        room["keep"] = json!({"days": days, "bytes": 3 << 19});
        room
    };
    scene.tell("chat.room", json!({"room": kept(90)}));
    scene.enter("/keep");
    assert!(scene.notice().contains("90 days, and up to 1.5 MiB"), "{}", scene.notice());
    scene.enter("/keep 30");
    assert_eq!(scene.asked, []);
    scene.press(KeyCode::Char('y'));
    let ask = Ask::Keep { room: "lobby".to_owned(), days: 30 };
    assert_eq!(scene.asked, std::slice::from_ref(&ask));
    scene.answer(|other| *other == ask, kept(30));
    assert!(scene.notice().contains("30 days"), "{}", scene.notice());
    scene.enter("/keep 365");
    // The history is read again, and more needs no yes.
    assert!(scene.asked.contains(&Ask::History { room: "lobby".to_owned(), place: Place::Latest }));
    assert!(scene.asked.contains(&Ask::Keep { room: "lobby".to_owned(), days: 365 }), "{:?}", scene.asked);
}

#[test]
fn a_room_is_left_only_after_a_yes() {
    let mut scene = Scene::talking(&[]);
    scene.enter("/leave");
    scene.press(KeyCode::Char('n'));
    assert_eq!(scene.asked, []);
    scene.enter("/leave #ops");
    scene.press(KeyCode::Char('y'));
    assert_eq!(scene.asked, [Ask::Leave { room: "ops".to_owned() }]);
    scene.tell("chat.left", json!({"room": "ops"}));
    assert_eq!(scene.app.rooms.list().len(), 1);
}

#[test]
fn a_search_leads_to_the_place_in_the_history() {
    let mut scene = Scene::new(80, 16);
    scene.connect(&conversation(500..600), true);
    scene.enter("/search 40");
    assert!(matches!(&scene.app.mode, Mode::Searching(search) if search.looking));
    scene.answer(
        |ask| matches!(ask, Ask::Search { .. }),
        json!({"messages": [message(540, BOB, "line 540"), message(40, BOB, "line 40")], "more": false}),
    );
    scene.press(KeyCode::Down);
    scene.press(KeyCode::Enter);
    assert_eq!(scene.histories(), [Place::Around("id40".to_owned())]);
    scene.answer_history(&conversation(20..70), true, true);
    assert_eq!(scene.app.mode, Mode::Selecting("id40".to_owned()));
    assert!(scene.screen().iter().any(|row| row.ends_with("line 40")), "{:#?}", scene.screen());
    scene.press(KeyCode::Esc);
    scene.asked.clear();
    scene.press_with(CONTROL, KeyCode::End);
    assert_eq!(scene.histories(), [Place::Latest]);
}

#[test]
fn more_is_looked_for_when_the_end_of_what_was_found_is_reached() {
    let mut scene = Scene::talking(&[]);
    scene.enter("/search line");
    let found = |messages: Vec<Value>, more: bool| json!({"messages": messages, "more": more});
    scene.answer(
        |ask| matches!(ask, Ask::Search { .. }),
        found(conversation(50..53).into_iter().rev().collect(), true),
    );
    scene.press(KeyCode::End);
    let before = Some(Cursor::new("50.0.ff"));
    assert_eq!(scene.asked, [Ask::Search { query: "line".to_owned(), before }]);
    scene.answer(|ask| matches!(ask, Ask::Search { .. }), found(conversation(49..50), false));
    assert!(matches!(&scene.app.mode, Mode::Searching(search) if search.found.len() == 4 && !search.more));
}

#[test]
fn a_wrong_command_stays_to_be_changed() {
    let mut scene = Scene::talking(&[]);
    scene.enter("/jion #a");
    assert_eq!(scene.typed(), "/jion #a");
    assert!(scene.notice().contains("/help"), "{}", scene.notice());
    assert_eq!(scene.asked, []);
}

#[test]
fn what_was_asked_for_at_the_start_is_opened() {
    let mut scene = Scene::new(80, 16);
    scene.app.wanted = Some("#ops".to_owned());
    scene.give(Input::Connected);
    scene.answer(|ask| *ask == Ask::Rooms, json!([room("#lobby"), room("#ops")]));
    assert_eq!(scene.app.rooms.current().unwrap().room.name.as_str(), "#ops");

    let mut scene = Scene::new(80, 16);
    scene.app.wanted = Some("#nowhere".to_owned());
    scene.give(Input::Connected);
    scene.answer(|ask| *ask == Ask::Rooms, json!([room("#lobby")]));
    assert!(scene.notice().contains("/join #nowhere"), "{}", scene.notice());
}

#[test]
fn nothing_is_asked_in_a_circle() {
    let mut scene = Scene::new(80, 16);
    scene.give(Input::Connected);
    scene.answer(|ask| *ask == Ask::Rooms, json!([room("#lobby")]));
    for _ in 0..5 {
        for ask in std::mem::take(&mut scene.asked) {
            scene.give(Input::Answered(ask, refused(7, "the store of chat fails")));
        }
    }
    assert_eq!(scene.asked, []);
    assert_eq!(scene.notice(), "the store of chat fails");
}

#[test]
fn several_lines_are_pasted_and_nothing_is_sent_by_that() {
    let mut scene = Scene::talking(&[]);
    scene.give(Input::Pasted("one\r\ntwo\x1b[31m\n".to_owned()));
    assert_eq!((scene.typed(), scene.asked.len()), ("one\ntwo␛[31m\n", 0));
}
