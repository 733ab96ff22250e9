//! A long history: scrolled back without a jump, searched, and left again.

use super::browser::END;
use super::folk::Person;
use serde_json::{Value, json};

const MESSAGES: u64 = 5_000;
/// More rows than this would make the page slow.
const MOST_ROWS: u64 = 520;

/// Scrolls up a step at a time as a person does, until the beginning is shown; tells what it saw on the way.
const SCROLL_BACK: &str = r"
const done = arguments[arguments.length - 1];
const list = document.getElementById('messages');
const seen = new Set();
let shift = 0, rows = 0;
const look = () => {
  const all = document.querySelectorAll('.row[data-id]');
  rows = Math.max(rows, all.length);
  for (const row of all) seen.add(row.querySelector('.text')?.textContent);
};
const step = () => {
  look();
  if (list.scrollTop === 0 && document.querySelector('.beginning')) return done({ seen: [...seen], shift, rows });
  const edge = list.getBoundingClientRect().top + 60;
  const row = [...document.querySelectorAll('.row[data-id]')].find((one) => one.getBoundingClientRect().bottom > edge);
  const before = row?.getBoundingClientRect().top;
  const moved = Math.min(list.scrollTop, 400);
  list.scrollTop -= moved;
  // After two frames what was asked for may have come, and has moved nothing.
  requestAnimationFrame(() => requestAnimationFrame(() => {
    if (row?.isConnected) shift = Math.max(shift, Math.abs(row.getBoundingClientRect().top - before - moved));
    step();
  }));
};
step();
";

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

    let found = browser.run_async(SCROLL_BACK, json!([])).await;
    assert_eq!(numbers(&found["seen"]), (0..MESSAGES).collect::<Vec<_>>(), "each message was shown");
    let shift = found["shift"].as_f64().unwrap();
    assert!(shift <= 1.0, "what was read moved by {shift} points");
    let rows = found["rows"].as_u64().unwrap();
    assert!(rows <= MOST_ROWS, "{rows} rows at once");

    browser.click("#search-open").await;
    browser.write("1234 needle").await;
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
