//! What others write is text: whatever it looks like, nothing of it becomes markup, code or another's words.

use super::browser::Browser;
use super::folk::{Person, two};
use serde_json::json;

const SCRIPT: &str = "<script>window.broken = 1</script>";
const IMAGE: &str = "<img src=x onerror='window.broken = 2'>";

/// Texts that would do something where text is markup.
const TEXTS: &[&str] = &[
    SCRIPT,
    IMAGE,
    "\"><svg/onload=window.broken=3>",
    "</div></article><h1>over</h1>",
    "javascript:window.broken=4",
    "${window.broken=5}{{constructor.constructor('window.broken=6')()}}",
    "&lt;b&gt;&#x3c;b&#x3e; &amp;",
    "<a href=\"javascript:window.broken=7\">click</a>",
    "<iframe srcdoc='<script>parent.broken=8</script>'></iframe>",
    "<style>*{display:none}</style>",
];

/// That nothing of it took effect.
async fn is_unharmed(browser: &Browser) {
    let script = "return [
        window.broken ?? null,
        document.querySelectorAll('#app img, #app script, #app iframe, #app style, #app object').length,
        document.querySelectorAll('[onerror], [onload], [onclick], [style*=url]').length,
        [...document.querySelectorAll('#app a')].every((a) => /^https?:$/.test(a.protocol) && a.rel === 'noopener noreferrer' && a.target === '_blank'),
    ]";
    assert_eq!(browser.run(script, json!([])).await, json!([null, 0, 0, true]));
    assert_eq!(browser.problems().await, Vec::<String>::new());
}

#[tokio::test]
async fn texts_names_topics_and_rooms_are_shown_as_text() {
    let (mut mara, mut ada) = two().await;
    let room = "#<img/src=x/onerror=window.broken=9>";
    for person in [&mut mara, &mut ada] {
        person.join(room).await;
    }
    mara.meets(room, 1).await;
    let browser = mara.browser(room).await;
    ada.call("name", json!(["<b onclick=alert(1)>Eve</b>"])).await;
    ada.call("topic", json!({"room": room, "text": IMAGE})).await;
    let mut last = String::new();
    for text in TEXTS {
        last = ada.say(room, text).await;
    }
    ada.call("send", json!({"room": room, "text": "an answer", "reply": last})).await;
    ada.call("react", json!({"id": last, "emoji": "<s>x</s>"})).await;

    for text in TEXTS {
        browser.shows_text(".row .text", text).await;
    }
    browser.shows_text(".author", "<b onclick=alert(1)>Eve</b>").await;
    browser.shows_text("#topic", IMAGE).await;
    browser.shows_text("#room-name", room.trim_start_matches('#')).await;
    browser.shows_text(".quote-text", TEXTS[TEXTS.len() - 1]).await;
    browser.shows_text(".reaction", "<s>x</s>").await;
    browser.click("#people-open").await;
    browser.shows_text(".person", "<b onclick=alert(1)>Eve</b>").await;
    browser.click("#search-open").await;
    browser.fill("#search-text", "window broken").await;
    browser.shows_text(".result", "window.").await;
    is_unharmed(&browser).await;
}

#[tokio::test]
async fn only_addresses_of_the_web_become_links() {
    let (mara, mut ada) = two().await;
    ada.say("#lobby", "see https://example.org/a_(b)?c=d#e, (http://example.org) javascript:alert(1) data:text/html,x ftp://x").await;
    ada.say("#lobby", "https://bank.example@evil.example/ https://example.org/\"onmouseover=\"alert(1)")
        .await;
    let browser = mara.browser("#lobby").await;
    browser.shows_text(".row .text", "bank.example@evil").await;
    let links = browser
        .run(
            "return [...document.querySelectorAll('.text a')].map((a) => [a.textContent, a.href, a.title])",
            json!([]),
        )
        .await;
    let expected = json!([
        ["https://example.org/a_(b)?c=d#e", "https://example.org/a_(b)?c=d#e", "Opens example.org"],
        ["http://example.org", "http://example.org/", "Opens example.org"],
        ["https://bank.example@evil.example/", "https://bank.example@evil.example/", "Opens evil.example"],
        ["https://example.org/", "https://example.org/", "Opens example.org"],
    ]);
    assert_eq!(links, expected);
    is_unharmed(&browser).await;
}

#[tokio::test]
async fn the_policy_holds_and_the_test_would_notice_a_breach() {
    let mara = Person::start("Mara", &[]).await;
    let browser = mara.browser("#lobby").await;
    is_unharmed(&browser).await;
    let breach = "document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.broken = 1' }));
        return window.broken ?? null";
    assert_eq!(browser.run(breach, json!([])).await, json!(null), "an inline script does not run");
    let problems = browser.problems().await;
    assert!(problems.iter().any(|problem| problem.contains("Content Security Policy")), "{problems:?}");
}
