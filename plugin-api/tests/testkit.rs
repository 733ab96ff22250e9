//! The simulated host does what a host does: seen through a plug-in that does what it is told.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by a panic, and the plug-in panics on purpose"
)]

mod probe;

use backplane_plugin::testkit::{
    CloseReason, Emitted, Level, Reconfigured, TestHost, TestLimits, TestPeer, TestSetup,
};
use backplane_plugin::{PluginError, Resource, RpcError, SessionKind};
use probe::{Counted, Do, Probe, Said, say};
use serde_json::{Value, json};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn host() -> TestHost<Probe> {
    TestHost::new(json!({})).unwrap()
}

fn limited(limits: TestLimits) -> TestHost<Probe> {
    TestSetup::default().limits(limits).start().unwrap()
}

/// A host, and a peer that has told the plug-in to do this.
fn told(deed: Do) -> (TestHost<Probe>, TestPeer) {
    let host = host();
    let peer = host.connect(SessionKind::Inbound);
    peer.send(&deed);
    host.run();
    (host, peer)
}

/// What the only failure was, and how it reads.
fn failure(host: &TestHost<Probe>) -> (String, String) {
    let failures = host.take_failures();
    let [failure] = &failures[..] else { panic!("one failure was expected: {failures:?}") };
    (failure.what.clone(), failure.error.message().to_owned())
}

#[test]
fn what_peers_say_is_answered_in_order() {
    let host = host();
    let [one, other] = [SessionKind::Inbound, SessionKind::Manual].map(|session| host.connect(session));
    one.send(&say("a"));
    one.send(&say("b"));
    other.send(&say("c"));
    assert_eq!(one.sent::<Said>(), [], "nothing happens by itself");
    host.run();
    assert_eq!(one.take_sent::<Said>(), [Said("a".into()), Said("b".into())]);
    assert_eq!(other.sent::<Said>(), [Said("c".into())]);
    assert_eq!(one.commands_sent(), [""; 0], "they were taken");
    assert_eq!((one.session(), other.session()), (SessionKind::Inbound, SessionKind::Manual));
    assert_ne!((one.id(), one.address()), (other.id(), other.address()));
}

#[test]
fn a_protocol_is_on_the_channels_of_its_sessions_with_peers_that_speak_it() {
    let host = host();
    assert_eq!(host.connect(SessionKind::Inbound).protocols(), ["probe", "second"]);
    assert_eq!(host.connect(SessionKind::Seed).protocols(), [""; 0]);
    let stranger = host.peer().lists_nothing().connect();
    assert_eq!(stranger.protocols(), ["second"], "it is the one that is assumed");
    let peer = host.peer().speaks(&["probe"]).address("tcp://203.0.113.1:1/").connect();
    assert_eq!(peer.protocols(), ["probe"]);
    assert_eq!(peer.address(), "tcp://203.0.113.1:1/");
    stranger.send(&say("a"));
    stranger.send_bytes("of somebody else", []);
    host.run();
    assert_eq!((stranger.passed_over(), stranger.sent::<Said>()), (2, vec![]));
}

#[test]
fn a_payload_that_is_too_large_or_is_none_closes_the_channel() {
    let host = host();
    let [large, none] = [(); 2].map(|()| host.connect(SessionKind::Inbound));
    large.send(&say(&"a".repeat(2000)));
    none.send_bytes("probe.do", [255]);
    host.run();
    assert_eq!(large.closed(), Some(CloseReason::TooLarge { command: "probe.do".into(), bytes: 2004 }));
    assert!(matches!(none.closed(), Some(CloseReason::Misbehaved { protocol, .. }) if protocol == "probe"));
    assert_eq!(host.jobs(), 0, "the jobs end with their channels");
    assert_eq!(host.peers().len(), 0);
}

