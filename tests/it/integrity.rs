//! Which files a node runs: those that were pinned or signed, and in any case the bytes that were checked.

use backplane::plugin::{PluginStatus, Sha256};
use backplane::settings::KeyId;
use backplane_tests::libraries::{file_name, library};
use backplane_tests::node::{Dirs, TestNode};
use backplane_tests::process::{Program, backplane, run_arguments};
use minisign::KeyPair;
use serde_json::Value;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

/// Folders whose plug-ins only their owner can write, whatever the mode that they were built with.
fn dirs(plugins: &[&str]) -> Dirs {
    let dirs = Dirs::with(&[]);
    for name in plugins {
        put(&dirs, name, name);
    }
    dirs
}

/// Puts a library into the folder of the plug-ins, in the place of another one if there is one.
fn put(dirs: &Dirs, name: &str, as_name: &str) -> PathBuf {
    let path = file(dirs, as_name);
    let aside = path.with_extension("aside");
    fs::copy(library(name), &aside).unwrap();
    chmod(&aside, 0o644);
    fs::rename(&aside, &path).unwrap();
    path
}

fn file(dirs: &Dirs, name: &str) -> PathBuf {
    dirs.plugins.path().join(file_name(name))
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn sha256(path: &Path) -> Sha256 {
    Sha256::of(&fs::read(path).unwrap())
}

/// What `backplane plugin ...` writes: to its output when it succeeds, else to its error output.
async fn plugin_command(arguments: &[&str]) -> Result<String, String> {
    let output = backplane(&[&["plugin"], arguments].concat()).output().await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

async fn lock(dirs: &Dirs) -> Result<String, String> {
    plugin_command(&["lock", "--set", &format!("plugins.dir={}", dirs.plugins.path().display())]).await
}

/// A node that starts, whatever becomes of its plug-ins.
async fn start(dirs: Dirs, sets: &[&str]) -> TestNode {
    match TestNode::try_start(dirs, sets).await {
        Ok(node) => node,
        Err(error) => panic!("the node does not start: {error}"),
    }
}

fn of_file(node: &TestNode, name: &str) -> PluginStatus {
    let (all, path) = (node.node().plugins().status(), file(node.dirs(), name));
    let found = all.iter().find(|status| status.file == path);
    found.unwrap_or_else(|| panic!("no {} in {all:?}", path.display())).clone()
}

/// The file was left out for a reason with all of these in it.
fn is_refused(node: &TestNode, name: &str, reasons: &[&str]) {
    let status = of_file(node, name);
    let given = status.reason.unwrap_or_default();
    assert_eq!((status.state, status.proof), ("failed", None), "{name}: {given}");
    for reason in reasons {
        assert!(given.contains(reason), "{name}: no {reason:?} in {given}");
    }
}

/// The copies that the node has made to open: of any other file nothing can have run.
fn copies(dirs: &Dirs) -> Vec<Sha256> {
    let runs = fs::read_dir(dirs.data.path().join("vault")).into_iter().flatten();
    let files = runs.flat_map(|run| fs::read_dir(run.unwrap().path()).unwrap());
    files.map(|file| sha256(&file.unwrap().path())).collect()
}

#[tokio::test]
async fn only_what_is_pinned_runs() {
    let dirs = dirs(&["backplane_chat", "backplane_echo", "backplane_faulty"]);
    lock(&dirs).await.unwrap();
    let (chat, echo) = (sha256(&file(&dirs, "backplane_chat")), sha256(&file(&dirs, "backplane_echo")));
    let other = sha256(&put(&dirs, "backplane_dialler", "backplane_echo"));
    put(&dirs, "backplane_ping", "backplane_new");
    // A pinned file under the name of another one.
    put(&dirs, "backplane_chat", "backplane_faulty");
    let path = dirs.plugins.path().join("plugins.lock").display().to_string();
    let node = start(dirs, &["plugins.policy=pinned"]).await;
    let running = of_file(&node, "backplane_chat");
    assert_eq!((running.state, running.proof.unwrap().sha256), ("running", chat));
    let hint = "backplane plugin lock";
    is_refused(&node, "backplane_echo", &[&echo.to_string(), &other.to_string(), "echo 0.1.0", &path, hint]);
    is_refused(&node, "backplane_new", &[&path, &format!("source = {:?}", file_name("backplane_new")), hint]);
    is_refused(&node, "backplane_faulty", &["expected sha256", &chat.to_string()]);
    assert_eq!(copies(node.dirs()), [chat], "nothing else was opened");
}

#[tokio::test]
async fn without_a_lock_or_with_a_damaged_one_nothing_pinned_runs() {
    for (text, reason) in [(None, "found none"), (Some("format = "), "in line 1")] {
        let dirs = dirs(&["backplane_chat"]);
        let path = dirs.plugins.path().join("plugins.lock");
        if let Some(text) = text {
            fs::write(&path, text).unwrap();
            chmod(&path, 0o644);
        }
        let node = start(dirs, &["plugins.policy=pinned"]).await;
        is_refused(&node, "backplane_chat", &[&path.display().to_string(), reason, "backplane plugin lock"]);
        assert_eq!(copies(node.dirs()), []);
    }
}

#[tokio::test]
async fn a_required_plugin_that_is_refused_keeps_the_node_from_starting() {
    let dirs = dirs(&["backplane_chat"]);
    let path = file(&dirs, "backplane_chat").display().to_string();
    let sets = ["plugins.policy=pinned", "plugin.chat.required=true"];
    let line = TestNode::try_start(dirs, &sets).await.unwrap_err().to_string();
    assert!(line.contains(&path) && line.contains("backplane plugin lock"), "{line}");
}

#[tokio::test]
async fn a_pin_that_names_another_version_is_refused() {
    let dirs = dirs(&["backplane_chat"]);
    lock(&dirs).await.unwrap();
    let path = dirs.plugins.path().join("plugins.lock");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("version = \"0.1.0\"", "version = \"9.9.9\"")).unwrap();
    let node = start(dirs, &["plugins.policy=pinned"]).await;
    is_refused(&node, "backplane_chat", &["expected chat 9.9.9", "found chat 0.1.0"]);
}

#[tokio::test]
async fn the_lock_tells_what_changed_and_is_the_same_for_the_same_files() {
    let dirs = dirs(&["backplane_chat", "backplane_echo"]);
    let [chat, echo] = ["backplane_chat", "backplane_echo"].map(|name| sha256(&file(&dirs, name)));
    fs::write(file(&dirs, "text"), "no library").unwrap();
    let first = lock(&dirs).await.unwrap();
    let names = ["backplane_chat", "backplane_echo"].map(file_name);
    assert!(first.contains(&format!("added {} chat 0.1.0 sha256 {chat}", names[0])), "{first}");
    assert!(first.contains(&format!("added {} echo 0.1.0 sha256 {echo}", names[1])), "{first}");
    assert!(first.contains(&format!("left out {}: not a library", file(&dirs, "text").display())), "{first}");
    let path = dirs.plugins.path().join("plugins.lock");
    let written = fs::read(&path).unwrap();
    let again = lock(&dirs).await.unwrap();
    assert!(again.contains("2 pinned in") && again.ends_with(" 0 changes\n"), "{again}");
    assert_eq!(fs::read(&path).unwrap(), written);
    let faulty = sha256(&put(&dirs, "backplane_faulty", "backplane_chat"));
    fs::remove_file(file(&dirs, "backplane_echo")).unwrap();
    let changed = lock(&dirs).await.unwrap();
    let line = format!("changed {} faulty 0.1.0 sha256 {faulty}, was chat 0.1.0 sha256 {chat}", names[0]);
    assert!(changed.contains(&line), "{changed}");
    assert!(changed.contains(&format!("removed {} echo 0.1.0", names[1])), "{changed}");
    let before = fs::read(&path).unwrap();
    chmod(dirs.plugins.path(), 0o777);
    let error = lock(&dirs).await.unwrap_err();
    assert!(error.contains("chmod go-w"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

fn key() -> KeyPair {
    KeyPair::generate_unencrypted_keypair().unwrap()
}

fn id(key: &KeyPair) -> String {
    KeyId::in_line(&key.pk.to_base64()).unwrap().to_string()
}

/// Signs a file of the folder.
fn sign(dirs: &Dirs, name: &str, key: &KeyPair, comment: &str) -> String {
    let bytes = fs::read(file(dirs, name)).unwrap();
    let signature = minisign::sign(None, &key.sk, &bytes[..], Some(comment), None).unwrap();
    write_signature(dirs, name, &signature.into_string())
}

fn write_signature(dirs: &Dirs, name: &str, text: &str) -> String {
    let path = format!("{}.minisig", file(dirs, name).display());
    fs::write(&path, text).unwrap();
    path
}

#[tokio::test]
async fn only_what_a_trusted_key_has_signed_runs() {
    let names =
        ["backplane_chat", "backplane_echo", "backplane_faulty", "backplane_dialler", "backplane_ping"];
    let dirs = dirs(&names);
    let [trusted, other, stranger] = [key(), key(), key()];
    sign(&dirs, "backplane_chat", &trusted, "chat of today");
    let by_stranger = sign(&dirs, "backplane_echo", &stranger, "echo of today");
    let of_other_bytes = sign(&dirs, "backplane_faulty", &other, "faulty of yesterday");
    put(&dirs, "backplane_rival", "backplane_faulty");
    let damaged = write_signature(&dirs, "backplane_dialler", "some text");
    let chat = sha256(&file(&dirs, "backplane_chat"));
    let keys = format!("plugins.trusted_keys={},{}", other.pk.to_base64(), trusted.pk.to_base64());
    let node = start(dirs, &["plugins.policy=signed", &keys]).await;
    let running = of_file(&node, "backplane_chat");
    let shown = serde_json::to_value(&running).unwrap();
    assert_eq!((shown["state"].as_str(), shown["policy"].as_str()), (Some("running"), Some("signed")));
    assert_eq!(shown["sha256"], chat.to_string());
    assert_eq!(
        (&shown["signed_by"], &shown["trusted_comment"]),
        (&id(&trusted).into(), &"chat of today".into())
    );
    is_refused(
        &node,
        "backplane_echo",
        &[&by_stranger, &id(&stranger), &id(&trusted), &id(&other), "plugins.trusted_keys"],
    );
    is_refused(&node, "backplane_faulty", &[&of_other_bytes, &id(&other), "does not fit"]);
    is_refused(&node, "backplane_dialler", &[&damaged, "expected a signature of minisign"]);
    let unsigned = file(node.dirs(), "backplane_ping").display().to_string();
    is_refused(
        &node,
        "backplane_ping",
        &[&format!("{unsigned}.minisig"), &format!("minisign -Sm {unsigned}")],
    );
    assert_eq!(copies(node.dirs()), [chat], "nothing else was opened");
}

#[tokio::test]
async fn inspecting_a_file_shows_its_hash_and_whose_signature_counts() {
    let dirs = dirs(&["backplane_chat"]);
    let key = key();
    let path = file(&dirs, "backplane_chat").display().to_string();
    let unsigned = plugin_command(&["inspect", &path]).await.unwrap();
    assert!(unsigned.contains(&format!("sha256 {}", sha256(path.as_ref()))), "{unsigned}");
    assert!(unsigned.contains("not signed"), "{unsigned}");
    sign(&dirs, "backplane_chat", &key, "chat of today");
    let unknown = plugin_command(&["inspect", &path]).await.unwrap();
    assert!(unknown.contains("no signature that counts") && unknown.contains(&id(&key)), "{unknown}");
    let trusted = format!("plugins.trusted_keys={}", key.pk.to_base64());
    let known = plugin_command(&["inspect", &path, "--json", "--set", &trusted]).await.unwrap();
    let known: Value = serde_json::from_str(&known).unwrap();
    assert_eq!(known["signature"]["signed_by"], id(&key));
    assert_eq!(known["signature"]["trusted_comment"], "chat of today");
}

#[tokio::test]
async fn what_others_can_write_is_refused_unless_everything_may_run() {
    let key = key();
    let signed = ["plugins.policy=signed".to_owned(), format!("plugins.trusted_keys={}", key.pk.to_base64())];
    let pinned = ["plugins.policy=pinned".to_owned()];
    for (sets, reason) in
        [(&signed[..], Some("chmod go-w")), (&pinned[..], Some("chmod go-w")), (&[][..], None)]
    {
        for (mode, of_file) in [(0o777, false), (0o1777, false), (0o666, true), (0o664, true)] {
            let dirs = dirs(&["backplane_chat"]);
            lock(&dirs).await.unwrap();
            sign(&dirs, "backplane_chat", &key, "");
            let open = if of_file { file(&dirs, "backplane_chat") } else { dirs.plugins.path().to_owned() };
            chmod(&open, mode);
            let node = start(dirs, &sets.iter().map(String::as_str).collect::<Vec<_>>()).await;
            match reason {
                None => assert_eq!(of_file_state(&node), "running"),
                Some(reason) => {
                    let found = format!("found mode {mode:04o}");
                    is_refused(&node, "backplane_chat", &[&open.display().to_string(), &found, reason]);
                    assert_eq!(copies(node.dirs()), []);
                }
            }
        }
    }
}

fn of_file_state(node: &TestNode) -> &'static str {
    of_file(node, "backplane_chat").state
}

#[tokio::test]
async fn a_link_is_judged_by_where_it_leads() {
    for (mode, is_safe) in [(0o755, true), (0o777, false)] {
        let outside = tempfile::tempdir().unwrap();
        let target = outside.path().join("library");
        fs::copy(library("backplane_chat"), &target).unwrap();
        chmod(&target, 0o644);
        let dirs = dirs(&[]);
        symlink(&target, file(&dirs, "backplane_chat")).unwrap();
        lock(&dirs).await.unwrap();
        chmod(outside.path(), mode);
        let node = start(dirs, &["plugins.policy=pinned"]).await;
        if is_safe {
            assert_eq!(of_file_state(&node), "running");
        } else {
            let folder = outside.path().display().to_string();
            is_refused(&node, "backplane_chat", &[&folder, "found mode 0777"]);
        }
    }
}

#[tokio::test]
async fn a_file_that_is_written_over_while_it_runs_changes_nothing() {
    let one = start(dirs(&["backplane_chat"]), &[]).await;
    let path = file(one.dirs(), "backplane_chat");
    let checked = sha256(&path);
    // In place, so that whoever has mapped the file sees it; and cut, so that whoever touches it gets a SIGBUS.
    fs::write(&path, "something else").unwrap();
    let other = TestNode::start(&["backplane_chat"], &[&one.as_peer()]).await;
    for node in [&one, &other] {
        node.speaks("chat", 1).await;
    }
    assert_eq!(other.say("still here").await, 1);
    one.hears("still here").await;
    assert_eq!(of_file(&one, "backplane_chat").proof.unwrap().sha256, checked);
    assert_eq!(copies(one.dirs()), [checked]);
}

#[tokio::test]
async fn copies_go_with_the_next_start_after_a_crash_and_stay_while_they_are_used() {
    let dirs = dirs(&["backplane_chat"]);
    let arguments = run_arguments(&dirs, &[]);
    let runs = || fs::read_dir(dirs.data.path().join("vault")).unwrap().count();
    let mut first = Program::start(&arguments);
    first.logs("the node is ready").await;
    let mut second = Program::start(&arguments);
    second.logs("the node is ready").await;
    assert_eq!(runs(), 2, "each has its own");
    first.signal("KILL").await;
    first.ended().await;
    let mut third = Program::start(&arguments);
    third.logs("the node is ready").await;
    assert_eq!(runs(), 2, "that of the second and of the third");
}
