//! What the node makes of the files in its folder of plug-ins.

use backplane::node::StartError;
use backplane::plugin::PluginStatus;
use backplane_tests::libraries::{file_name, library, plugins_dir, put};
use backplane_tests::node::{Dirs, TestNode};
use std::fs;
use tempfile::TempDir;

/// A node with the plug-ins of this folder, all of which do not keep it from starting.
async fn start(plugins: TempDir, sets: &[&str]) -> TestNode {
    match TestNode::try_start(Dirs::of(plugins), sets).await {
        Ok(node) => node,
        Err(error) => panic!("the node does not start: {error}"),
    }
}

/// The status of the file with this name.
fn of_file(node: &TestNode, file: &str) -> PluginStatus {
    let all = node.node().plugins().status();
    let found = all.iter().find(|status| status.file.file_name().is_some_and(|name| name == file));
    found.unwrap_or_else(|| panic!("no {file} in {all:?}")).clone()
}

/// The file was left out for this reason, and chat runs.
fn is_left_out(node: &TestNode, file: &str, reason: &str) {
    let status = of_file(node, file);
    assert_eq!(status.state, "failed", "{file}");
    let given = status.reason.unwrap_or_default();
    assert!(given.contains(reason), "{file}: {given}");
    assert_eq!(of_file(node, &file_name("backplane_chat")).state, "running");
}

#[tokio::test]
async fn a_file_that_is_no_plugin_is_left_out_with_the_reason() {
    let plugins = plugins_dir(&["backplane_chat", "backplane_hollow"]);
    fs::write(plugins.path().join(file_name("text")), "this is no library").unwrap();
    fs::write(plugins.path().join(file_name("empty")), "").unwrap();
    let whole = fs::read(library("backplane_faulty")).unwrap();
    fs::write(plugins.path().join(file_name("cut")), &whole[..64 * 1024]).unwrap();
    let node = start(plugins, &[]).await;
    for (name, reason) in [
        ("text", "not a library that can be loaded"),
        ("empty", "not a library that can be loaded"),
        ("cut", "the file is cut short"),
        ("backplane_hollow", "a library, but not a plug-in"),
    ] {
        is_left_out(&node, &file_name(name), reason);
    }
    assert_eq!(node.node().plugins().methods().iter().filter(|method| method.name == "chat.send").count(), 1);
}

#[tokio::test]
async fn a_disabled_plugin_does_not_run_under_another_file_name() {
    let plugins = plugins_dir(&["backplane_echo"]);
    put(&plugins, "backplane_chat", &file_name("other"));
    let node = start(plugins, &["plugin.chat.enabled=false"]).await;
    let chat = of_file(&node, &file_name("other"));
    assert_eq!((chat.name.as_str(), chat.state), ("chat", "disabled"));
    assert_eq!(of_file(&node, &file_name("backplane_echo")).state, "running");
}

#[tokio::test]
async fn a_name_or_a_command_that_is_taken_is_refused() {
    let plugins = plugins_dir(&["backplane_chat", "backplane_ping", "backplane_rival"]);
    put(&plugins, "backplane_chat", &file_name("other"));
    let node = start(plugins, &[]).await;
    is_left_out(&node, &file_name("other"), "there is a plug-in chat already");
    is_left_out(&node, &file_name("backplane_ping"), "there is a protocol ping already");
    is_left_out(&node, &file_name("backplane_rival"), "the command DchatMsg belongs to the protocol chat");
}

#[tokio::test]
async fn the_same_file_is_loaded_once() {
    let plugins = plugins_dir(&["backplane_chat"]);
    let chat = plugins.path().join(file_name("backplane_chat"));
    fs::hard_link(&chat, plugins.path().join(file_name("hard_link"))).unwrap();
    std::os::unix::fs::symlink(&chat, plugins.path().join(file_name("symlink"))).unwrap();
    fs::copy(&chat, plugins.path().join(file_name("copy"))).unwrap();
    let node = start(plugins, &[]).await;
    is_left_out(&node, &file_name("hard_link"), "the same file is loaded already");
    is_left_out(&node, &file_name("symlink"), "the same file is loaded already");
    is_left_out(&node, &file_name("copy"), "there is a plug-in chat already");
    let running = node.node().plugins().status().into_iter().filter(|status| status.state == "running");
    assert_eq!(running.map(|status| status.file).collect::<Vec<_>>(), [chat]);
}

#[tokio::test]
async fn a_constructor_that_fails_leaves_the_plugin_out() {
    let plugins = plugins_dir(&["backplane_chat", "backplane_faulty"]);
    let node = start(plugins, &["plugin.faulty.config.fail=true"]).await;
    is_left_out(&node, &file_name("backplane_faulty"), "told to fail");
    assert_eq!(node.plugin("faulty").panics, 0);
}

#[tokio::test]
async fn a_required_plugin_that_cannot_be_used_keeps_the_node_from_starting() {
    for (name, sets, reason) in [
        ("hollow", &[][..], "not a plug-in"),
        ("ping", &[], "there is a protocol ping already"),
        ("faulty", &["plugin.faulty.config.fail=true"], "told to fail"),
        ("faulty", &["plugin.faulty.config.panic_in=create"], "told to panic in Create"),
    ] {
        let dirs = Dirs::with(&["backplane_chat", &format!("backplane_{name}")]);
        let file = dirs.plugins.path().join(file_name(&format!("backplane_{name}")));
        let required = format!("plugin.{name}.required=true");
        let sets: Vec<_> = sets.iter().copied().chain([required.as_str()]).collect();
        let error = TestNode::try_start(dirs, &sets).await.unwrap_err();
        assert!(matches!(error, StartError::Plugin(_)), "{error:?}");
        let line = error.to_string();
        assert!(line.contains(&file.display().to_string()) && line.contains(reason), "{line}");
    }
}

#[tokio::test]
async fn a_required_plugin_without_a_file_keeps_the_node_from_starting() {
    let error = TestNode::try_start(Dirs::with(&["backplane_chat"]), &["plugin.other.required=true"]).await;
    let line = error.unwrap_err().to_string();
    assert!(line.starts_with("there is no plug-in other in "), "{line}");
    assert!(line.ends_with("(found: chat)"), "{line}");
}

#[tokio::test]
async fn a_disabled_plugin_is_not_opened() {
    // Whatever opened this file would fail and say so.
    let plugins = plugins_dir(&["backplane_chat"]);
    fs::write(plugins.path().join(file_name("backplane_faulty")), "this is no library").unwrap();
    let node = start(plugins, &["plugin.faulty.enabled=false"]).await;
    let status = of_file(&node, &file_name("backplane_faulty"));
    assert_eq!((status.name.as_str(), status.state), ("faulty", "disabled"));
    assert_eq!(node.plugin("chat").state, "running");
}

#[tokio::test]
async fn a_wrong_key_of_a_plugins_own_configuration_is_named() {
    let error =
        TestNode::try_start(Dirs::with(&["backplane_chat"]), &["plugin.chat.config.inbox_lines=3"]).await;
    let line = error.unwrap_err().to_string();
    assert!(line.starts_with("plugin.chat.config") && line.contains("inbox_lines"), "{line}");
}