#[test]
fn a_protocol_closes_its_channel_and_says_why() {
    let (_host, peer) = told(Do::Close);
    let (protocol, reason) = ("probe".to_owned(), "told to".to_owned());
    assert_eq!(peer.closed(), Some(CloseReason::Requested { protocol: protocol.clone(), reason }));
    let (_host, peer) = told(Do::Blame);
    assert_eq!(peer.closed(), Some(CloseReason::Misbehaved { protocol, what: "told to".to_owned() }));
}

#[test]
fn what_a_peer_sent_before_it_left_is_received() {
    let host = host();
    let peer = host.connect(SessionKind::Inbound);
    peer.send(&say("a"));
    host.run();
    peer.close();
    peer.send(&say("b"));
    host.run();
    assert_eq!((peer.closed(), peer.sent::<Said>().len()), (Some(CloseReason::PeerClosed), 1));
    assert_eq!(host.call("said", json!([])), Ok(json!(["a"])));
}

#[test]
fn metered_messages_are_sent_in_their_time() {
    let (host, peer) = told(Do::Count(6));
    // Four are free; then twice as long as a receiver that counts the same would rest.
    for (seconds, sent) in [(0, 4), (1, 4), (1, 5), (3, 5), (1, 6)] {
        host.advance(seconds * SECOND);
        assert_eq!(peer.sent::<Counted>().len(), sent, "after {:?}", host.now());
    }
}

#[test]
fn metered_messages_hold_up_their_sender_and_too_many_close_the_channel() {
    let host = host();
    let [patient, greedy] = [(); 2].map(|()| host.connect(SessionKind::Inbound));
    (0..4).for_each(|_| patient.send(&Counted));
    (0..5).for_each(|_| greedy.send(&Counted));
    host.run();
    assert_eq!((patient.closed(), greedy.closed()), (None, Some(CloseReason::OverBudget)));
    host.advance(10 * SECOND);
    patient.send(&Counted);
    host.run();
    assert_eq!(patient.closed(), None);
}

#[test]
fn a_peer_whose_messages_are_not_received_is_not_read_and_closed_in_the_end() {
    let host = limited(TestLimits { queue_messages: 2, ..TestLimits::default() });
    let peer = host.connect(SessionKind::Inbound);
    peer.send(&Do::Rest);
    host.run();
    (0..3).for_each(|_| peer.send(&say("a")));
    host.run();
    assert_eq!(peer.waiting(), 3, "one read may come on top");
    peer.send(&say("b"));
    host.advance(29 * SECOND);
    assert_eq!((peer.waiting(), peer.closed()), (4, None));
    host.advance(SECOND);
    let (protocol, command) = ("probe".to_owned(), "probe.do".to_owned());
    assert_eq!(peer.closed(), Some(CloseReason::Overrun { protocol, command }));
}

#[test]
fn a_sender_waits_for_a_peer_that_does_not_read() {
    let host = limited(TestLimits { outgoing_bytes: 100, ..TestLimits::default() });
    let peer = host.connect(SessionKind::Inbound);
    peer.stall();
    (0..20).for_each(|_| peer.send(&say("0123456789")));
    host.run();
    assert_eq!(peer.sent::<Said>(), []);
    assert!(host.jobs() > 0 && peer.closed().is_none());
    peer.resume();
    host.run();
    assert_eq!(peer.sent::<Said>().len(), 20);
}

#[test]
fn a_stream_is_sent_whole_to_a_peer_that_stops_in_between() {
    let host = limited(TestLimits { outgoing_bytes: 100, ..TestLimits::default() });
    let peer = host.connect(SessionKind::Inbound);
    peer.stall();
    peer.send(&Do::Stream(50));
    host.run();
    peer.resume();
    host.run();
    let expected: Vec<_> = (0..50).map(|number| Said(number.to_string())).collect();
    assert_eq!(peer.sent::<Said>(), expected);
}

