//! The demo as its user meets it: a program with an output, an exit code and nothing left behind.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{interval, timeout};

const DEADLINE: Duration = Duration::from_secs(120);
const EXECUTABLE: &str = env!("CARGO_BIN_EXE_backplane");

/// A folder in which the demo makes its own.
fn folder() -> TempDir {
    // The paths of sockets have to be short.
    tempfile::Builder::new().prefix("bp").tempdir().expect("a temporary folder can be made")
}

fn demo(executable: impl AsRef<Path>, folder: &TempDir) -> Command {
    let mut command = Command::new(executable.as_ref());
    command.arg("demo").env("TMPDIR", folder.path()).env("NO_COLOR", "1").kill_on_drop(true);
    command
}

async fn finish(mut command: Command) -> Output {
    command.stdin(Stdio::null());
    timeout(DEADLINE, command.output()).await.expect("the demo ends in time").expect("the demo can be run")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("the program writes UTF-8")
}

/// What the demo left: files of its folder and processes that name it in their arguments.
fn left_behind(folder: &TempDir) -> Vec<String> {
    let files = fs::read_dir(folder.path()).expect("the folder is still there");
    let files = files.map(|file| file.expect("the folder can be read").path().display().to_string());
    let path = folder.path().display().to_string();
    let processes = fs::read_dir("/proc").expect("there is a /proc").filter_map(|process| {
        let arguments = fs::read(process.ok()?.path().join("cmdline")).ok()?;
        let arguments = String::from_utf8_lossy(&arguments).replace('\0', " ");
        arguments.contains(&path).then_some(arguments)
    });
    files.chain(processes).collect()
}

/// Starts a demo whose input stays open, and waits until it prints a line with `sign`.
async fn start_until(sign: &str, folder: &TempDir) -> Child {
    let mut command = demo(EXECUTABLE, folder);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the demo can be run");
    let mut lines = BufReader::new(child.stdout.take().expect("its output is a pipe")).lines();
    let seen = async {
        while let Some(line) = lines.next_line().await.expect("its output is text") {
            if line.contains(sign) {
                return true;
            }
        }
        false
    };
    assert!(timeout(DEADLINE, seen).await.expect("the line comes in time"), "no line with {sign:?}");
    // The demo goes on writing: somebody has to read.
    child.stdout = Some(lines.into_inner().into_inner());
    child
}

async fn signalled(mut child: Child, signal: &str) -> ExitStatus {
    let id = child.id().expect("it has not ended").to_string();
    let sent = Command::new("kill").args([signal, &id]).status().await.expect("there is a kill");
    assert!(sent.success());
    timeout(DEADLINE, child.wait()).await.expect("the demo ends in time").expect("it can be waited for")
}

#[tokio::test]
async fn carries_the_lines_of_a_script_to_every_other_node() {
    let folder = folder();
    let script = tempfile::NamedTempFile::new().expect("a file can be made");
    let lines: Vec<_> = (0..10).map(|number| format!("line number {number}")).collect();
    fs::write(script.path(), lines.join("\n")).expect("the file can be written");
    let mut command = demo(EXECUTABLE, &folder);
    command.arg("--script").arg(script.path());
    let output = finish(command).await;
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{shown}{}", text(&output.stderr));
    let names = ["alice", "bob", "carol"];
    for (index, line) in lines.iter().enumerate() {
        for (place, name) in names.iter().enumerate() {
            let received = format!(" {name} received: {line}");
            let squeezed = |shown: &str| shown.split_whitespace().collect::<Vec<_>>().join(" ");
            let count =
                shown.lines().filter(|shown| format!(" {}", squeezed(shown)).ends_with(&received)).count();
            let expected = usize::from(index % names.len() != place);
            assert_eq!(count, expected, "{name}, {line} in\n{shown}");
        }
    }
    assert_eq!(left_behind(&folder), Vec::<String>::new());
}

