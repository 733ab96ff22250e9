//! What a file says of itself, before any code of it runs: what is refused for it, and how an operator is told.

use backplane::plugin::file;
use backplane_plugin::manifest::TARGET;
use backplane_tests::configured::Configured;
use backplane_tests::forgery::forge;
use backplane_tests::libraries::{file_name, library, plugins_dir};
use backplane_tests::node::{Dirs, TestNode};
use backplane_tests::process::{Program, backplane, run_arguments};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// What the fixture `eager` writes when it is opened; its variable is in its own source.
const MARK_VARIABLE: &str = "BACKPLANE_EAGER_MARK";

/// Changes of a manifest, each with what is said of it.
fn forgeries() -> Vec<(&'static str, (String, String), String)> {
    let other_target = TARGET.replace('-', "_");
    let case = |name, from: &str, to: &str, reason: &str| {
        (name, (from.to_owned(), to.to_owned()), reason.to_owned())
    };
    vec![
        case("target", TARGET, &other_target, &format!("built for {other_target}, this host for {TARGET}: ")),
        case(
            "abi",
            "\"abi\":{\"major\":1",
            "\"abi\":{\"major\":9",
            "built for ABI 9.3, this host has ABI 1.3 of ",
        ),
        case(
            "panic",
            "\"unwind\"",
            "\"abort\" ",
            "built with panic = \"abort\", this host takes panic = \"unwind\"",
        ),
        case("nameless", "\"name\":\"eager\"", "\"name\":\"\"     ", "a plug-in in it has no name"),
        case("reserved", "\"name\":\"eager\"", "\"name\":\"hosts\"", "a plug-in cannot be called hosts"),
        case("damaged", "\"name\"", "\"nome\"", "its manifest cannot be read: missing field `name`"),
        case("no-text", "{\"name\"", "\"{name\"", "its manifest cannot be read: "),
    ]
}

/// A folder with all of these, made of the fixture `eager`, and a place for its mark.
fn forged() -> (TempDir, TempDir) {
    let plugins = plugins_dir(&[]);
    for (file, (from, to), _) in forgeries() {
        forge(plugins.path(), "backplane_eager", file, (&from, &to));
    }
    (plugins, tempfile::tempdir().unwrap())
}

/// Runs a node in these folders until it is ready: whether the plug-in has run any code.
async fn leaves_a_mark(dirs: &Dirs) -> bool {
    let mark = dirs.data.path().join("mark");
    let environment = [(MARK_VARIABLE, mark.as_os_str())];
    let mut program = Program::start_in(&run_arguments(dirs, &[]), &environment);
    program.logs("the node is ready").await;
    program.signal("TERM").await;
    program.ended().await;
    mark.exists()
}

#[tokio::test]
async fn nothing_of_a_file_runs_that_has_a_wrong_manifest() {
    let (plugins, _) = forged();
    assert!(!leaves_a_mark(&Dirs::of(plugins)).await, "a file that is refused has run its constructor");
    assert!(
        leaves_a_mark(&Dirs::with(&["backplane_eager"])).await,
        "the constructor of a sound file has not run"
    );
}

#[tokio::test]
async fn a_wrong_manifest_is_refused_with_what_both_sides_have() {
    let (plugins, _) = forged();
    let node = TestNode::try_start(Dirs::of(plugins), &[]).await.unwrap();
    let all = node.node().plugins().status();
    for (file, _, reason) in forgeries() {
        let name = file_name(file);
        let found = all.iter().find(|status| status.file.ends_with(&name)).unwrap();
        let told = found.reason.clone().unwrap_or_default();
        assert!(found.state == "failed" && told.starts_with(&reason), "{file}: {told} instead of {reason}");
    }
}

#[tokio::test]
async fn a_library_that_says_something_else_than_its_file_is_refused() {
    let plugins = plugins_dir(&["backplane_echo"]);
    for (file, change, _) in lies() {
        forge(plugins.path(), "backplane_chat", file, change);
    }
    let node = TestNode::try_start(Dirs::of(plugins), &[]).await.unwrap();
    for (file, _, reason) in lies() {
        let name = file_name(file);
        let all = node.node().plugins().status();
        let found = all.iter().find(|status| status.file.ends_with(&name)).unwrap();
        let told = found.reason.clone().unwrap_or_default();
        assert!(found.state == "failed" && told.starts_with(reason), "{file}: {told}");
    }
    assert_eq!(node.plugin("echo").state, "running");
    assert!(node.node().plugins().methods().iter().all(|method| !method.name.starts_with("chat")));
}

