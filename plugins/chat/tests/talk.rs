//! Chat on a simulated host: what peers and callers see of it.

use backplane_chat::{Chat, DchatMsg};
use backplane_plugin::SessionKind;
use backplane_plugin::testkit::{CloseReason, Reconfigured, TestHost, TestLimits, TestSetup};
use serde_json::json;

fn line(text: &str) -> DchatMsg {
    DchatMsg { msg: text.to_owned() }
}

fn host() -> TestHost<Chat> {
    TestHost::new(json!({})).expect("the defaults fit")
}

#[test]
fn a_line_goes_to_every_lasting_peer_and_to_no_seed() {
    let host = host();
    assert_eq!(host.call("send", json!(["to nobody"])), Ok(json!(false)));
    let peers = [SessionKind::Inbound, SessionKind::Outbound, SessionKind::Manual, SessionKind::Direct]
        .map(|session| host.connect(session));
    let seed = host.connect(SessionKind::Seed);
    assert_eq!(host.call("send", json!(["hello"])), Ok(json!(true)));
    assert_eq!(host.call("broadcast", json!(["again"])), Ok(json!(4)));
    for peer in peers {
        assert_eq!(peer.sent::<DchatMsg>(), [line("hello"), line("again")]);
    }
    assert_eq!(seed.commands_sent(), [""; 0]);
}

#[test]
fn lines_of_all_peers_are_kept_in_the_order_in_which_they_arrive() {
    let host = host();
    // A stock dchat node lists no protocols.
    let stock = host.peer().lists_nothing().connect();
    let other = host.connect(SessionKind::Inbound);
    stock.send(&line("one"));
    host.run();
    other.send(&line("two"));
    stock.send(&line("three"));
    host.run();
    let received = host.call("since", json!([1])).expect("the method answers");
    assert_eq!(received["total"], 3);
    assert_eq!(host.call("recv", json!([])).map(|lines| lines.as_array().map(Vec::len)), Ok(Some(3)));
    let heard = host.events().into_iter().filter(|event| event.message == "received a line");
    assert_eq!(heard.filter(|event| event.field("channel") == Some(&json!(stock.id()))).count(), 2);
}

#[test]
fn a_smaller_inbox_is_taken_over_while_it_runs() {
    let host = host();
    let peer = host.connect(SessionKind::Inbound);
    ["a", "b", "c"].into_iter().for_each(|text| peer.send(&line(text)));
    host.run();
    assert_eq!(host.reconfigure(json!({ "inbox_messages": 1 })), Ok(Reconfigured::Done));
    assert_eq!(host.call("recv", json!([])), Ok(json!(["c"])));
}

#[test]
fn a_misspelt_key_is_refused() {
    let error = TestHost::<Chat>::new(json!({ "inbox_lines": 1 })).expect_err("there is no such key");
    assert!(error.is_config() && error.to_string().contains("inbox_lines"), "{error}");
}

#[test]
fn a_peer_that_sends_no_line_is_closed() {
    let host = host();
    let peer = host.connect(SessionKind::Inbound);
    peer.send_bytes("DchatMsg", [9, b'a']);
    host.run();
    assert!(matches!(peer.closed(), Some(CloseReason::Misbehaved { protocol, .. }) if protocol == "chat"));
    assert_eq!(host.call("recv", json!([])), Ok(json!([])));
}

#[test]
fn a_peer_that_reads_nothing_is_given_up_and_the_others_miss_no_line() {
    let limits = TestLimits { broadcast_bytes: 64, ..TestLimits::default() };
    let host: TestHost<Chat> = TestSetup::default().limits(limits).start().expect("the defaults fit");
    let [slow, quick] = [SessionKind::Inbound; 2].map(|session| host.connect(session));
    slow.stall();
    let sent = (0..9).map(|_| host.call("send", json!(["0123456789"])));
    assert!(sent.into_iter().all(|sent| sent == Ok(json!(true))));
    assert_eq!(slow.closed(), Some(CloseReason::TooSlow));
    assert_eq!(quick.sent::<DchatMsg>().len(), 9);
}
