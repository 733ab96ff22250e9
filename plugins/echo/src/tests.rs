//! Echo on a simulated host.

use super::*;
use backplane_plugin::testkit::{CloseReason, TestHost, TestLimits, TestSetup};
use serde_json::json;

#[test]
fn says_back_what_a_peer_says() {
    let host = TestHost::<Echo>::new(json!({})).unwrap();
    let peer = host.connect(SessionKind::Inbound);
    peer.send(&EchoRequest("hello".to_owned()));
    host.run();
    let answers = peer.sent::<EchoResponse>();
    assert_eq!(answers.into_iter().map(|EchoResponse(text)| text).collect::<Vec<_>>(), ["hello"]);
}

#[test]
fn asks_every_peer_that_speaks_echo_and_logs_what_they_say() {
    let host = TestHost::<Echo>::new(json!({})).unwrap();
    let peer = host.connect(SessionKind::Outbound);
    let stranger = host.peer().lists_nothing().connect();
    assert_eq!(host.call("ask", json!(["hello"])), Ok(json!(1)));
    assert_eq!((peer.commands_sent(), stranger.commands_sent()), (vec!["echo.request".to_owned()], vec![]));
    peer.send(&EchoResponse("hello".to_owned()));
    host.run();
    let events = host.events();
    let heard = events.iter().find(|event| event.message == "the peer says it back").unwrap();
    assert_eq!(
        (heard.field("text"), heard.field("peer")),
        (Some(&json!("hello")), Some(&json!(peer.address())))
    );
}

#[test]
fn a_peer_that_asks_and_does_not_read_is_not_read_either() {
    let limits = TestLimits { outgoing_bytes: 100, queue_messages: 4, ..TestLimits::default() };
    let host: TestHost<Echo> = TestSetup::default().limits(limits).start().unwrap();
    let peer = host.connect(SessionKind::Inbound);
    peer.stall();
    for _ in 0..10 {
        (0..4).for_each(|_| peer.send(&EchoRequest("0123456789".to_owned())));
        host.run();
    }
    assert!(peer.waiting() > 20, "only {} wait", peer.waiting());
    peer.resume();
    host.run();
    assert_eq!((peer.waiting(), peer.sent::<EchoResponse>().len()), (0, 40));
}

#[test]
fn a_request_that_is_too_long_ends_the_channel() {
    let host = TestHost::<Echo>::new(json!({})).unwrap();
    let peer = host.connect(SessionKind::Inbound);
    peer.send(&EchoRequest("a".repeat(5000)));
    host.run();
    assert!(
        matches!(peer.closed(), Some(CloseReason::TooLarge { command, .. }) if command == "echo.request")
    );
}
