//! The configuration of a running node, changed.

use backplane_tests::configured::Configured;
use backplane_tests::node::{Dirs, TestNode};
use backplane_tests::wait::{eventually, eventually_some};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

const CHAT: &[&str] = &["backplane_chat"];

/// A configuration that dials these nodes and nobody else.
fn peers(nodes: &[&TestNode]) -> String {
    let peers: Vec<_> = nodes.iter().map(|node| format!("'{}'", node.address())).collect();
    format!("network.outbound_connections = 0\nnetwork.peers = [{}]\n", peers.join(", "))
}

#[tokio::test]
async fn a_hangup_connects_new_peers_lets_removed_ones_go_and_changes_the_level_of_the_log() {
    let (old, new) = (TestNode::start(CHAT, &[]).await, TestNode::start(CHAT, &[]).await);
    let mut node = Configured::start(Dirs::with(CHAT), &peers(&[&old])).await;
    old.speaks("chat", 1).await;

    node.write(&format!("{}log.level = 'debug'\n", peers(&[&new])));
    node.program.signal("HUP").await;
    let line = node.program.logs("configuration reloaded").await;
    assert!(line.contains(r#"applied=["log.level", "network.peers"]"#), "{line}");
    new.speaks("chat", 1).await;
    eventually("the removed peer is let go", || old.channels().is_empty()).await;
    // Only ever written at this level.
    node.program.logs("heard of addresses").await;

    let info = node.rpc.call("p2p.get_info", json!([])).await.unwrap();
    let peers = info["peers"].as_array().unwrap();
    assert_eq!(peers.len(), 1);
    assert_eq!(peers[0]["url"], json!(new.address()));
    assert_eq!(peers[0]["channel"], info["channels"][0]["id"]);
}

#[tokio::test]
async fn a_bad_file_changes_nothing_and_its_mistake_is_named() {
    let (old, new) = (TestNode::start(CHAT, &[]).await, TestNode::start(CHAT, &[]).await);
    let mut node = Configured::start(Dirs::with(CHAT), &peers(&[&old])).await;
    old.speaks("chat", 1).await;
    let channel = old.channels()[0].id();
    for (mistake, key, expected) in [
        ("network.outbund_connections = 3", "network.outbund_connections", "did you mean"),
        ("network.external = ['tcp://127.0.0.1:0']\n", "network.external[0]", "expected a port other than 0"),
        ("[plugin.absent]", "plugin.absent", "there is no plug-in absent"),
        ("[plugin.chat.config]\ninbox_lines = 1", "plugin.chat.config.inbox_lines", "`inbox_messages`"),
    ] {
        let configuration = format!("{}{mistake}\n", peers(&[&new]));
        let error = node.reload(&configuration).await.unwrap_err();
        assert_eq!(error["code"], json!(-32_010), "{error}");
        let lines = error["data"].as_array().unwrap();
        let line = lines[0].as_str().unwrap();
        let start = format!("{}: {key}: ", node.file());
        assert!(lines.len() == 1 && line.starts_with(&start) && line.contains(expected), "{line}");

        node.program.signal("HUP").await;
        // One line for the call, one for the signal.
        for _ in 0..2 {
            let logged = node.program.logs("configuration not reloaded").await;
            assert!(logged.contains("ERROR") && logged.contains(key), "{logged}");
        }
    }
    let info = node.rpc.call("p2p.get_info", json!([])).await.unwrap();
    assert_eq!(info["peers"][0]["url"], json!(old.address()));
    assert_eq!((old.channels().len(), old.channels()[0].id(), new.channels().len()), (1, channel, 0));
}

#[tokio::test]
async fn the_answer_tells_what_was_applied_and_what_waits_for_a_restart() {
    let peer = TestNode::start(CHAT, &[]).await;
    let mut node = Configured::start(Dirs::with(CHAT), &peers(&[&peer])).await;
    peer.speaks("chat", 1).await;
    for line in ["one", "two", "three"] {
        assert_eq!(peer.say(line).await, 1);
    }
    let heard = async |node: &mut Configured| node.rpc.call("recv", json!([])).await.unwrap();
    eventually_some("three lines", async || {
        (heard(&mut node).await == json!(["one", "two", "three"])).then_some(())
    })
    .await;

    let same = node.reload(&peers(&[&peer])).await.unwrap();
    let all = same["unchanged"].as_u64().unwrap();
    assert_eq!(same, json!({"applied": [], "unchanged": all, "restart": [], "refused": []}));

    let changed = "network.threads = 3\nnetwork.profiles.tcp.connect_timeout = '3s'\nlog.format = 'json'\n\
                   [plugin.chat]\nthreads = 2\nrestart.max = 5\nconfig.inbox_messages = 2\n";
    let answer = node.reload(&(peers(&[&peer]) + changed)).await.unwrap();
    let expected = json!({
        "applied": [
            "network.profiles.tcp.connect_timeout",
            "plugin.chat.config.inbox_messages",
            "plugin.chat.restart.max",
        ],
        // Those three, and the fifteen defaults of the plug-in's new table that it did not change.
        "unchanged": all - 3 + 15,
        "restart": [
            {"key": "log.format", "old": "text", "new": "json"},
            {"key": "network.threads", "old": 2, "new": 3},
            {"key": "plugin.chat.threads", "old": 1, "new": 2},
        ],
        "refused": [],
    });
    assert_eq!(answer, expected);
    assert_eq!(heard(&mut node).await, json!(["two", "three"]), "the inbox keeps less");
    assert_eq!(node.rpc.call("config.reload", json!([1])).await.unwrap_err()["code"], json!(-32602));
}

#[tokio::test]
async fn a_plugin_that_refuses_or_panics_goes_on_with_what_it_had_and_so_does_everything_else() {
    let plugins = ["backplane_chat", "backplane_faulty"];
    let mut node = Configured::start(Dirs::with(&plugins), "").await;
    let faulty = |key: &str| format!("log.level = 'debug'\n[plugin.faulty.config]\n{key}\n");
    for (key, reason) in
        [("fail = true", "told to fail"), ("panic_in = 'reconfigure'", "told to panic in Reconfigure")]
    {
        for _ in 0..2 {
            let answer = node.reload(&faulty(key)).await.unwrap();
            let refused = &answer["refused"][0];
            assert_eq!(refused["plugin"], json!("faulty"), "{answer}");
            assert!(refused["reason"].as_str().unwrap().contains(reason), "{answer}");
            assert_eq!(answer["restart"], json!([]), "{answer}");
        }
        node.program.logs("the plug-in goes on with its old configuration").await;
    }
    let list = node.rpc.call("plugin.list", json!([])).await.unwrap();
    let panics = |name: &str| {
        let found = list.as_array().unwrap().iter().find(|plugin| plugin["name"] == json!(name));
        found.unwrap()["panics"].clone()
    };
    assert_eq!((panics("faulty"), panics("chat")), (json!(2), json!(0)));
    assert_eq!(node.rpc.call("faulty.call", json!([])).await.unwrap(), json!("called"));

    let answer = node.reload(&faulty("hang = true")).await.unwrap();
    assert_eq!(answer["restart"], json!([{"key": "plugin.faulty.config.hang"}]), "{answer}");
    assert_eq!((&answer["applied"], &answer["refused"]), (&json!([]), &json!([])));
}

/// What the outbound slots have, once `wanted` takes it.
async fn slots(node: &mut Configured, what: &str, wanted: impl Fn(&[Value]) -> bool) {
    eventually_some(what, async || {
        let info = node.rpc.call("p2p.get_info", json!([])).await.unwrap();
        let slots = info["outbound_slots"].as_array().unwrap();
        assert_eq!(info["sessions"]["outbound"]["slots"].as_array().unwrap().len(), slots.len());
        wanted(slots).then_some(())
    })
    .await;
}

#[tokio::test]
async fn outbound_slots_grow_and_shrink() {
    let targets = [TestNode::start(CHAT, &[]).await, TestNode::start(CHAT, &[]).await];
    let dirs = Dirs::with(CHAT);
    let known = targets.iter().map(|node| format!("white\t{}\t5\n", node.address())).collect::<String>();
    fs::write(dirs.data.path().join("hosts.tsv"), known).unwrap();
    let count = |count: u16| {
        format!("network.outbound_connections = {count}\nnetwork.discovery_attempt_time = '50ms'\n")
    };
    let mut node = Configured::start(dirs, &count(0)).await;
    let channels = || targets.iter().map(|node| node.channels().len()).sum::<usize>();
    slots(&mut node, "no slots", <[Value]>::is_empty).await;

    node.reload(&count(3)).await.unwrap();
    let full = |slots: &[Value]| slots.iter().filter(|slot| **slot != json!(0)).count();
    slots(&mut node, "two of three slots full", |slots| slots.len() == 3 && full(slots) == 2).await;
    eventually("two channels", || channels() == 2).await;

    node.reload(&count(0)).await.unwrap();
    slots(&mut node, "no slots again", <[Value]>::is_empty).await;
    eventually("no channels", || channels() == 0).await;

    node.reload(&count(1)).await.unwrap();
    slots(&mut node, "one slot full", |slots| slots.len() == 1 && full(slots) == 1).await;
    eventually("one channel", || channels() == 1).await;
}

#[tokio::test]
async fn whom_the_blacklist_gets_leaves_and_comes_back_when_it_is_taken_off() {
    let listening = "network.inbound = ['tcp://127.0.0.1:0']\nlog.level = 'debug'\n";
    let mut node = Configured::start(Dirs::with(CHAT), listening).await;
    let info = node.rpc.call("p2p.get_info", json!([])).await.unwrap();
    let peer = format!("network.peers={}", info["inbound"][0].as_str().unwrap());
    let guest = TestNode::start(CHAT, &[&peer]).await;
    guest.speaks("chat", 1).await;

    let blocking =
        format!("{listening}network.blacklist = [{{ host = '127.0.0.1' }}]\nlimits.pending_handshakes = 7\n");
    let answer = node.reload(&blocking).await.unwrap();
    assert_eq!(answer["applied"], json!(["limits.pending_handshakes", "network.blacklist"]));
    eventually("the guest is let go", || guest.channels().is_empty()).await;
    node.program.logs("a banned peer is not let in").await;
    let info = node.rpc.call("p2p.get_info", json!([])).await.unwrap();
    assert_eq!(info["sessions"]["inbound"]["pending"]["limit"], json!(7));

    node.reload(listening).await.unwrap();
    guest.speaks("chat", 1).await;
}

#[tokio::test]
async fn a_hangup_while_the_node_starts_or_stops_does_not_end_it() {
    let dirs = Dirs::with(&["backplane_faulty"]);
    let hang = "node.shutdown_deadline = '1h'\n[plugin.faulty.config]\nhang = true\n";
    let mut program = Configured::spawn(&dirs, hang);
    program.logs("plug-in loaded").await;
    program.signal("HUP").await;
    program.logs("the node is ready").await;
    program.signal("HUP").await;
    program.logs("configuration reloaded").await;
    program.signal("TERM").await;
    program.logs("a second signal ends the node at once").await;
    program.signal("HUP").await;
    program.signal("INT").await;
    assert_eq!(program.ended().await.code(), Some(1), "ended by the second signal that stops");
}

#[tokio::test]
async fn a_hangup_opens_the_file_of_the_log_again() {
    let dirs = Dirs::with(&[]);
    let (log, moved) = (dirs.data.path().join("node.log"), dirs.data.path().join("old.log"));
    let program = Configured::spawn(&dirs, &format!("log.file = '{}'\n", log.display()));
    let has = |file: &Path, text: &str| fs::read_to_string(file).is_ok_and(|read| read.contains(text));
    eventually("the node is ready", || has(&log, "the node is ready")).await;
    fs::rename(&log, &moved).unwrap();
    program.signal("HUP").await;
    eventually("a new file", || has(&log, "configuration reloaded")).await;
    assert!(!has(&moved, "configuration reloaded"));
}
