//! The validator of plug-ins: it passes what is sound, and finds each planted bug by the check that is meant for it.

use backplane_tests::libraries::{library, put};
use backplane_tests::process::backplane;
use serde_json::Value;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// What came of `plugin check`: the exit code, and what was printed.
struct Report {
    code: Option<i32>,
    value: Value,
}

impl Report {
    async fn of(file: &Path, arguments: &[&str]) -> Self {
        let file = file.to_str().unwrap();
        let all = [&["plugin", "check", file, "--json", "--seed", "1"], arguments].concat();
        let output = backplane(&all).output().await.unwrap();
        let printed = String::from_utf8_lossy(&output.stdout);
        let value = serde_json::from_str(&printed).unwrap_or_else(|error| {
            panic!("{error} in {printed:?}: {}", String::from_utf8_lossy(&output.stderr))
        });
        Self { code: output.status.code(), value }
    }

    /// The outcome of one check, with its reason.
    fn outcome(&self, check: &str) -> (&str, &str) {
        let all = self.value["checks"].as_array().unwrap();
        let one = all.iter().find(|one| one["name"] == check).unwrap();
        (one["outcome"].as_str().unwrap(), one["reason"].as_str().unwrap_or_default())
    }

    /// That nothing was found.
    fn is_clean(&self, file: &str) {
        self.is_only(file, &["passed"]);
    }

    /// That every check ended in one of these ways, and nothing was found.
    fn is_only(&self, file: &str, outcomes: &[&str]) {
        let all = self.value["checks"].as_array().unwrap();
        let is_one = |one: &Value| outcomes.contains(&one["outcome"].as_str().unwrap());
        let bad: Vec<_> = all.iter().filter(|one| !is_one(one)).collect();
        assert!(bad.is_empty(), "{file}: {bad:#?}");
        assert_eq!(self.code, Some(0), "{file}");
    }

    /// That this check found this.
    fn has_found(&self, check: &str, outcome: &str, reason: &str) {
        let (found, why) = self.outcome(check);
        assert!(found == outcome && why.contains(reason), "{check}: {found}: {why}, not {outcome}: {reason}");
        assert_eq!(self.code, Some(1), "{check}");
    }
}

/// The check that is meant for a bug of the zoo finds it: bug, check, outcome, a part of the reason.
async fn finds(bugs: &[(&str, &str, &str, &str)]) {
    let zoo = library("backplane_zoo");
    for (bug, check, outcome, reason) in bugs {
        let config = format!("bug={bug}");
        let report = Report::of(&zoo, &["--config", &config, "--include", check]).await;
        report.has_found(check, outcome, reason);
    }
}

#[tokio::test]
async fn sound_plugins_pass_every_check() {
    for name in ["backplane_chat", "backplane_echo", "backplane_zoo"] {
        Report::of(&library(name), &[]).await.is_clean(name);
    }
}

/// One has pages and tells events, one has a thread and a port of its own.
#[tokio::test]
async fn sound_plugins_without_messages_pass_every_check_that_is_about_them() {
    for name in ["backplane_front", "backplane_listener"] {
        let report = Report::of(&library(name), &[]).await;
        report.is_only(name, &["passed", "skipped"]);
        for check in ["agree", "stop-twice", "threads", "rpc"] {
            assert_eq!(report.outcome(check).0, "passed", "{check} of {name}");
        }
    }
}

#[tokio::test]
async fn payloads_that_do_harm_are_found() {
    finds(&[
        ("panic_on_empty", "empty", "failed", "zoo.knock of 0 bytes (): panicked at "),
        ("panic_on_large", "maximal", "failed", "it does not fit through the door"),
        ("hang_on_message", "random", "failed", "are not received within"),
        ("block_on_message", "random", "failed", "are not received within"),
        ("segfault_on_message", "random", "crashed", "SIGSEGV, after zoo.gift of "),
    ])
    .await;
}

#[tokio::test]
async fn harm_that_comes_with_many_channels_is_found() {
    finds(&[
        ("attach_fails", "sessions", "failed", "the protocol zoo.cage fails to attach: closed for today"),
        ("segfault_on_attach", "sessions", "crashed", "SIGSEGV"),
        ("panic_in_drop", "close", "failed", "it does not want to go"),
        ("panic_when_full", "slow-host", "failed", "there is always room"),
        ("leak_channels", "leak", "failed", "channels that have ended are still held"),
        ("leak_memory", "leak", "failed", "its heap grows by "),
    ])
    .await;
}

#[tokio::test]
async fn harm_by_operators_and_clients_is_found() {
    finds(&[
        ("panic_on_unknown_config", "config", "failed", "greeting = \"\": it panicked at "),
        ("panic_on_unknown_config", "reconfigure", "failed", "greeting = \"\": it panicked at "),
        ("rpc_panics", "rpc", "failed", "there is food for three"),
        ("rpc_never_answers", "rpc", "failed", "zoo.feed [0] is not answered within"),
    ])
    .await;
}

