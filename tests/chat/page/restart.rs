//! A node that goes and comes back.

use super::folk::two;
use serde_json::json;

#[tokio::test]
async fn the_page_comes_back_when_its_node_does() {
    let (mara, mut ada) = two().await;
    let browser = mara.browser("#lobby").await;
    browser.say("Before").await;
    ada.hears("#lobby", "Before").await;

    let mara = mara.stop().await;
    browser.shows_text(".banner", "The node cannot be reached").await;
    browser.say("Written meanwhile").await;
    browser.shows_text(".row.waiting", "Waiting for the node").await;
    ada.say("#lobby", "Said meanwhile").await;

    let mut mara = mara.start().await;
    browser.hides(".banner").await;
    ada.hears("#lobby", "Written meanwhile").await;
    browser.shows_text(".row", "Said meanwhile").await;
    browser.hides(".row.waiting").await;
    let history = mara.call("history", json!({"room": "#lobby"})).await;
    let texts: Vec<_> =
        history["messages"].as_array().unwrap().iter().map(|message| &message["text"]).collect();
    let sent = texts.iter().filter(|text| **text == "Written meanwhile").count();
    assert_eq!(sent, 1, "it was sent once: {texts:?}");
    let shown = browser.texts(".row .text").await;
    assert_eq!(shown.len(), 3, "each message is shown once: {shown:?}");
    assert_eq!(browser.problems().await, Vec::<String>::new());
}
