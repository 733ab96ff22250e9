//! A plug-in that programs watch and browsers show.

use backplane_plugin::testkit::{Emitted, TestHost};
use backplane_plugin::*;
use serde::Serialize;
use serde::de::IgnoredAny;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

struct Game {
    host: Host,
    scores: Mutex<BTreeMap<String, u32>>,
}

#[derive(Serialize)]
struct Scored<'a> {
    player: &'a str,
    points: u32,
}

impl Plugin for Game {
    type Config = NoConfig;
    const METHODS: &'static [MethodEntry<Self>] = methods![score, scores];
    const PAGES: &'static [Page] = pages!["page/": "index.html", "scores.css", "scores.js"];

    fn create(host: Host, _: NoConfig) -> Result<Self, PluginError> {
        Ok(Self { host, scores: Mutex::default() })
    }
}

impl Game {
    async fn score(self: Arc<Self>, (player, points): (String, u32)) -> Result<bool, RpcError> {
        *self.scores.lock().unwrap_or_else(PoisonError::into_inner).entry(player.clone()).or_default() +=
            points;
        // Whoever watches `game` is told of `game.scored`.
        self.host.emit("scored", &Scored { player: &player, points })?;
        Ok(true)
    }

    /// What the events are about can be asked for as well.
    async fn scores(self: Arc<Self>, _: IgnoredAny) -> Result<BTreeMap<String, u32>, RpcError> {
        Ok(self.scores.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

#[test]
fn who_watches_is_told_of_every_score() {
    let host = TestHost::<Game>::new(json!({})).unwrap();
    host.call("score", json!(["ada", 3])).unwrap();
    let told = Emitted { event: "scored".to_owned(), data: json!({"player": "ada", "points": 3}) };
    assert_eq!(host.take_emitted(), [told]);
    assert_eq!(host.call("scores", json!([])), Ok(json!({"ada": 3})));
}

#[test]
fn the_page_needs_nothing_that_is_not_among_the_pages() {
    let page = |path: &str| Game::PAGES.iter().find(|page| page.path() == path).unwrap();
    let index = std::str::from_utf8(page("index.html").content()).unwrap();
    for path in ["scores.css", "scores.js"] {
        assert!(index.contains(path) && !page(path).content().is_empty());
    }
}
