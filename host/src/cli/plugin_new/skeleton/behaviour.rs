//! What the plug-in does, on a simulated host: peers say what a test says.

use backplane_plugin::SessionKind;
use backplane_plugin::testkit::{CloseReason, Reconfigured, TestHost};
use serde_json::{Value, json};

use backplane_skeleton::{Greeter, Greeting};

fn host(config: Value) -> TestHost<Greeter> {
    TestHost::new(config).expect("the configuration fits")
}

fn greeting(text: &str) -> Greeting {
    let text = text.to_owned();
    Greeting { text }
}

#[test]
fn every_peer_is_greeted() {
    let host = host(json!({ "greeting": "good morning" }));
    let peers = [SessionKind::Inbound, SessionKind::Outbound].map(|kind| host.connect(kind));
    host.run();
    for peer in peers {
        assert_eq!(peer.sent::<Greeting>(), [greeting("good morning")]);
    }
}

#[test]
fn what_peers_say_is_kept_and_the_oldest_makes_room() {
    let host = host(json!({ "kept": 2 }));
    let peer = host.connect(SessionKind::Inbound);
    for text in ["one", "two", "three"] {
        peer.send(&greeting(text));
    }
    host.run();
    assert_eq!(host.call("heard", json!([])), Ok(json!(["two", "three"])));
    assert_eq!(
        host.reconfigure(json!({ "kept": 1 })),
        Ok(Reconfigured::Done)
    );
    assert_eq!(host.call("heard", json!([])), Ok(json!(["three"])));
}

#[test]
fn a_greeting_that_is_too_long_ends_the_channel() {
    let host = host(json!({}));
    let peer = host.connect(SessionKind::Inbound);
    peer.send(&greeting(&"a".repeat(2000)));
    host.run();
    assert!(matches!(peer.closed(), Some(CloseReason::TooLarge { .. })));
}

#[test]
fn a_key_that_does_not_fit_is_refused_by_its_name() {
    let refused = TestHost::<Greeter>::new(json!({ "kept": 0 }));
    assert_eq!(refused.expect_err("it is too small").place(), Some("kept"));
}