#[tokio::test]
async fn says_where_it_looked_for_the_plug_in_and_how_to_build_it() {
    let folder = folder();
    let elsewhere = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder can be made");
    let executable: PathBuf = elsewhere.path().join("backplane");
    fs::hard_link(EXECUTABLE, &executable).expect("both are on the disk of the target folder");
    let output = finish(demo(&executable, &folder)).await;
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains(&elsewhere.path().display().to_string()), "{error}");
    assert!(error.contains("cargo build -p backplane-chat"), "{error}");
    assert_eq!(left_behind(&folder), Vec::<String>::new());
}

#[tokio::test]
async fn a_failure_names_the_step_and_shows_the_log_of_the_node() {
    let folder = folder();
    let elsewhere = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder can be made");
    let executable = elsewhere.path().join("backplane");
    fs::hard_link(EXECUTABLE, &executable).expect("both are on the disk of the target folder");
    fs::write(elsewhere.path().join("libbackplane_chat.so"), "no library").expect("the file can be written");
    let output = finish(demo(&executable, &folder)).await;
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{shown}");
    assert!(shown.contains("FAILED to wait for alice: it ended"), "{shown}");
    assert!(shown.contains("the required plug-in chat cannot be used"), "{shown}");
    assert_eq!(left_behind(&folder), Vec::<String>::new());
}

#[tokio::test]
async fn a_node_on_a_leash_removes_the_folder_only_when_its_parent_is_gone() {
    // Several times, since a node that misses the word does so by chance.
    let words = std::iter::repeat_n((&b"s"[..], true), 6).chain([(&b""[..], false)]);
    for (word, stays) in words {
        let outer = folder();
        let home = outer.path().join("home");
        fs::create_dir(&home).expect("a folder can be made");
        let key = |key: &str, name: &str| format!("{key}={}", home.join(name).display());
        let keys = [key("node.data_dir", "data"), key("log.file", "log"), key("plugins.dir", "plugins")];
        let mut command = Command::new(EXECUTABLE);
        command.arg("run").arg("--leash").arg(&home).stdin(Stdio::piped()).kill_on_drop(true);
        for key in keys {
            command.args(["--set", &key]);
        }
        let mut node = command.spawn().expect("the node can be run");
        let mut looks = interval(Duration::from_millis(20));
        let ready = async {
            while !fs::read_to_string(home.join("log")).is_ok_and(|log| log.contains("the node is ready")) {
                looks.tick().await;
            }
        };
        timeout(DEADLINE, ready).await.expect("the node is ready in time");
        let mut leash = node.stdin.take().expect("its input is a pipe");
        leash.write_all(word).await.expect("the node listens");
        drop(leash);
        let status = timeout(DEADLINE, node.wait()).await.expect("the node stops in time");
        assert!(status.expect("it can be waited for").success());
        assert_eq!(home.exists(), stays, "after {word:?}");
    }
}

#[tokio::test]
async fn a_script_that_cannot_be_read_is_wrong_usage() {
    let folder = folder();
    let mut command = demo(EXECUTABLE, &folder);
    command.args(["--script", "no/such/file"]);
    let output = finish(command).await;
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("no/such/file"), "{}", text(&output.stderr));
}

#[tokio::test]
async fn an_interrupt_leaves_nothing_behind() {
    for sign in ["is up at", "says: Hello!"] {
        let folder = folder();
        let child = start_until(sign, &folder).await;
        let status = signalled(child, "-INT").await;
        assert_eq!(status.code(), Some(1), "after {sign}");
        assert_eq!(left_behind(&folder), Vec::<String>::new(), "after {sign}");
    }
}

#[tokio::test]
async fn the_nodes_of_a_demo_that_is_killed_clean_up_themselves() {
    let folder = folder();
    let child = start_until("says: Hello!", &folder).await;
    assert!(!left_behind(&folder).is_empty(), "the demo runs in its folder");
    signalled(child, "-KILL").await;
    let mut looks = interval(Duration::from_millis(50));
    let clean = async {
        while !left_behind(&folder).is_empty() {
            looks.tick().await;
        }
    };
    let cleaned = timeout(DEADLINE, clean).await;
    assert!(cleaned.is_ok(), "left: {:?}", left_behind(&folder));
}
