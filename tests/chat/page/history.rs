//! A long history: scrolled back without a jump, searched, and left again.

use super::browser::END;
use super::folk::Person;
use backplane_tests::wait::eventually_some;
use serde_json::{Value, json};

const MESSAGES: u64 = 5_000;
/// More rows than this would make the page slow.
const MOST_ROWS: u64 = 520;

/// Scrolls up some steps as a person does, or until the beginning is shown; tells what it saw in all.
const SCROLL_BACK: &str = r"
const done = arguments[arguments.length - 1];
const list = document.getElementById('messages');
const saw = (window.saw ??= { texts: new Set(), shift: 0, rows: 0 });
let steps = 50;
const step = () => {
  const all = [...document.querySelectorAll('.row[data-id]')];
  saw.rows = Math.max(saw.rows, all.length);
  for (const row of all) saw.texts.add(row.querySelector('.text')?.textContent);
  const isThere = list.scrollTop === 0 && document.querySelector('.beginning') !== null;
  if (isThere || steps-- === 0) return done({ isThere, texts: isThere && [...saw.texts], shift: saw.shift, rows: saw.rows });
  const edge = list.getBoundingClientRect().top + 60;
  const row = all.find((one) => one.getBoundingClientRect().bottom > edge);
  const before = row.getBoundingClientRect().bottom;
  const moved = Math.min(list.scrollTop, 400);
  list.scrollTop -= moved;
  // After two frames what was asked for may have come, and has moved nothing.
  requestAnimationFrame(() => requestAnimationFrame(() => {
    const now = document.querySelector(`[data-id='${row.dataset.id}']`);
    if (now) saw.shift = Math.max(saw.shift, Math.abs(now.getBoundingClientRect().bottom - before - moved));
    step();
  }));
};
step();
";

/// So many times that script, and the beginning has to be there.
const MOST_PARTS: usize = 60;

/// The numbers at the beginnings of texts.
fn numbers(texts: &Value) -> Vec<u64> {
    let texts = texts.as_array().into_iter().flatten().filter_map(Value::as_str);
    let mut numbers: Vec<u64> = texts.filter_map(|text| text.split(':').next()?.parse().ok()).collect();
    numbers.sort_unstable();
    numbers
}

#[tokio::test]
async fn five_thousand_messages_are_scrolled_back_without_a_jump_and_searched() {
    let mara = Person::start_after(MESSAGES).await;
    let browser = mara.browser("#lobby").await;
    browser.shows_text(".row", &format!("{}: ", MESSAGES - 1)).await;

    let mut found = json!(null);
    for _ in 0..MOST_PARTS {
        found = browser.run_async(SCROLL_BACK, json!([])).await;
        if found["isThere"] == true {
            break;
        }
    }
    assert_eq!(numbers(&found["texts"]), (0..MESSAGES).collect::<Vec<_>>(), "each message was shown");
    let shift = found["shift"].as_f64().unwrap();
    assert!(shift <= 1.0, "what was read moved by {shift} points");
    let rows = found["rows"].as_u64().unwrap();
    assert!(rows <= MOST_ROWS, "{rows} rows at once");

    browser.click("#search-open").await;
    browser.fill("#search-text", "1234 needle").await;
    browser.shows_text(".search-state", "1 found").await;
    browser.click(".result").await;
    browser.shows_text(".row.lit", "1234: ").await;
    let around = browser.texts(".row .text").await;
    assert!(around.iter().any(|text| text.starts_with("1230: ")), "what was said around it is there");

    browser.focus_message("1234: ").await;
    browser.press(&[END]).await;
    browser.shows_text(".row", &format!("{}: ", MESSAGES - 1)).await;
    let away = "return ((list) => list.scrollHeight - list.scrollTop - list.clientHeight)(document.getElementById('messages'))";
    assert!(browser.run(away, json!([])).await.as_f64().unwrap() < 2.0, "it is at the end");
    assert_eq!(browser.problems().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_room_with_much_to_read_opens_at_the_first_unread_message() {
    let mut mara = Person::start_after(600).await;
    let found = mara.call("search", json!({"query": "100", "room": "#lobby"})).await;
    let last_read = found["messages"][0]["id"].clone();
    mara.call("read", json!({"room": "#lobby", "id": last_read})).await;
    let browser = mara.browser("#lobby").await;
    browser.shows_text(".divider + .row", "101: ").await;
    let is_seen = "((line, list) => line.top > list.top && line.bottom < list.bottom)(
        document.querySelector('.divider').getBoundingClientRect(), document.getElementById('messages').getBoundingClientRect())";
    browser.until("the line in sight", is_seen, json!([])).await;
    // What is in sight counts as read, and what isn't doesn't.
    browser.shows_text(".room.current .badge", "4").await;
    let unread = eventually_some("fewer unread messages", async || {
        let rooms = mara.call("rooms", json!([])).await;
        let room = rooms.as_array()?.iter().find(|room| room["name"] == "#lobby")?;
        room["unread"].as_u64().filter(|unread| *unread < 499)
    })
    .await;
    assert!(unread > 450, "{unread} are unread");
    assert_eq!(browser.problems().await, Vec::<String>::new());
}
