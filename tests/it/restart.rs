//! Plug-ins that are restarted while their node talks.

use backplane::plugin::Reason;
use backplane_tests::node::TestNode;
use serde_json::json;

const PLUGINS: &[&str] = &["backplane_chat", "backplane_echo", "backplane_faulty"];
const LINES: usize = 1000;

/// Two connected nodes; the first one has these settings.
async fn pair(sets: &[&str]) -> [TestNode; 2] {
    let a = TestNode::start(PLUGINS, sets).await;
    let b = TestNode::start(PLUGINS, &[&a.as_peer()]).await;
    for node in [&a, &b] {
        for protocol in ["chat", "echo", "faulty"] {
            node.speaks(protocol, 1).await;
        }
    }
    [a, b]
}

async fn restart(node: &TestNode, plugin: &str) {
    node.node().plugins().restart(plugin, Reason::Sound("for the test".to_owned())).await.unwrap();
}

#[tokio::test]
async fn no_line_of_chat_is_lost_while_another_plugin_is_restarted() {
    let [a, b] = pair(&[]).await;
    let channel = a.channels()[0].id();
    let saying = async {
        for number in 0..LINES {
            for node in [&a, &b] {
                assert_eq!(node.say(&number.to_string()).await, 1, "line {number}");
            }
            tokio::task::yield_now().await;
        }
    };
    let restarting = async {
        for _ in 0..3 {
            restart(&a, "echo").await;
            for node in [&a, &b] {
                node.speaks("echo", 1).await;
            }
        }
    };
    tokio::join!(saying, restarting);

    a.hears_numbers(LINES).await;
    b.hears_numbers(LINES).await;
    assert_eq!(a.channels()[0].id(), channel, "another channel");
    let echo = a.plugin("echo");
    assert_eq!((echo.state, echo.reason, echo.abandoned), ("running", None, 0));
    assert_eq!(a.call("echo.ask", json!(["who is there?"])).await.unwrap(), 1);
}

#[tokio::test]
async fn a_plugin_that_restarts_serves_its_methods_and_forgets_what_it_held() {
    let [a, b] = pair(&[]).await;
    assert_eq!(b.say("before").await, 1);
    a.hears("before").await;
    restart(&a, "chat").await;
    a.speaks("chat", 1).await;
    b.speaks("chat", 1).await;
    assert_eq!(a.lines().await, Vec::<String>::new());
    assert_eq!(b.say("after").await, 1);
    a.hears("after").await;
}

#[tokio::test]
async fn a_plugin_that_is_withdrawn_stays_so_over_a_restart() {
    let [a, b] = pair(&[]).await;
    a.node().plugins().disable("echo").await.unwrap();
    restart(&a, "echo").await;
    assert_eq!(a.plugin("echo").state, "disabled");
    b.speaks("echo", 0).await;
    a.node().plugins().enable("echo").await.unwrap();
    b.speaks("echo", 1).await;
}

#[tokio::test]
async fn a_plugin_that_does_not_stop_is_left_behind_and_replaced() {
    let [a, b] = pair(&["plugin.faulty.config.hang=true"]).await;
    restart(&a, "faulty").await;
    let faulty = a.plugin("faulty");
    assert_eq!((faulty.state, faulty.abandoned), ("running", 1));
    a.speaks("faulty", 1).await;
    b.speaks("faulty", 1).await;
    assert_eq!(a.say("still there").await, 1);
    b.hears("still there").await;
    // One that is known to hang is not asked.
    a.node().plugins().restart("faulty", Reason::Hung("in a job".to_owned())).await.unwrap();
    assert_eq!((a.plugin("faulty").state, a.plugin("faulty").abandoned), ("running", 2));
    a.speaks("faulty", 1).await;
}
