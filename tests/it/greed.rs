//! A plug-in that takes more than its share is refused, slowed, restarted or disabled, and nobody else notices.

use backplane::plugin::Usage;
use backplane_tests::node::TestNode;
use backplane_tests::wait::{eventually, eventually_some};
use serde_json::{Value, json};

const PLUGINS: &[&str] = &["backplane_chat", "backplane_faulty"];

/// Two connected nodes, the first of which has a plug-in with these limits.
struct Pair {
    greedy: TestNode,
    other: TestNode,
}

impl Pair {
    async fn start(sets: &[&str]) -> Self {
        let greedy = TestNode::start(PLUGINS, sets).await;
        let other = TestNode::start(PLUGINS, &[&greedy.as_peer()]).await;
        greedy.speaks("chat", 1).await;
        other.speaks("chat", 1).await;
        Self { greedy, other }
    }

    async fn ask(&self, method: &str, params: Value) -> Value {
        self.greedy.call(&format!("faulty.{method}"), params).await.unwrap()
    }

    fn usage(&self) -> Usage {
        self.greedy.plugin("faulty").usage.unwrap()
    }

    fn refused(&self, limit: &str) -> u64 {
        self.usage().refused.get(limit).copied().unwrap_or(0)
    }

    fn state(&self) -> &'static str {
        self.greedy.plugin("faulty").state
    }

    /// Every line of chat arrives, both ways over the one channel that there is.
    async fn chats(&self, about: &str) {
        for number in 0..100 {
            let line = format!("{about} {number}");
            assert_eq!((self.greedy.say(&line).await, self.other.say(&line).await), (1, 1));
        }
        for node in [&self.greedy, &self.other] {
            let of_this =
                |lines: Vec<String>| lines.into_iter().filter(|line| line.starts_with(about)).count();
            eventually_some("all lines", async || (of_this(node.lines().await) == 100).then_some(())).await;
            assert_eq!(node.channels().len(), 1);
        }
    }
}

#[tokio::test]
async fn jobs_without_end_are_refused_above_the_limit() {
    let pair = Pair::start(&["plugin.faulty.limits.jobs=50"]).await;
    pair.greedy.speaks("faulty", 1).await;
    // Those of the one channel that do not end at once.
    eventually("its jobs wait", || pair.usage().jobs == 2).await;
    let answer = pair.ask("spawn", json!([])).await;
    assert_eq!(answer, json!([48, "limits.jobs"]));
    assert_eq!((pair.usage().jobs, pair.refused("limits.jobs"), pair.state()), (50, 1, "running"));
    pair.chats("among jobs").await;
    pair.greedy.node().plugins().restart("faulty", for_the_test()).await.unwrap();
    eventually("the jobs have gone", || pair.usage().jobs < 50).await;
}

fn for_the_test() -> backplane::plugin::Reason {
    backplane::plugin::Reason::Sound("for the test".to_owned())
}

#[tokio::test]
async fn jobs_on_channels_are_refused_above_the_same_limit() {
    let pair = Pair::start(&["plugin.faulty.limits.jobs=50", "plugin.faulty.config.jobs=60"]).await;
    pair.greedy.speaks("faulty", 1).await;
    assert_eq!(pair.usage().jobs, 50);
    assert!(pair.refused("limits.jobs") >= 10);
    pair.chats("among jobs").await;
    pair.greedy.node().plugins().disable("faulty").await.unwrap();
    eventually("the jobs have gone", || pair.usage().jobs == 0).await;
}

#[tokio::test]
async fn subscriptions_are_refused_above_the_limit() {
    let pair =
        Pair::start(&["plugin.faulty.limits.subscriptions=10", "plugin.faulty.config.subscriptions=20"])
            .await;
    eventually("one is refused", || pair.refused("limits.subscriptions") == 1).await;
    pair.greedy.speaks("faulty", 0).await;
    assert_eq!(pair.state(), "running");
    pair.chats("among subscriptions").await;
    eventually("they are given back", || pair.usage().subscriptions == 0).await;
}

#[tokio::test]
async fn a_flood_of_log_lines_is_cut_off() {
    let pair = Pair::start(&["plugin.faulty.limits.log_lines_per_second=10", "log.level=info"]).await;
    pair.greedy.node().plugins().restart("faulty", for_the_test()).await.unwrap();
    // The library still knows the host of its first instance only.
    pair.ask("log", json!([10_000])).await;
    assert!(pair.refused("limits.log_lines_per_second") > 0);
    pair.chats("among lines of the log").await;
    assert_eq!(pair.greedy.plugin("chat").usage.unwrap().refused.len(), 0);
}

#[tokio::test]
async fn broadcasts_above_the_speed_are_refused() {
    let pair = Pair::start(&["plugin.faulty.limits.bytes_per_second=1000"]).await;
    pair.greedy.speaks("faulty", 1).await;
    // The first one is owed for, for two minutes.
    let sent = pair.ask("broadcast", json!([10, 120_000])).await;
    assert_eq!((sent, pair.refused("limits.bytes_per_second")), (json!(1), 9));
    pair.chats("among broadcasts").await;
}

#[tokio::test]
async fn who_sends_above_the_speed_has_to_wait() {
    let pair = Pair::start(&["plugin.faulty.limits.bytes_per_second=1000"]).await;
    pair.greedy.speaks("faulty", 1).await;
    // The first one is owed for, for two minutes.
    assert_eq!(pair.ask("try_send", json!([120_000])).await, Value::Null);
    assert_eq!(pair.ask("try_send", json!([1])).await, json!("the outgoing buffer is full"));
    pair.chats("meanwhile").await;
}

