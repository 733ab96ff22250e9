//! Plug-ins that were built with an API of before run in the node of today.

use backplane_tests::crates::{built, cargo, lock_as_here, workspace};
use backplane_tests::node::{Dirs, TestNode};
use backplane_tests::wait::eventually_some;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// The folders in `tests/fixtures/frozen`: a version each.
const VERSIONS: [&str; 1] = ["v0_1"];

/// A folder of plug-ins with the one that was frozen with this version, which is built first.
fn frozen(version: &str) -> Dirs {
    let plugins = tempfile::tempdir().unwrap();
    let library = built(&format!("backplane_frozen_{version}"));
    fs::copy(&library, plugins.path().join(library.file_name().unwrap())).unwrap();
    Dirs::of(plugins)
}

fn build(version: &str) {
    let folder = workspace().join("tests/fixtures/frozen").join(version);
    lock_as_here(&folder);
    cargo(&folder, &["build", "--offline", "--package", &package(version)]);
}

fn plugin(version: &str) -> String {
    format!("frozen-{}", version.replace('_', "-"))
}

fn package(version: &str) -> String {
    format!("backplane-{}", plugin(version))
}

/// A node and its plug-in's name.
struct Frozen<'a>(&'a TestNode, &'a str);

impl Frozen<'_> {
    async fn call(&self, method: &str, params: Value) -> Value {
        let method = format!("{}.{method}", self.1);
        self.0.call(&method, params).await.unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// Waits until a method answers this.
    async fn answers(&self, method: &str, expected: Value) {
        let answered = async || (self.call(method, json!([])).await == expected).then_some(());
        eventually_some(&format!("{method} to answer {expected}"), answered).await;
    }
}

async fn talk(a: &Frozen<'_>, b: &Frozen<'_>) {
    for said in ["hello", "again"] {
        assert_eq!(a.call("say", json!([said])).await, json!(1));
    }
    b.answers("heard", json!(["a-hello", "a-again"])).await;
    assert_eq!(b.0.method(&format!("{}.heard", b.1)).aliases, ["frozen_heard"]);
    assert_eq!(a.call("block", json!([100_000])).await, json!(1));
    assert_eq!(b.call("count", json!([10_000])).await, json!(1));
    b.answers("totals", json!([100_000, 50_005_000])).await;
    a.answers("totals", json!([0, 0])).await;
}

async fn use_the_host(node: &Frozen<'_>, other: &Frozen<'_>) {
    assert_eq!(node.call("channels", json!([])).await, json!(["manual"]));
    assert_eq!(other.call("channels", json!([])).await, json!(["inbound"]));
    let connected = node.call("connect", json!([other.0.address().to_string()])).await;
    assert_eq!(connected, json!("manual"), "they are connected already");
    assert_eq!(node.call("wait", json!([5])).await, json!(true));
    assert_eq!(node.call("write", json!(["a note"])).await, json!("a note"));
    node.call("spawn", json!(["from a job"])).await;
    node.answers("heard", json!(["from a job"])).await;
    let refused = node.0.call(&format!("{}.refuse", node.1), json!([])).await.unwrap_err();
    assert_eq!((refused.code, refused.data), (7, Some(json!("told to"))));
    let panicked = node.0.call(&format!("{}.panic", node.1), json!([])).await.unwrap_err();
    assert_eq!(panicked.code, -32603);
    assert_eq!(node.0.plugin(node.1).panics, 1);
}

#[tokio::test]
async fn a_plug_in_of_each_version_loads_and_works() {
    for version in VERSIONS {
        build(version);
        let name = plugin(version);
        let required = format!("plugin.{name}.required=true");
        let config = |key: &str| format!("plugin.{name}.config.{key}");
        let b = TestNode::try_start(frozen(version), &[&required]).await.unwrap();
        let prefix = config("prefix=a-");
        let a = TestNode::try_start(frozen(version), &[&required, &prefix, &b.as_peer()]).await.unwrap();
        b.speaks(&format!("frozen.{version}.bulk"), 1).await;
        a.speaks(&format!("frozen.{version}.talk"), 1).await;
        let [frozen_a, frozen_b] = [&a, &b].map(|node| Frozen(node, &name));
        talk(&frozen_a, &frozen_b).await;
        use_the_host(&frozen_a, &frozen_b).await;
        a.stop().await;
        b.stop().await;

        for (wrong, reason) in
            [("kept=0", "1"), ("prefix=impossible", "one that is possible"), ("other=1", "other")]
        {
            let refused = TestNode::try_start(frozen(version), &[&required, &config(wrong)]).await;
            let line = refused.unwrap_err().to_string();
            assert!(line.contains(reason), "{wrong}: {line}");
        }
    }
}

#[test]
fn every_frozen_version_is_tried() {
    let folder = workspace().join("tests/fixtures/frozen");
    let is_version = |path: &Path| path.is_dir();
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut versions: Vec<_> = paths.filter(|path| is_version(path)).collect();
    versions.sort();
    let names: Vec<_> = versions.iter().filter_map(|path| path.file_name()?.to_str()).collect();
    assert_eq!(names, VERSIONS);
}
