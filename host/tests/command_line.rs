//! What the program prints, with the exit code it ends with.

use std::process::{Command, Output};

fn backplane(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_backplane"));
    command.env_clear().env("BACKPLANE__LOG__LEVEL", "debug").args(arguments);
    command.output().expect("the program was built for this test")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("the program writes UTF-8")
}

#[test]
fn answers_a_wrong_configuration_with_one_line_and_2() {
    for (arguments, line) in [
        (
            ["--set", "network.threads=many"],
            "error: --set: network.threads: expected a whole number from 0 to 65535, found \"many\"\n",
        ),
        (
            ["--config", "no/such.toml"],
            "error: no/such.toml: cannot be read: No such file or directory (os error 2)\n",
        ),
    ] {
        let output = backplane(&[&["config", "check"][..], &arguments].concat());
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(text(&output.stderr), line);
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn answers_a_wrong_command_with_2_and_a_question_for_help_with_0() {
    assert_eq!(backplane(&["no-such-command"]).status.code(), Some(2));
    assert_eq!(backplane(&[]).status.code(), Some(2));
    assert_eq!(backplane(&["config", "check", "--help"]).status.code(), Some(0));
    assert_eq!(backplane(&["config", "check"]).status.code(), Some(0));
}

#[test]
fn chat_without_a_terminal_is_a_wrong_command_that_names_the_right_ones() {
    let output = backplane(&["chat"]);
    assert_eq!(output.status.code(), Some(2));
    let error = text(&output.stderr);
    assert!(error.starts_with("error: `backplane chat` needs a terminal, and the standard"), "{error}");
    assert!(error.contains("`chat tail`") && error.lines().count() == 1, "{error}");
    assert!(output.stdout.is_empty());
}

#[test]
fn shows_where_each_value_comes_from() {
    let output = backplane(&["config", "show", "--set", "network.threads=3"]);
    let shown = text(&output.stdout);
    for (setting, origin) in [
        ("network.threads = 3 ", "# --set"),
        ("log.level = \"debug\" ", "# BACKPLANE__LOG__LEVEL"),
        ("network.localnet = false ", "# default"),
    ] {
        let found = shown.lines().any(|line| line.starts_with(setting) && line.ends_with(origin));
        assert!(found, "no line {setting} {origin} in\n{shown}");
    }
}

#[test]
fn shows_passwords_only_when_asked_to() {
    let keys = ["http.token", "network.tor_socks5_proxy", "plugin.chat.config.irc_password"];
    let values = ["a-token-of-some-length", "socks5://user:word@127.0.0.1:9050", "sesame"];
    let mut arguments = vec!["config".to_owned(), "show".to_owned()];
    for (key, value) in keys.iter().zip(values) {
        arguments.extend(["--set".to_owned(), format!("{key}={value}")]);
    }
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    for more in [&[][..], &["--json"]] {
        let hidden = backplane(&[&arguments, more].concat());
        let open = backplane(&[&arguments, more, &["--secrets"]].concat());
        let (hidden, open) = (text(&hidden.stdout), text(&open.stdout));
        for (key, value) in keys.iter().zip(values) {
            assert!(hidden.contains(key) && !hidden.contains(value), "{hidden}");
            assert!(open.contains(value), "no {value} in {open}");
        }
        assert!(hidden.contains("…") && !open.contains("…"));
    }
}

#[test]
fn shows_the_same_as_json() {
    let output = backplane(&["config", "show", "--json", "--set", "network.threads=3"]);
    let shown: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let threads = shown.get("network.threads").expect("every key is there");
    assert_eq!(*threads, serde_json::json!({ "value": 3, "origin": "--set" }));
}