#[tokio::test]
async fn a_flood_of_messages_leaves_room_for_others() {
    let flood = "plugin.faulty.config.flood=true";
    for sets in [&[flood][..], &[flood, "plugin.faulty.limits.bytes_per_second=100000"]] {
        let pair = Pair::start(sets).await;
        pair.greedy.speaks("faulty", 1).await;
        pair.chats("among messages").await;
        // More than may come at once: those that had to wait go on.
        let arrived = || pair.other.channels()[0].traffic().totals().bytes_in;
        eventually("the flood goes on", || arrived() > 200_000).await;
        pair.greedy.speaks("faulty", 1).await;
        assert_eq!(pair.state(), "running");
    }
}

#[tokio::test]
async fn what_waits_for_a_plugin_that_does_not_receive_is_told() {
    let pair = Pair::start(&["plugin.faulty.config.deaf=true"]).await;
    pair.other.speaks("faulty", 1).await;
    pair.chats("before").await;
    assert_eq!(pair.other.call("faulty.broadcast", json!([10, 50_000])).await.unwrap(), 10);
    eventually("it waits", || pair.usage().queue_bytes > 400_000).await;
    pair.chats("after").await;
}

#[tokio::test]
async fn what_waits_for_a_plugin_above_its_share_waits_on_the_wire_and_comes_when_it_has_gone() {
    let sets = ["plugin.faulty.config.deaf=true", "plugin.faulty.limits.queue_bytes=200000"];
    let pair = Pair::start(&sets).await;
    pair.other.speaks("faulty", 1).await;
    assert_eq!(pair.other.call("faulty.broadcast", json!([20, 100_000])).await.unwrap(), 20);
    assert_eq!(pair.other.say("behind it").await, 1);
    eventually("the share is passed", || pair.usage().queue_bytes > 200_000).await;
    // One read of at most 512 KiB comes on top.
    assert!(pair.usage().queue_bytes < 1_000_000, "{:?}", pair.usage());
    pair.greedy.node().plugins().disable("faulty").await.unwrap();
    pair.greedy.hears("behind it").await;
    eventually("nothing waits", || pair.usage().queue_bytes == 0).await;
    pair.chats("after it").await;
}

#[tokio::test]
async fn a_heap_that_grows_is_told_of_and_then_given_back_by_a_restart() {
    let pair =
        Pair::start(&["plugin.faulty.limits.heap_soft=8000000", "plugin.faulty.limits.heap_hard=32000000"])
            .await;
    pair.ask("hold", json!([12_000_000])).await;
    let told = eventually_some("it is told", async || {
        pair.ask("pressures", json!([])).await.as_array().and_then(|told| told.first().cloned())
    })
    .await;
    assert_eq!(told[0], "Heap");
    assert!(told[1].as_u64().unwrap() >= 12_000_000, "{told}");
    assert_eq!((pair.state(), pair.usage().failures), ("running", 0));

    pair.ask("hold", json!([30_000_000])).await;
    eventually("it is restarted", || pair.usage().failures == 1 && pair.state() == "running").await;
    for node in [&pair.greedy, &pair.other] {
        node.speaks("faulty", 1).await;
    }
    assert_eq!(pair.ask("pressures", json!([])).await, json!([]), "it is another instance");
    assert!(pair.usage().heap_bytes.unwrap() < 8_000_000);
    pair.chats("after the restart").await;
    assert_eq!(pair.usage().failures, 1);
}

#[tokio::test]
async fn a_heap_that_no_restart_gives_back_disables_the_plugin() {
    let pair =
        Pair::start(&["plugin.faulty.limits.heap_soft=8000000", "plugin.faulty.limits.heap_hard=32000000"])
            .await;
    pair.ask("lose", json!([40_000_000])).await;
    eventually("it is disabled", || pair.state() == "disabled").await;
    let reason = pair.greedy.plugin("faulty").reason.unwrap();
    assert!(
        reason.contains("too often (3 times") && reason.contains("limits.heap_hard is 32000000"),
        "{reason}"
    );
    pair.chats("after the end").await;
    pair.other.speaks("faulty", 0).await;
}

#[tokio::test]
async fn a_data_folder_that_grows_is_told_of_and_then_disables_the_plugin() {
    let pair =
        Pair::start(&["plugin.faulty.limits.data_soft=1000", "plugin.faulty.limits.data_hard=100000"]).await;
    pair.ask("write", json!([5000])).await;
    let told = eventually_some("it is told", async || {
        pair.ask("pressures", json!([])).await.as_array().and_then(|told| told.first().cloned())
    })
    .await;
    assert_eq!(told, json!(["DataFolder", 5000]));
    pair.ask("write", json!([200_000])).await;
    eventually("it is disabled", || pair.state() == "disabled").await;
    let reason = pair.greedy.plugin("faulty").reason.unwrap();
    assert_eq!(reason, "its data folder has 200000 bytes, and limits.data_hard is 100000");
    pair.chats("after the end").await;
    std::fs::remove_dir_all(pair.greedy.dirs().data.path().join("plugins/faulty")).unwrap();
    pair.greedy.node().plugins().enable("faulty").await.unwrap();
    eventually("it is measured anew", || pair.usage().data_bytes == Some(0)).await;
    assert_eq!(pair.state(), "running");
}