#[test]
fn a_broadcast_gives_up_a_peer_that_does_not_read() {
    let host = limited(TestLimits { broadcast_bytes: 50, ..TestLimits::default() });
    let [slow, quick] = [(); 2].map(|()| host.connect(SessionKind::Inbound));
    slow.stall();
    let reached: Vec<_> = (0..4).map(|_| host.call("broadcast", json!(["0123456789"])).unwrap()).collect();
    assert_eq!(reached, [2, 2, 1, 1]);
    assert_eq!((slow.closed(), quick.closed()), (Some(CloseReason::TooSlow), None));
    assert_eq!(quick.sent::<Said>().len(), 4);
}

#[test]
fn large_bytes_arrive_whole() {
    let (_host, peer) = told(Do::Large(10_000));
    assert_eq!(peer.sent::<probe::Large>(), [probe::Large::of(10_000)]);
}

#[test]
fn time_goes_by_from_one_event_to_the_next() {
    let (host, peer) = told(Do::After(5));
    peer.send(&Do::After(3));
    host.advance(2 * SECOND);
    assert_eq!(peer.sent::<Said>(), []);
    host.advance(100 * SECOND);
    // The job sleeps for one after the other: the second begins at the end of the first.
    assert_eq!(peer.sent::<Said>(), [Said("5".into()), Said("8".into())]);
    assert_eq!(host.now(), 102 * SECOND);
}

#[test]
fn a_panic_in_a_job_ends_the_protocol_there_and_is_told() {
    let (host, peer) = told(Do::Panic);
    assert_eq!(failure(&host), ("obey".to_owned(), "told to".to_owned()));
    assert_eq!((peer.protocols(), peer.closed()), (vec!["second"], None));
    peer.send(&say("a"));
    host.run();
    assert_eq!((peer.passed_over(), host.jobs()), (1, 0));
}

#[test]
fn a_failure_in_a_job_is_told_as_it_is() {
    let (host, peer) = told(Do::Fail);
    assert_eq!(failure(&host), ("obey".to_owned(), "told to".to_owned()));
    assert_eq!(peer.protocols(), ["second"]);
}

#[test]
fn a_panic_in_the_constructor_is_its_error() {
    let error = TestHost::<Probe>::new(json!({ "panic_in": "create" })).unwrap_err();
    assert!(error.is_panic() && error.message() == "told to", "{error}");
    assert!(error.place().is_some_and(|place| place.contains("probe/mod.rs")), "{error}");
}

#[test]
fn a_panic_on_the_way_of_a_protocol_is_told_and_leaves_the_others() {
    for place in ["attach", "start"] {
        let host: TestHost<Probe> = TestHost::new(json!({ "panic_in": place })).unwrap();
        let peer = host.connect(SessionKind::Inbound);
        assert_eq!(failure(&host), (place.to_owned(), "told to".to_owned()));
        assert_eq!(peer.protocols(), ["second"]);
    }
}

#[test]
fn a_panic_in_a_drop_is_told() {
    let host: TestHost<Probe> = TestHost::new(json!({ "panic_in": "drop" })).unwrap();
    host.connect(SessionKind::Inbound).close();
    assert_eq!(host.take_failures(), []);
    host.run();
    assert_eq!(failure(&host).1, "told to");
}

#[test]
fn a_protocol_goes_with_its_last_job_while_its_channel_stays() {
    let host: TestHost<Probe> = TestHost::new(json!({ "panic_in": "drop" })).unwrap();
    let peer = host.connect(SessionKind::Inbound);
    [Do::Leave, say("to nobody")].iter().for_each(|deed| peer.send(deed));
    host.run();
    assert_eq!(failure(&host).1, "told to", "its drop tells");
    assert_eq!((peer.closed(), peer.waiting(), host.jobs()), (None, 0, 0));
    assert_eq!(host.call("said", json!([])), Ok(json!([])));
}

#[test]
fn a_panic_in_an_rpc_method_is_answered_and_told() {
    let host = host();
    let error = host.call("panic", json!([])).unwrap_err();
    assert_eq!(error.code, -32603);
    assert_eq!(failure(&host), ("an RPC method".to_owned(), "told to".to_owned()));
}