/// Changes of chat's manifest that a host takes until it has opened the library.
fn lies() -> [(&'static str, (&'static str, &'static str), &'static str); 6] {
    [
        (
            "name",
            ("\"name\":\"chat\"", "\"name\":\"chit\""),
            "its file says name = \"chit\", its tables say \"chat\"",
        ),
        ("minor", ("\"minor\":3", "\"minor\":4"), "its file says abi.minor = 4, its tables say 3"),
        (
            "command",
            ("\"DchatMsg\"", "\"DchatMsh\""),
            "its file says protocols[0].messages[0].name = \"DchatMsh\", its tables say \"DchatMsg\"",
        ),
        ("assumed", ("\"assumed\":true", "\"assumed\":null"), "its manifest cannot be read: "),
        (
            "sessions",
            ("\"sessions\":39", "\"sessions\":38"),
            "its file says protocols[0].sessions = 38, its tables say 39",
        ),
        (
            "alias",
            ("\"aliases\":[\"send\"]", "\"aliases\":[\"sent\"]"),
            "its file says methods[0].aliases[0] = \"sent\"",
        ),
    ]
}

/// What a command of the program prints, its errors, and whether it succeeds.
async fn output(arguments: &[&str], mark: &Path) -> (String, String, bool) {
    let output = backplane(arguments).env(MARK_VARIABLE, mark).output().await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.success())
}

#[tokio::test]
async fn a_file_is_inspected_without_being_opened() {
    let (plugins, data) = forged();
    let mark = data.path().join("mark");
    let sound = library("backplane_eager").display().to_string();
    let (text, _, is_good) = output(&["plugin", "inspect", &sound], &mark).await;
    assert!(is_good && text.starts_with("eager 0.1.0\n") && text.ends_with("this host takes it\n"), "{text}");
    let forged = plugins.path().join(file_name("panic")).display().to_string();
    let (text, _, is_good) = output(&["plugin", "inspect", "--json", &forged], &mark).await;
    let value: Value = serde_json::from_str(&text).unwrap();
    assert!(is_good && value["name"] == "eager" && value["panic"] == "abort", "{value:#}");
    assert!(value["refused"].as_str().unwrap_or_default().starts_with("built with panic"), "{value:#}");
    for (file, reason) in
        [("damaged", "its manifest cannot be read: "), ("absent", "expected a file that can be read: ")]
    {
        let path = plugins.path().join(file_name(file)).display().to_string();
        let (_, errors, is_good) = output(&["plugin", "inspect", &path], &mark).await;
        let is_told = errors.starts_with(&format!("error: {path}: ")) && errors.contains(reason);
        assert!(!is_good && is_told, "{errors}");
    }
    assert!(!mark.exists(), "inspecting has opened the file");
}

#[tokio::test]
async fn an_operator_is_told_why_a_plugin_does_not_run() {
    let (plugins, data) = forged();
    let mark = data.path().join("mark");
    fs::copy(library("backplane_echo"), plugins.path().join(file_name("backplane_echo"))).unwrap();
    fs::copy(library("backplane_eager"), plugins.path().join(file_name("sound"))).unwrap();
    let dirs = Dirs::of(plugins);
    let why = async |name: &str, more: &[&str]| {
        let arguments = [&["plugin", "why", name], more].concat();
        output(&arguments, &mark).await
    };
    // From the files, with no node there.
    let dir = format!("plugins.dir={}", dirs.plugins.path().display());
    let files = ["--set", &dir, "--set", "rpc.listen=tcp://127.0.0.1:1"];
    let (text, errors, _) = why("eager", &files).await;
    for reason in ["failed: built with panic = \"abort\"", "nothing is against it, and no node runs it ("] {
        let line = format!("eager 0.1.0: {reason}");
        assert!(text.lines().any(|other| other.starts_with(&line)), "{line}\n{text}{errors}");
    }
    let (text, _, _) = why("echo", &[&files[..], &["--set", "plugin.echo.enabled=false"]].concat()).await;
    assert!(text.starts_with("echo: disabled: plugin.echo.enabled is false ("), "{text}");
    let (text, _, _) = why("echo", &[&files[..], &["--set", "plugins.policy=pinned"]].concat()).await;
    assert!(text.starts_with("echo: failed: ") && text.contains("plugins.lock"), "{text}");
    let (_, errors, is_good) = why("other", &files).await;
    assert!(!is_good && errors.contains("has no plug-in other (found: "), "{errors}");
    assert!(!mark.exists(), "looking has opened a file");
    // From the node that runs.
    let mut program = Program::start(&run_arguments(&dirs, &["rpc.listen=tcp://127.0.0.1:0"]));
    let node = program.logs_address("RPC listens").await.to_string();
    let (text, errors, _) = why("eager", &["--rpc", &node]).await;
    assert!(text.lines().any(|line| line.starts_with("eager 0.1.0: running (")), "{text}{errors}");
    let (text, _, _) = why("nameless", &["--rpc", &node, "--json"]).await;
    let value: Value = serde_json::from_str(&text).unwrap();
    let reason = value[0]["reason"].as_str().unwrap_or_default();
    assert!(reason.starts_with("a plug-in in it has no name"), "{value:#}");
}

#[tokio::test]
async fn no_plugin_can_have_the_name_of_a_method_of_the_nodes_own() {
    let mut node = Configured::start(Dirs::with(&[]), "").await;
    let names: Vec<String> =
        serde_json::from_value(node.rpc.call("rpc.methods", json!([])).await.unwrap()).unwrap();
    assert!(names.len() > 5, "{names:?}");
    for name in names {
        assert!(file::is_reserved(&name), "{name}");
    }
}
