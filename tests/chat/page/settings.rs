//! One's own name and key, and the rooms one is in.

use super::browser::ENTER;
use super::folk::two;
use serde_json::json;

#[tokio::test]
async fn a_name_is_changed_and_a_key_is_taken_along() {
    let (mara, mut ada) = two().await;
    let browser = mara.browser("#lobby").await;
    browser.click("#settings-open").await;
    browser.fill("#settings-name", "Mara the second").await;
    browser.press(&[ENTER]).await;
    browser.shows_text(".me-name", "Mara the second").await;

    browser.click("#identity-export").await;
    browser
        .until(
            "the key",
            "document.getElementById('identity-text')?.value.startsWith('backplane-identity-1:')",
            json!([]),
        )
        .await;
    let before = browser.texts("#settings-fingerprint").await;
    let other = format!("backplane-identity-1:{}", "07".repeat(32));
    browser.click("#identity-import").await;
    browser.fill("#identity-text", &other).await;
    browser.click_text(".line .danger", "Import").await;
    browser.click_text(".dialog.small .danger", "Replace it").await;
    browser.hides("#settings").await;
    browser
        .until(
            "another fingerprint",
            "document.querySelector('.me .fingerprint').textContent !== arguments[0]",
            json!([before[0]]),
        )
        .await;

    browser.say("Under another key").await;
    let message = ada.hears("#lobby", "Under another key").await;
    assert_eq!(message["name"], "Mara the second");
    let print = browser.texts(".me .fingerprint").await;
    assert_eq!(message["fingerprint"], json!(print[0]));
    assert_eq!(browser.problems().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_room_gets_a_topic_is_kept_for_some_time_and_is_left() {
    let (mut mara, mut ada) = two().await;
    for person in [&mut mara, &mut ada] {
        person.join("#garden").await;
    }
    mara.meets("#garden", 1).await;
    let browser = mara.browser("#garden").await;
    browser.click("#room-menu-open").await;
    browser.click_text(".menu-item", "Set the topic").await;
    browser.write("Beans").await;
    browser.press(&[ENTER]).await;
    browser.shows_text("#topic", "Beans").await;
    ada.hears("#garden", "Beans").await;

    browser.click("#room-menu-open").await;
    browser.click_text(".menu-item", "How long it is kept").await;
    browser.fill(".dialog .field", "never").await;
    browser.press(&[ENTER]).await;
    browser.shows_text(".dialog .wrong", "Days are a number").await;
    browser.fill(".dialog .field", "30").await;
    browser.press(&[ENTER]).await;
    browser.hides(".dialog").await;
    let rooms = mara.call("rooms", json!([])).await;
    let garden = rooms.as_array().and_then(|rooms| rooms.iter().find(|room| room["name"] == "#garden"));
    assert_eq!(garden.map(|room| &room["keep"]["days"]), Some(&json!(30)));

    browser.click("#room-menu-open").await;
    browser.click_text(".menu-item", "Leave").await;
    browser.click(".dialog .danger").await;
    browser.shows_text("#room-name", "lobby").await;
    browser
        .until(
            "no garden",
            "![...document.querySelectorAll('.room')].some((room) => room.textContent.includes('garden'))",
            json!([]),
        )
        .await;
    assert_eq!(browser.problems().await, Vec::<String>::new());
}