#[test]
fn a_failure_that_nobody_asks_for_fails_the_test() {
    let unasked = std::panic::catch_unwind(|| drop(told(Do::Fail)));
    let panic = unasked.expect_err("the host is dropped with a failure");
    let text = panic.downcast_ref::<String>().expect("it has a message");
    assert!(text.contains("told to") && text.contains("did not ask"), "{text}");
}

#[test]
fn methods_answer_by_name_and_alias_and_refuse_as_a_host_does() {
    let host = host();
    assert_eq!(host.call("said", json!([])), host.call("all_said", json!([])));
    assert_eq!(host.call("nothing", json!([])), Err(RpcError::new(-32601, "method not found")));
    assert_eq!(host.call("broadcast", json!([1])).unwrap_err().code, -32602);
}

#[test]
fn an_answer_that_takes_time_is_waited_for_in_simulated_time() {
    let host = host();
    let answer = host.ask("wait", json!([7]));
    host.advance(6 * SECOND);
    assert_eq!(answer.take(), None);
    host.advance(SECOND);
    assert_eq!(answer.take(), Some(Ok(json!(7))));
}

#[test]
fn a_wrong_configuration_is_refused_with_its_key() {
    let error = TestHost::<Probe>::new(json!({ "most": 0 })).unwrap_err();
    assert!(error.is_config() && error.place() == Some("most"), "{error}");
    assert!(TestHost::<Probe>::new(json!({ "least": 1 })).is_err_and(|error| error.is_config()));
}

#[test]
fn a_changed_configuration_is_read_and_then_taken_over() {
    let host = host();
    assert_eq!(host.reconfigure(json!({ "most": 1 })), Ok(Reconfigured::Done));
    assert!(host.reconfigure(json!({ "most": 0 })).is_err_and(|error| error.is_config()));
    assert_eq!(host.reconfigure(json!({ "panic_in": "start" })), Ok(Reconfigured::NeedsRestart));
    let peer = host.connect(SessionKind::Inbound);
    ["a", "b"].into_iter().for_each(|text| peer.send(&say(text)));
    host.run();
    assert_eq!(host.call("said", json!([])), Ok(json!(["b"])));
}

#[test]
fn what_is_running_out_is_told() {
    let host = host();
    host.pressure(Resource::Heap, 12, (10, 20));
    assert_eq!(host.call("said", json!([])), Ok(json!(["Heap 12 of 10, at most Some(20)"])));
}

#[test]
fn events_come_with_their_fields_down_to_the_level_that_is_taken() {
    let (host, peer) = told(say("a"));
    let events = host.events();
    let heard: Vec<_> = events.iter().filter(|event| event.message == "heard").collect();
    assert_eq!(heard.len(), 1);
    assert_eq!((heard[0].level, heard[0].field("text")), (Level::DEBUG, Some(&json!("a"))));
    assert_eq!(heard[0].field("channel"), Some(&json!(peer.id())));
    host.set_log_level(Level::INFO);
    peer.send(&say("b"));
    host.run();
    assert_eq!(host.events().len(), events.len());
}

#[test]
fn a_connection_is_made_to_who_answers_and_shared_by_who_asks() {
    let host = host();
    host.answers_at("tcp://203.0.113.1:1/");
    let refused = host.call("connect", json!(["tcp://203.0.113.2:1/"])).unwrap_err();
    assert!(refused.to_string().contains("internal error"), "{refused}");
    let [one, two] = [(); 2].map(|()| host.call("connect", json!(["tcp://203.0.113.1:1/"])));
    assert_eq!(one, two);
    assert_eq!(host.dialled().len(), 3);
    let peers = host.peers();
    let [peer] = &peers[..] else { panic!("they share one channel: {peers:?}") };
    assert_eq!((peer.session(), json!(peer.id())), (SessionKind::Direct, one.unwrap()));
    assert_eq!(host.call("let_go", json!([])), Ok(Value::Null));
    assert_eq!(peer.closed(), Some(CloseReason::Released));
}

