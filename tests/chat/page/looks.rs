//! On a phone and in the dark.

use super::browser::Browser;
use super::folk::two;
use serde_json::json;

/// Whether nothing is wider than the screen.
const FITS: &str =
    "document.documentElement.scrollWidth <= innerWidth && document.body.scrollWidth <= innerWidth
    && document.getElementById('messages').scrollWidth <= document.getElementById('messages').clientWidth";

/// How light the ground is, from 0 to 255.
async fn light(browser: &Browser) -> f64 {
    let script = "const canvas = document.createElement('canvas').getContext('2d');
        canvas.fillStyle = getComputedStyle(document.getElementById('main')).backgroundColor;
        canvas.fillRect(0, 0, 1, 1);
        return canvas.getImageData(0, 0, 1, 1).data[0]";
    browser.run(script, json!([])).await.as_f64().unwrap()
}

#[tokio::test]
async fn a_phone_has_a_drawer_and_nothing_to_scroll_sideways() {
    let (mara, mut ada) = two().await;
    ada.say("#lobby", &"w".repeat(2_000)).await;
    ada.say(
        "#lobby",
        "https://example.org/an/address/that/is/longer/than/a/phone/is/wide/by/far/and/has/no/space",
    )
    .await;
    let browser = mara.browser("#lobby").await;
    browser.size(360, 740, true).await;
    browser.shows_text(".row", "https://example.org").await;
    browser.until("nothing wider than the screen", FITS, json!([])).await;

    let hidden = "!document.querySelector('.room').checkVisibility({ visibilityProperty: true })";
    browser.until("the rooms out of sight", hidden, json!([])).await;
    browser.click("#drawer-open").await;
    browser
        .until(
            "the rooms in sight",
            "document.querySelector('.room').getBoundingClientRect().left >= 0",
            json!([]),
        )
        .await;
    browser.click(".room[aria-current]").await;
    browser
        .until(
            "the rooms out of sight",
            "document.querySelector('.room').getBoundingClientRect().right <= 0",
            json!([]),
        )
        .await;
    for panel in ["#people-open", "#search-open"] {
        browser.click(panel).await;
        browser.shows("#panel").await;
        browser.until("nothing wider than the screen", FITS, json!([])).await;
        browser.click("#panel-close").await;
    }
    browser.say("From my phone").await;
    ada.hears("#lobby", "From my phone").await;
    browser.until("nothing wider than the screen", FITS, json!([])).await;
    assert_eq!(browser.problems().await, Vec::<String>::new());
}

#[tokio::test]
async fn the_dark_follows_the_system_until_one_chooses() {
    let (mara, _ada) = two().await;
    let browser = mara.browser("#lobby").await;
    for (scheme, is_light) in [("light", true), ("dark", false)] {
        browser.system_is(scheme).await;
        assert_eq!(light(&browser).await > 128.0, is_light, "as the system: {scheme}");
    }
    browser.click("#theme-switch").await;
    assert!(light(&browser).await > 128.0, "light was chosen");
    browser.reload().await;
    browser.shows(".room").await;
    assert!(light(&browser).await > 128.0, "the choice was kept");
    assert_eq!(browser.problems().await, Vec::<String>::new());
}