#[tokio::test]
async fn ends_that_do_not_end_are_found() {
    finds(&[
        ("stop_never_returns", "stop", "failed", "it does not stop within"),
        ("stop_never_returns", "stop-twice", "failed", "it does not stop within"),
        ("thread_is_left", "threads", "failed", "left after it has stopped: keeper"),
    ])
    .await;
    let limit = ["--config", "bug=stop_never_returns", "--include", "stop-twice", "--time-limit", "1"];
    let report = Report::of(&library("backplane_zoo"), &limit).await;
    report.has_found("stop-twice", "timed out", "it did not end within 1s");
}

/// A copy of the zoo in which one text is another one of the same length.
fn patched(dir: &TempDir, from: &str, to: &str) -> PathBuf {
    assert_eq!(from.len(), to.len());
    let file = put(dir, "backplane_zoo", "zoo.so");
    let mut bytes = std::fs::read(&file).unwrap();
    let at = bytes.windows(from.len()).position(|window| window == from.as_bytes());
    let at = at.unwrap_or_else(|| panic!("there is no {from} in the library"));
    bytes[at..at + from.len()].copy_from_slice(to.as_bytes());
    std::fs::write(&file, bytes).unwrap();
    file
}

#[tokio::test]
async fn files_that_say_what_is_not_so_are_found_and_not_tried() {
    let dir = tempfile::tempdir().unwrap();
    for (from, to, check, reason) in [
        ("\"name\":\"count\"", "\"name\":\"cuont\"", "agree", "methods[1].name"),
        ("\"name\":\"zoo.gate\"", "\"name\":\"zoo.cage\"", "names", "zoo.cage"),
        ("\"protocols\":", "\"portocols\":", "manifest", "protocols"),
        ("\"panic\":\"unwind\"", "\"panic\":\"abort\" ", "fit", "abort"),
        ("\"abi\":{\"major\":1", "\"abi\":{\"major\":9", "fit", "ABI 9."),
    ] {
        let report = Report::of(&patched(&dir, from, to), &[]).await;
        report.has_found(check, "failed", reason);
        assert_eq!(report.outcome("create").0, "skipped", "{to} is tried");
    }
}

#[tokio::test]
async fn files_that_are_no_plugins_are_found() {
    let dir = tempfile::tempdir().unwrap();
    let hollow = put(&dir, "backplane_hollow", "hollow.so");
    Report::of(&hollow, &[]).await.has_found("manifest", "failed", "not a plug-in");
    let cut = put(&dir, "backplane_chat", "cut.so");
    let bytes = std::fs::read(&cut).unwrap();
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    Report::of(&cut, &[]).await.has_found("file", "failed", "");
    let absent = Report::of(&dir.path().join("absent.so"), &["--include", "load"]).await;
    absent.has_found("load", "failed", "No such file");
}

#[tokio::test]
async fn the_same_seed_finds_the_same() {
    let zoo = library("backplane_zoo");
    let arguments = ["--config", "bug=rpc_panics", "--include", "rpc"];
    let [one, other] = [Report::of(&zoo, &arguments).await, Report::of(&zoo, &arguments).await];
    assert_eq!(one.outcome("rpc"), other.outcome("rpc"));
    assert_eq!(one.value["seed"], 1);
}

#[tokio::test]
async fn reports_are_written_for_people_and_for_machines() {
    let dir = tempfile::tempdir().unwrap();
    let (zoo, xml) = (library("backplane_zoo"), dir.path().join("report.xml"));
    let (zoo, xml_file) = (zoo.to_str().unwrap(), xml.to_str().unwrap());
    let arguments = ["--config", "bug=panic_on_empty", "--include", "empty", "--junit", xml_file];
    let output = backplane(&[&["plugin", "check", zoo][..], &arguments].concat()).output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.starts_with("failed    empty "), "{printed}");
    assert!(printed.contains("0 passed, 1 failed, 0 skipped, with --seed "), "{printed}");
    let xml = std::fs::read_to_string(xml).unwrap();
    assert!(xml.contains("tests=\"1\" failures=\"1\""), "{xml}");
    assert!(xml.contains("somebody has to be there"), "{xml}");
}

#[tokio::test]
async fn what_is_asked_wrongly_is_answered_with_2() {
    for arguments in [&["plugin", "check"][..], &["plugin", "check", "x.so", "--include", "no such check"]] {
        let output = backplane(arguments).output().await.unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
    let listed = backplane(&["plugin", "check", "--list"]).output().await.unwrap();
    assert_eq!(listed.status.code(), Some(0));
    let lines = String::from_utf8(listed.stdout).unwrap();
    assert!(lines.lines().any(|line| line.starts_with("leak ")), "{lines}");
}
