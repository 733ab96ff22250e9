//! What an author begins with: a new plug-in is built, tested and loaded as it is.

use backplane_tests::crates::{built, cargo, lock_as_here, workspace};
use backplane_tests::node::{Dirs, TestNode};
use backplane_tests::process::backplane;
use backplane_tests::wait::eventually_some;
use serde_json::json;
use std::fs;
use std::path::Path;

/// Writes a plug-in of this name.
async fn new_plugin(name: &str, folder: &Path) {
    let (folder, api) = (folder.display().to_string(), workspace().join("plugin-api").display().to_string());
    let arguments = ["plugin", "new", name, "--path", &folder, "--api", &api];
    let output = backplane(&arguments).output().await.expect("the program can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn a_new_plug_in_builds_passes_its_tests_and_runs_in_a_node() {
    // Always the same folder: what cargo makes of it takes the place of what it made before.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("first-steps");
    let _ = fs::remove_dir_all(&folder);
    new_plugin("first-steps", &folder).await;
    lock_as_here(&folder);
    cargo(&folder, &["clippy", "--offline", "--all-targets", "--", "-D", "warnings"]);
    cargo(&folder, &["test", "--offline"]);
    cargo(&folder, &["build", "--offline"]);

    let plugins = || {
        let plugins = tempfile::tempdir().unwrap();
        let library = built("backplane_first_steps");
        fs::copy(&library, plugins.path().join(library.file_name().unwrap())).unwrap();
        Dirs::of(plugins)
    };
    let a = TestNode::try_start(plugins(), &["plugin.first-steps.required=true"]).await.unwrap();
    let greeting = "plugin.first-steps.config.greeting=good morning";
    let b = TestNode::try_start(plugins(), &[&a.as_peer(), greeting]).await.unwrap();
    for (node, expected) in [(&a, "good morning"), (&b, "hello")] {
        let heard = eventually_some("a greeting", async || {
            let heard = node.call("first-steps.heard", json!([])).await.unwrap();
            heard.as_array().is_some_and(|heard| !heard.is_empty()).then_some(heard)
        });
        assert_eq!(heard.await, json!([expected]));
    }
    for node in [b, a] {
        node.stop().await;
    }
}

#[tokio::test]
async fn a_new_plug_in_is_formatted_whatever_its_name() {
    for name in ["q", "zebra", "abcdefghij-abcdefghij-abcdefghij-abcdefg"] {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("made");
        new_plugin(name, &folder).await;
        cargo(&folder, &["fmt", "--check"]);
    }
}
