//! The pictures in the documents: a conversation of real nodes, as the page shows it.
//!
//! `BACKPLANE_PICTURES=docs/images cargo test -p backplane-tests --test chat pictures` writes them; without the variable they
//! are made and thrown away.

use super::browser::Browser;
use super::folk::Person;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use std::path::Path;

const WRITE_TO: &str = "BACKPLANE_PICTURES";

/// Keys of people whose colours can be told apart, so that the pictures are the same each time.
const KEYS: [u8; 4] = [42, 17, 22, 37];

async fn conversation() -> (Person, Vec<Person>) {
    let mut mara = Person::start("Mara", &[]).await;
    let mut ada = Person::start("Ada Lindqvist", &[&mara]).await;
    let mut tom = Person::start("tom", &[&mara, &ada]).await;
    let mut false_ada = Person::start("Ada Lindqvist", &[&mara]).await;
    for (person, key) in [&mut mara, &mut ada, &mut tom, &mut false_ada].into_iter().zip(KEYS) {
        let text = format!("backplane-identity-1:{}", hex::encode([key; 32]));
        person.call("identity", json!(["import", text])).await;
    }
    let mut others = vec![ada, tom, false_ada];
    talk(&mut mara, &mut others).await;
    (mara, others)
}

async fn talk(mara: &mut Person, others: &mut [Person]) {
    let [ada, tom, false_ada] = others else { panic!("there are three others") };
    mara.meets("#lobby", 3).await;
    for room in ["#garden", "#protocol-design"] {
        for person in [&mut *mara, &mut *ada, &mut *tom] {
            person.join(room).await;
        }
        mara.meets(room, 2).await;
    }
    mara.call("join", json!({"name": "#allotment", "passphrase": "under the third stone"})).await;

    ada.call(
        "topic",
        json!({"room": "#lobby", "text": "Everything about the node · next release on Friday"}),
    )
    .await;
    mara.hears("#lobby", "Everything about the node · next release on Friday").await;
    let question = tom
        .say(
            "#lobby",
            "Has anyone tried the new build on a small machine? Mine read a week of history in two seconds.",
        )
        .await;
    told(&mut [&mut *mara, &mut *ada], &question).await;
    let explained = ada.say("#lobby", "Two seconds sounds right: it asks only for what it lacks. I wrote down how that works, with pictures: https://example.org/notes/reconcile").await;
    told(&mut [&mut *mara, &mut *tom], &explained).await;
    mara.call("react", json!({"id": explained, "emoji": "👍"})).await;
    tom.call("react", json!({"id": explained, "emoji": "👍"})).await;
    tom.call("react", json!({"id": explained, "emoji": "🎉"})).await;
    let why = mara.call("send", json!({"room": "#lobby", "text": "Read it on the train, it is really clear. Why is depth needed when there is a time?", "reply": explained})).await;
    told(&mut [&mut *ada], why["id"].as_str().unwrap()).await;
    let depth = ada.say("#lobby", "Because clocks are wrong. Depth only says \"after what I had read\", so a clock that is off by hours reorders nothing.").await;
    told(&mut [&mut *mara, &mut *tom, &mut *false_ada], &depth).await;
    mara.call("read", json!({"room": "#lobby", "id": depth})).await;
    let asked =
        false_ada.say("#lobby", "It is Ada from another machine, can somebody send me the passphrase?").await;
    told(&mut [&mut *mara, &mut *tom], &asked).await;
    let warned = tom
        .call(
            "send",
            json!({"room": "#lobby", "text": "That is not Ada, look at the fingerprint.", "reply": asked}),
        )
        .await;
    told(&mut [&mut *mara, &mut *ada], warned["id"].as_str().unwrap()).await;
    mara.call("react", json!({"id": warned["id"], "emoji": "👀"})).await;
    let thanks = mara.say("#lobby", "Thanks. I will put the picture into the documentation.").await;
    told(&mut [&mut *ada, &mut *tom], &thanks).await;
    ada.call("read", json!({"room": "#lobby", "id": thanks})).await;
    for text in ["Mara: what do you think of the second part?", "No hurry."] {
        let said = tom.say("#protocol-design", text).await;
        told(&mut [&mut *mara], &said).await;
    }
    let direct = ada.call("direct", json!([mara.fingerprint().await])).await;
    let said = ada.say(direct["room"].as_str().unwrap(), "Tea at six?").await;
    told(&mut [&mut *mara], &said).await;
}

/// Waits until these people have a message.
async fn told(people: &mut [&mut Person], id: &str) {
    for person in people {
        person.has(id).await;
    }
}

async fn keep(browser: &Browser, name: &str) {
    let rests = "document.getAnimations().every((one) => one.playState === 'finished')";
    browser.until("the end of what moves", rests, json!([])).await;
    let png = STANDARD.decode(browser.picture().await).unwrap();
    assert!(png.starts_with(b"\x89PNG") && png.len() > 10_000, "a picture of {} bytes", png.len());
    if let Some(folder) = std::env::var_os(WRITE_TO) {
        // Tests run in the folder of their package.
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
        std::fs::write(folder.join(name), png).unwrap();
    }
}

#[tokio::test]
async fn the_documents_have_pictures_of_the_page() {
    let (mara, _others) = conversation().await;
    let browser = mara.browser("#lobby").await;
    browser.size(1280, 800, false).await;
    browser.system_is("light").await;
    browser.click("#people-open").await;
    browser.shows_text(".person", "same name").await;
    keep(&browser, "chat-light.png").await;
    browser.system_is("dark").await;
    keep(&browser, "chat-dark.png").await;
    browser.click("#panel-close").await;
    browser.size(390, 780, true).await;
    browser.system_is("light").await;
    keep(&browser, "chat-phone.png").await;
    assert_eq!(browser.problems().await, Vec::<String>::new());
}