#[test]
fn a_connection_to_who_is_connected_is_that_channel_and_outlives_the_wish() {
    let host = host();
    let peer = host.connect(SessionKind::Outbound);
    host.answers_at(peer.address());
    assert_eq!(host.call("connect", json!([peer.address()])), Ok(json!(peer.id())));
    host.call("let_go", json!([])).unwrap();
    assert_eq!(peer.closed(), None);
}

#[test]
fn jobs_above_the_limit_are_refused_by_its_name() {
    let host = limited(TestLimits { jobs: 2, ..TestLimits::default() });
    let _peer = host.connect(SessionKind::Inbound);
    let spawned = |host: &TestHost<Probe>| host.call("spawn", json!([]));
    assert_eq!(spawned(&host), Ok(json!(null)));
    assert_eq!(spawned(&host), Ok(json!("limits.jobs")));
    assert_eq!(host.jobs(), 2);
}

#[test]
fn the_plug_in_stops_after_its_channels_and_in_its_time() {
    let host = host();
    let peer = host.connect(SessionKind::Inbound);
    assert_eq!(host.stop(), Ok(()));
    assert_eq!((peer.closed(), host.jobs()), (Some(CloseReason::Shutdown), 0));
    assert_eq!(host.now(), 2 * SECOND);
    let slow = limited(TestLimits { stop: SECOND, ..TestLimits::default() });
    assert_eq!(slow.stop(), Err(PluginError::new("the plug-in did not stop in time")));
}

#[test]
fn the_folder_is_the_tests_or_goes_with_the_host() {
    let kept = tempfile::tempdir().unwrap();
    let folder = kept.path().join("made/at/the/first/call");
    let host: TestHost<Probe> = TestSetup::default().data_dir(&folder).start().unwrap();
    assert_eq!(host.call("write", json!(["note"])), Ok(Value::Null));
    drop(host);
    assert!(folder.join("note").exists());
    let host = self::host();
    let folder = host.data_dir().unwrap();
    assert_eq!(host.call("write", json!(["note"])), Ok(Value::Null));
    assert!(folder.join("note").exists());
    drop(host);
    assert!(!folder.exists());
}

#[test]
fn randomness_follows_from_the_seed() {
    let drawn = |seed| {
        let host: TestHost<Probe> = TestSetup::default().seed(seed).start().unwrap();
        [(); 3].map(|()| host.call("random", json!([])).unwrap())
    };
    let one = drawn(1);
    assert!(one == drawn(1) && one != drawn(2) && one[0] != one[1], "{one:?}");
}

#[test]
fn a_thread_of_the_plug_ins_is_waited_for() {
    let host = host();
    let answer = host.ask("thread", json!([]));
    let mut outcome = None;
    host.run_until("the thread's answer", || {
        outcome = answer.take();
        outcome.is_some()
    });
    assert_eq!(outcome, Some(Ok(json!("from a thread"))));
}

#[test]
fn events_that_are_emitted_are_there_for_the_test() {
    let host = host();
    for (event, data) in [("heard", json!({"text": "a"})), ("left", json!(null))] {
        assert_eq!(host.call("tell", json!([event, data])), Ok(json!(null)));
    }
    let expected = [("heard", json!({"text": "a"})), ("left", json!(null))]
        .map(|(event, data)| Emitted { event: event.to_owned(), data });
    assert_eq!(host.emitted(), expected);
    assert_eq!(host.take_emitted(), expected);
    assert_eq!(host.emitted(), []);
    let refused = host.call("tell", json!(["No", 1])).unwrap_err();
    assert!(refused.data.unwrap().to_string().contains("is no name of an event"));
    assert_eq!(host.emitted(), []);
}
