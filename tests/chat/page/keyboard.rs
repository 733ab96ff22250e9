//! Everything can be done without a pointer.

use super::browser::{ALT, Browser, CONTROL, DELETE, DOWN, ENTER, ESCAPE, F6, SHIFT, UP};
use super::folk::two;
use serde_json::json;

/// That the element with the focus can be seen to have it.
async fn focus_is_seen(browser: &Browser) {
    let script = "const style = getComputedStyle(document.activeElement);
        return style.outlineStyle !== 'none' || style.boxShadow !== 'none'
            || getComputedStyle(document.activeElement.parentElement).boxShadow !== 'none'";
    assert_eq!(browser.run(script, json!([])).await, json!(true), "the focus is seen");
}

#[tokio::test]
async fn a_conversation_needs_no_pointer() {
    let (mara, mut ada) = two().await;
    let browser = mara.browser("#lobby").await;

    // A new room by its name, and back by a few letters.
    browser.press(&[CONTROL, "k"]).await;
    browser.shows("#switcher-text").await;
    browser.write("garden").await;
    browser.shows_text(".switcher-item", "join this room").await;
    browser.press(&[ENTER]).await;
    browser.shows("#join-name").await;
    browser.press(&[ENTER]).await;
    browser.shows_text("#room-name", "garden").await;
    browser.press(&[CONTROL, "k"]).await;
    browser.write("lob").await;
    browser.press(&[ENTER]).await;
    browser.shows_text("#room-name", "lobby").await;
    browser.press(&[ALT, UP]).await;
    browser.shows_text("#room-name", "garden").await;
    browser.press(&[ALT, DOWN]).await;
    browser.shows_text("#room-name", "lobby").await;

    // The field has the focus: write, change, cancel.
    browser.until("the focus in the field", "document.activeElement.id === 'composer-text'", json!([])).await;
    browser.write("By hand").await;
    browser.press(&[ENTER]).await;
    browser.shows_text(".row[data-id]", "By hand").await;
    browser.press(&[UP]).await;
    browser.shows_text(".composer-about", "Editing your message").await;
    browser.press(&[ESCAPE]).await;
    browser.press(&[UP]).await;
    browser.write("s").await;
    browser.press(&[ENTER]).await;
    ada.hears("#lobby", "By hands").await;

    // Among the messages: react, answer, delete.
    ada.say("#lobby", "Answer me").await;
    browser.shows_text(".row", "Answer me").await;
    browser.press(&[SHIFT, F6]).await;
    browser.until("the focus on a message", "document.activeElement.matches('.row')", json!([])).await;
    focus_is_seen(&browser).await;
    browser.focus_message("Answer me").await;
    browser.press(&["+"]).await;
    browser.shows(".emoji-choice").await;
    browser.press(&[ENTER]).await;
    browser.shows_text(".reaction.own", "👍").await;
    browser.focus_message("Answer me").await;
    browser.press(&["r"]).await;
    browser.write("Yes").await;
    browser.press(&[ENTER]).await;
    browser.shows_text(".row .quote", "Answer me").await;
    browser.focus_message("By hands").await;
    browser.press(&[DELETE]).await;
    browser.shows(".dialog .danger").await;
    browser.press(&[ENTER]).await;
    browser.shows_text(".row", "This message was deleted.").await;

    // What opens has the focus, and Escape closes it.
    for (keys, opened) in
        [([CONTROL, "/"], ".shortcuts"), ([ALT, "p"], ".people"), ([CONTROL, "k"], "#switcher-text")]
    {
        browser.press(&keys).await;
        browser.shows(opened).await;
        focus_is_seen(&browser).await;
        browser.press(&[ESCAPE]).await;
        browser.hides(opened).await;
    }
    assert_eq!(browser.problems().await, Vec::<String>::new());
}

#[tokio::test]
async fn every_control_has_a_name_and_new_messages_are_read_out() {
    let (mara, mut ada) = two().await;
    let browser = mara.browser("#lobby").await;
    ada.say("#lobby", "Can you hear me?").await;
    browser.shows_text("#announcer p", "Ada: Can you hear me?").await;
    browser.click("#people-open").await;
    browser.shows(".person").await;
    let script = "const named = (one) => (one.getAttribute('aria-label') ?? one.labels?.[0]?.textContent ?? one.textContent).trim() !== '';
        return [...document.querySelectorAll('button, input, textarea, [role=log], nav, main, aside')].filter((one) => !named(one)).map((one) => one.outerHTML)";
    assert_eq!(browser.run(script, json!([])).await, json!([]));
}
