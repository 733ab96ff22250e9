//! Bans, from the first to the last, asked of the program as an operator would.

use backplane::address::Address;
use backplane_tests::node::Dirs;
use backplane_tests::process::{Program, backplane, run_arguments};
use backplane_tests::raw_peer::RawPeer;
use backplane_tests::vectors::{MAGIC, MAGIC_SETTING};
use backplane_tests::wait::{eventually, eventually_some, within};
use serde_json::{Value, json};
use std::fs;

/// A node that is asked with `backplane call`.
struct Operated {
    program: Program,
    address: Address,
    rpc: String,
}

impl Operated {
    async fn start(dirs: &Dirs, sets: &[&str]) -> Self {
        let rpc = format!("unix://{}", dirs.data.path().join("rpc.sock").display());
        let listen = format!("rpc.listen={rpc}");
        let all = [&[MAGIC_SETTING, "network.inbound=tcp://127.0.0.1:0", &listen], sets].concat();
        let mut program = Program::start(&run_arguments(dirs, &all));
        let address = program.logs_address("listening for peers").await;
        program.logs("the node is ready").await;
        Self { program, address, rpc }
    }

    /// What the program prints, or what it complains of.
    async fn call(&self, method: &str, params: &Value) -> Result<Value, String> {
        let mut command = backplane(&["call", "--rpc", &self.rpc, method, &params.to_string()]);
        let output = within(method, command.output()).await.unwrap();
        if output.status.success() {
            Ok(serde_json::from_slice(&output.stdout).unwrap())
        } else {
            Err(String::from_utf8(output.stderr).unwrap())
        }
    }

    async fn peer(&self) -> RawPeer {
        let mut peer = RawPeer::dial(&self.address, MAGIC).await;
        peer.shake_hands().await;
        peer
    }

    /// The one channel, when it is there.
    async fn channel(&self) -> u64 {
        eventually_some("the channel", async || {
            let info = self.call("p2p.get_info", &json!([])).await.unwrap();
            info["channels"][0]["id"].as_u64()
        })
        .await
    }

    /// Whether a peer that dials now is let in.
    async fn lets_in(&self) -> bool {
        let mut peer = RawPeer::dial(&self.address, MAGIC).await;
        peer.next().await.is_some()
    }
}

#[tokio::test]
async fn an_operator_closes_channels_and_bans_and_lifts_the_ban_after_a_crash() {
    let dirs = Dirs::with(&[]);
    let mut node = Operated::start(&dirs, &[]).await;
    let mut peer = node.peer().await;
    let id = node.channel().await;
    let told = node.call("p2p.explain", &json!([id])).await.unwrap();
    assert_eq!((&told["host"], &told["inbound"]["open"]), (&json!("127.0.0.1"), &json!(1)), "{told}");
    let channel = &told["channels"][0];
    assert_eq!(
        (&channel["id"], &channel["state"], &channel["waiting"]),
        (&json!(id), &json!("open"), &json!(0))
    );
    assert_eq!(channel["waiting_by_protocol"], json!({}));
    assert_eq!(node.call("p2p.disconnect", &json!({"who": id, "reason": "tidy"})).await, Ok(json!([id])));
    peer.rest().await;

    let mut other = node.peer().await;
    node.channel().await;
    let ban = node.call("p2p.ban", &json!(["tcp://127.0.0.1:7/", "1h", "noise"])).await.unwrap();
    assert_eq!((&ban["who"], &ban["left"], &ban["closed"]), (&json!("127.0.0.1"), &json!(3600), &json!(1)));
    other.rest().await;
    assert!(!node.lets_in().await, "another port is no way round it");

    node.program.signal("KILL").await;
    node.program.ended().await;
    let node = Operated::start(&dirs, &[]).await;
    let bans = node.call("p2p.bans", &json!([])).await.unwrap();
    assert_eq!((&bans[0]["who"], &bans[0]["reason"]), (&json!("127.0.0.1"), &json!("noise")), "{bans}");
    assert!(!node.lets_in().await);
    let told = node.call("p2p.explain", &json!(["127.0.0.1"])).await.unwrap();
    assert_eq!(
        (&told["banned"]["reason"], &told["refused"]["banned"]),
        (&json!("noise"), &json!(1)),
        "{told}"
    );
    assert!(told["next"][0].as_str().unwrap().starts_with("it is banned for another "), "{told}");

    node.call("p2p.unban", &json!(["127.0.0.1"])).await.unwrap();
    assert!(node.lets_in().await);
    for (method, params, complaint) in [
        ("p2p.unban", json!(["127.0.0.1"]), "127.0.0.1 is not banned"),
        ("p2p.ban", json!(["127.0.0.1:80"]), "expected a host such as 1.2.3.4"),
        ("p2p.ban", json!(["1.2.3.4", "soon"]), "expected a duration such as"),
        ("p2p.ban", json!([]), "who"),
        ("p2p.ban", json!(["unix:///run/socket"]), "does not say which host"),
        ("p2p.disconnect", json!([5]), "there is no channel with the id 5"),
        ("p2p.explain", json!(["1.2.0.0/16"]), "is a group"),
    ] {
        let error = node.call(method, &params).await.unwrap_err();
        assert!(error.contains(complaint), "{method} {params}: {error}");
    }
}

