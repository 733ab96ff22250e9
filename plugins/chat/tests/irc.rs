//! The keys of IRC on a simulated host.

use backplane_chat::Chat;
use backplane_plugin::testkit::{Reconfigured, TestHost};
use serde_json::{Value, json};

fn refused(config: Value) -> String {
    let error = TestHost::<Chat>::new(config).expect_err("the configuration is wrong");
    assert!(error.is_config(), "{error}");
    error.to_string()
}

#[test]
fn an_address_that_cannot_be_served_is_refused_with_its_key() {
    let error = refused(json!({ "irc_listen": "6667" }));
    assert!(error.starts_with("irc_listen: expected tcp://ADDRESS:PORT"), "{error}");
    let error = refused(json!({ "irc_listen": "tcp://0.0.0.0:6667" }));
    assert!(error.starts_with("irc_password: irc_listen = \"tcp://0.0.0.0:6667\" can be reached"), "{error}");
}

#[test]
fn no_client_is_served_unless_it_is_said() {
    let off = TestHost::<Chat>::new(json!({})).expect("the defaults fit");
    let on = TestHost::<Chat>::new(json!({ "irc_listen": "tcp://127.0.0.1:0" })).expect("it fits");
    assert_eq!(on.jobs(), off.jobs() + 1);
    let listens = |host: &TestHost<Chat>| {
        host.events().iter().any(|event| event.message == "listening for IRC clients")
    };
    on.run_until("the listener", || listens(&on));
    off.run();
    assert!(!listens(&off));
}

#[test]
fn a_changed_address_waits_for_a_restart_and_a_wrong_one_is_refused_at_once() {
    let host = TestHost::<Chat>::new(json!({})).expect("the defaults fit");
    let changed = host.reconfigure(json!({ "irc_listen": "tcp://127.0.0.1:0" }));
    assert_eq!(changed, Ok(Reconfigured::NeedsRestart));
    let error =
        host.reconfigure(json!({ "irc_listen": "tcp://[::]:6667" })).expect_err("it needs a password");
    assert!(error.is_config() && error.to_string().starts_with("irc_password: "), "{error}");
}
