//! Talking: what one writes in the browser reaches the other one's, with answers, reactions, edits and deletions.

use super::browser::{Browser, ENTER, UP};
use super::folk::{Person, two};
use serde_json::json;

/// Chooses something from the menu of the message with a text.
async fn choose(browser: &Browser, text: &str, what: &str) {
    browser.focus_message(text).await;
    browser.press(&[ENTER]).await;
    browser.click_text(".menu-item", what).await;
}

#[tokio::test]
async fn two_people_talk_in_their_browsers() {
    let (mara, ada) = two().await;
    let (here, there) = (mara.browser("#lobby").await, ada.browser("#lobby").await);

    here.say("Good morning, Ada").await;
    there.shows_text(".row", "Good morning, Ada").await;
    there.shows_text(".row .author", "Mara").await;
    // The other page showed it, its node said so, and this one knows.
    here.shows_label(".row.own .delivery", "Sent to 1 peer, seen by 1").await;
    there.say("Good morning").await;
    here.shows_text(".row:not(.own)", "Good morning").await;

    there.say("/me waves").await;
    here.shows_text(".row .action", "Ada waves").await;

    choose(&there, "Good morning, Ada", "Reply").await;
    there.write("I am here, too").await;
    there.press(&[ENTER]).await;
    here.shows_text(".quote", "Good morning, Ada").await;

    choose(&here, "I am here, too", "React").await;
    here.click(".emoji-choice").await;
    there.shows_text(".row.own .reaction", "👍").await;
    assert_eq!(there.texts(".reaction:not(.add)").await, ["👍1"]);
    there.click(".row .reaction:not(.add)").await;
    here.shows_text(".reaction.own", "👍2").await;

    here.click("#composer-text").await;
    here.press(&[UP]).await;
    here.write(" and everybody").await;
    here.press(&[ENTER]).await;
    there.shows_text(".row", "Good morning, Ada and everybody (edited)").await;
    // The quotation has changed with it.
    there.shows_text(".quote", "Good morning, Ada and everybody").await;

    choose(&here, "Good morning, Ada and everybody", "Delete").await;
    here.click(".dialog .danger").await;
    there.shows_text(".row", "This message was deleted.").await;
    there.shows_text(".quote", "a deleted message").await;
    for browser in [&here, &there] {
        browser.has_no_text("Good morning, Ada").await;
        assert_eq!(browser.problems().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn who_takes_anothers_name_is_told_apart() {
    let (mara, mut ada) = two().await;
    let mut other = Person::start("Ada", &[&mara]).await;
    let true_one = ada.say("#lobby", "It is me").await;
    let false_one = other.say("#lobby", "No, it is me").await;
    let prints = [ada.fingerprint().await, other.fingerprint().await];
    assert_ne!(prints[0], prints[1]);

    let browser = mara.browser("#lobby").await;
    for (id, print) in [(true_one, &prints[0]), (false_one, &prints[1])] {
        browser.shows_text(&format!("[data-id='{id}'] .same-name"), print).await;
    }
    browser.click("#people-open").await;
    for print in &prints {
        browser.shows_text(".person .fingerprint", print).await;
    }
    assert_eq!(browser.texts(".person .warn").await.len(), 2);
    let pictures =
        "return new Set([...document.querySelectorAll('.person .avatar')].map((one) => one.outerHTML)).size";
    assert_eq!(browser.run(pictures, json!([])).await, json!(2), "two keys have two pictures");
}

#[tokio::test]
async fn a_direct_message_and_a_private_room_are_for_those_who_have_the_key() {
    let (mara, mut ada) = two().await;
    ada.say("#lobby", "Write to me").await;
    let browser = mara.browser("#lobby").await;
    browser.shows_text(".row", "Write to me").await;
    browser.click(".row .author").await;
    browser.click_text(".menu-item", "Direct message").await;
    browser.shows_text("#room-name", "Ada").await;
    browser.say("Only for you").await;
    let room = format!("@{}", mara_as_known(&mut ada).await);
    ada.hears(&room, "Only for you").await;

    browser.click("#join-open").await;
    browser.fill("#join-name", "#cellar").await;
    browser.click("#join-private").await;
    browser.fill("#join-passphrase", "under the third stone").await;
    browser.press(&[ENTER]).await;
    browser.shows_text("#room-name", "cellar").await;
    browser.say("The key is in the usual place").await;
    let joined = ada.call("join", json!({"name": "#cellar", "passphrase": "under the third stone"})).await;
    assert_eq!(joined["kind"], "private");
    ada.hears(joined["room"].as_str().unwrap(), "The key is in the usual place").await;
    assert_eq!(browser.problems().await, Vec::<String>::new());
}

/// The name of the other one in a direct room, once there is one.
async fn mara_as_known(ada: &mut Person) -> String {
    backplane_tests::wait::eventually_some("a direct room", async || {
        let rooms = ada.call("rooms", json!([])).await;
        let room = rooms.as_array()?.iter().find(|room| room["kind"] == "direct")?.clone();
        Some(room["name"].as_str()?.trim_start_matches('@').to_owned())
    })
    .await
}

#[tokio::test]
async fn a_room_that_is_not_open_says_what_is_unread() {
    let (mut mara, mut ada) = two().await;
    for person in [&mut mara, &mut ada] {
        person.join("#garden").await;
    }
    mara.meets("#garden", 1).await;
    let browser = mara.browser("#lobby").await;
    ada.say("#garden", "The beans are up").await;
    ada.say("#garden", "Mara, look").await;
    browser.shows_text(".room .badge.mention", "@1").await;
    browser.shows_text(".room.unread", "garden").await;
    browser.until("the count in the title", "document.title.startsWith('(2) ')", json!([])).await;
    browser.enter("#garden").await;
    browser.shows(".divider").await;
    browser.shows_text(".row.mentions", "Mara, look").await;
    browser.hides(".room.unread").await;
    browser.until("no count in the title", "document.title.startsWith('#garden')", json!([])).await;
}

#[tokio::test]
async fn who_is_muted_is_faint_and_who_is_blocked_is_gone() {
    let (mara, mut ada) = two().await;
    ada.say("#lobby", "Listen to me").await;
    let browser = mara.browser("#lobby").await;
    browser.click(".row .author").await;
    browser.click_text(".menu-item", "Mute").await;
    browser.shows_text(".row.muted", "Listen to me").await;
    browser.click("#people-open").await;
    browser.click(".person").await;
    browser.click_text(".menu-item", "Block").await;
    browser.hides(".row").await;
    browser.shows_text(".person.blocked", "Ada").await;
    ada.say("#lobby", "Are you there?").await;
    browser.click(".person.blocked").await;
    browser.click_text(".menu-item", "Unblock").await;
    browser.shows_text(".row", "Are you there?").await;
    browser.shows_text(".row", "Listen to me").await;
    assert_eq!(browser.problems().await, Vec::<String>::new());
}