#[tokio::test]
async fn a_connection_that_has_not_shaken_hands_is_told_of() {
    let dirs = Dirs::with(&[]);
    let node = Operated::start(&dirs, &[]).await;
    let _peer = RawPeer::dial(&node.address, MAGIC).await;
    let told = eventually_some("the channel", async || {
        let told = node.call("p2p.explain", &json!(["127.0.0.1"])).await.unwrap();
        told["channels"].as_array().is_some_and(|channels| channels.len() == 1).then_some(told)
    })
    .await;
    let channel = &told["channels"][0];
    assert_eq!(
        (&channel["state"], &channel["waiting"], &told["pending"]),
        (&json!("setting up"), &json!(0), &json!(1))
    );
    assert!(channel["age"].as_u64().unwrap() < 60, "{told}");
    let overview = node.call("p2p.explain", &json!([])).await.unwrap();
    assert_eq!((&overview["setting_up"], &overview["channels"]), (&json!(1), &json!(1)), "{overview}");
}

#[tokio::test]
async fn a_peer_that_was_banned_for_an_offence_is_kept_out_after_a_crash() {
    let dirs = Dirs::with(&[]);
    let mut node = Operated::start(&dirs, &[]).await;
    let told = node.call("p2p.explain", &json!(["127.0.0.1"])).await.unwrap();
    let next = told["next"].as_array().unwrap();
    assert!(next.contains(&json!("the next oversized message bans it for 10m")), "{told}");
    let mut peer = node.peer().await;
    peer.send("ping", &[0; 3]).await;
    peer.rest().await;
    let file = dirs.data.path().join("bans.tsv");
    let is_kept = || fs::read_to_string(&file).is_ok_and(|text| text.contains("127.0.0.1"));
    eventually("the ban in its file", is_kept).await;
    node.program.signal("KILL").await;
    node.program.ended().await;

    let node = Operated::start(&dirs, &[]).await;
    assert!(!node.lets_in().await);
    let bans = node.call("p2p.bans", &json!([])).await.unwrap();
    assert!(bans[0]["reason"].as_str().unwrap().contains("a ping of 3 bytes"), "{bans}");
    let overview = node.call("p2p.explain", &json!([])).await.unwrap();
    assert_eq!(overview["protocols"]["ping"]["waiting"], 0, "{overview}");
    assert_eq!(overview["memory_per_protocol"], 134_217_728, "{overview}");
    // Some shake hands or hope for a slot beside the eight that have one.
    assert_eq!((&overview["bans"], &overview["inbound"]["limit"]), (&json!(1), &json!(72)), "{overview}");
}

#[tokio::test]
async fn a_relaxed_node_bans_only_whoever_goes_on() {
    let dirs = Dirs::with(&[]);
    let node = Operated::start(&dirs, &["network.ban_policy=relaxed"]).await;
    // Five times the points of one make the score, but for what is forgotten meanwhile.
    for time in 1..=6 {
        assert!(node.lets_in().await, "before the offence {time}");
        let mut peer = node.peer().await;
        peer.send("ping", &[0; 3]).await;
        peer.rest().await;
    }
    let told = eventually_some("the ban", async || {
        let told = node.call("p2p.explain", &json!(["127.0.0.1"])).await.unwrap();
        (!told["banned"].is_null()).then_some(told)
    })
    .await;
    assert_eq!(told["events"].as_array().unwrap().len(), 6, "{told}");
    assert!(!node.lets_in().await);
}
