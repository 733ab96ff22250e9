//! Mistakes of an operator, each answered by one line and the right exit code.

use backplane_tests::node::Dirs;
use backplane_tests::process::backplane;
use backplane_tests::wait::within;
use std::fs;
use std::net::TcpListener;

/// The program's exit code with what it wrote to the error output, told this configuration.
async fn run(dirs: &Dirs, configuration: &str) -> (Option<i32>, Vec<String>) {
    let file = dirs.data.path().join("node.toml");
    let folders = format!(
        "node.data_dir = '{}'\nplugins.dir = '{}'\nlog.level = 'off'\nnetwork.localnet = true\n",
        dirs.data.path().display(),
        dirs.plugins.path().display()
    );
    fs::write(&file, folders + configuration).unwrap();
    let mut command = backplane(&["run", "--config", &file.to_string_lossy()]);
    let output = within("the end of the program", command.output()).await.unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    (output.status.code(), errors.lines().map(ToOwned::to_owned).collect())
}

/// Each mistake with the key that is named and what is said of it.
const MISTAKES: &[(&str, &str, &str)] = &[
    (
        "network.outbund_connections = 3",
        "network.outbund_connections",
        "did you mean \"outbound_connections\"?",
    ),
    ("[netwrok]", "netwrok", "did you mean \"network\"?"),
    ("network.outbound_connections = 'many'", "network.outbound_connections", "expected a whole number"),
    ("network.peers = 5", "network.peers", "expected"),
    ("network.peers = ['somewhere']", "network.peers[0]", "an address begins with a scheme"),
    ("rpc.listen = 'quic://127.0.0.1:1'", "rpc.listen", "expected a tcp:// or unix:// address"),
    ("network.ban_policy = 'lax'", "network.ban_policy", "strict"),
    ("network.magic_bytes = [1, 2, 3]", "network.magic_bytes", "expected"),
    ("[plugin.absent]", "plugin.absent", "there is no plug-in absent in"),
    ("[plugin.chat]\nrequierd = true", "plugin.chat.requierd", "did you mean \"required\"?"),
    (
        "[plugin.chat.config]\ninbox_lines = 1",
        "plugin.chat.config.inbox_lines",
        "expected one of `inbox_messages`, `inbox_bytes`",
    ),
    ("[plugin.chat.config]\ninbox_messages = 'all'", "plugin.chat.config.inbox_messages", "expected"),
];

#[tokio::test]
async fn a_wrong_configuration_is_one_line_before_any_socket_is_opened() {
    // Whoever tried to listen here would fail, and end with 1.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let inbound = format!("network.inbound = ['tcp://{}']\n", taken.local_addr().unwrap());
    for (mistake, key, expected) in MISTAKES {
        let dirs = Dirs::with(&["backplane_chat"]);
        let file = dirs.data.path().join("node.toml");
        let (code, lines) = run(&dirs, &format!("{inbound}{mistake}\n")).await;
        assert_eq!(code, Some(2), "{mistake}: {lines:?}");
        assert_eq!(lines.len(), 1, "{mistake}: {lines:?}");
        let start = format!("error: {}: {key}: ", file.display());
        assert!(!lines[0].contains("at line 1"), "a place in a text that nobody wrote: {}", lines[0]);
        assert!(lines[0].starts_with(&start) && lines[0].contains(expected), "{mistake}: {}", lines[0]);
    }
}

#[tokio::test]
async fn a_required_plugin_that_cannot_be_used_is_one_line_and_exit_code_2() {
    let dirs = Dirs::with(&["backplane_hollow"]);
    let (code, lines) = run(&dirs, "[plugin.hollow]\nrequired = true\n").await;
    assert_eq!((code, lines.len()), (Some(2), 1), "{lines:?}");
    let file = dirs.plugins.path().join("libbackplane_hollow.so");
    assert!(
        lines[0].contains(&file.display().to_string()) && lines[0].contains("not a plug-in"),
        "{}",
        lines[0]
    );
}

#[tokio::test]
async fn an_address_that_is_taken_is_one_line_and_exit_code_1() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp://{}", taken.local_addr().unwrap());
    for configuration in [
        format!("network.inbound = ['{address}']\n"),
        format!("network.inbound = ['tcp://127.0.0.1:0']\nrpc.listen = '{address}'\n"),
    ] {
        let (code, lines) = run(&Dirs::with(&["backplane_chat"]), &configuration).await;
        assert_eq!((code, lines.len()), (Some(1), 1), "{configuration}{lines:?}");
        assert!(lines[0].contains(&address), "{configuration}{}", lines[0]);
    }
}
