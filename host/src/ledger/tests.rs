//! Tests of the ledger as a whole.

use super::*;
use crate::clock;
use backplane_plugin::SessionKind;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// A strict node on the Internet.
pub(super) fn config() -> LedgerConfig {
    LedgerConfig {
        policy: Policy::Strict,
        localnet: false,
        ban_score: 100,
        half_life: Duration::from_secs(600),
        inbound: 64,
        pending: 64,
        per_host: 3,
        per_group: 8,
        memory: 1 << 20,
        memory_per_protocol: 1 << 19,
    }
}

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

fn is_vacant(ledger: &Ledger) -> bool {
    let mut vacancy = pin!(ledger.vacancy());
    vacancy.as_mut().poll(&mut Context::from_waker(Waker::noop())) == Poll::Ready(())
}

#[test]
fn a_place_is_given_back_when_it_is_dropped_whatever_state_it_is_in() {
    let (ledger, now) = (Ledger::new(LedgerConfig { inbound: 2, pending: 1, ..config() }), clock::now());
    let mut first = ledger.admit(&address("tcp://8.8.8.8:1"), now).unwrap();
    assert!(!is_vacant(&ledger));
    assert_eq!(ledger.admit(&address("tcp://9.9.9.9:1"), now).unwrap_err(), Refusal::NodeFull);
    first.establish();
    first.establish();
    assert!(is_vacant(&ledger));
    let second = ledger.admit(&address("unix:///run/socket"), now).unwrap();
    assert_eq!((ledger.overview().inbound.open, ledger.overview().pending.open), (2, 1));
    drop(first);
    assert!(!is_vacant(&ledger), "the other one has no slot");
    drop(second);
    assert_eq!((ledger.overview().inbound.open, ledger.overview().pending.open), (0, 0));
    assert_eq!(ledger.overview().refused.node_full, 1);
}

#[tokio::test]
async fn whoever_waits_for_a_place_is_woken_when_one_is_given_back() {
    let ledger = Ledger::new(LedgerConfig { pending: 1, ..config() });
    let place = ledger.admit(&address("tcp://8.8.8.8:1"), clock::now()).unwrap();
    let mut vacancy = pin!(ledger.vacancy());
    assert!(vacancy.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(place);
    vacancy.await;
}

#[test]
fn more_places_are_there_at_once_when_the_limits_change() {
    let ledger = Ledger::new(LedgerConfig { inbound: 0, ..config() });
    assert!(!is_vacant(&ledger));
    ledger.set_config(LedgerConfig { memory: 5, ..config() });
    assert!(is_vacant(&ledger));
    assert_eq!(ledger.budget().limit(), 5);
}

#[test]
fn a_statement_says_what_was_done_and_what_comes_next() {
    let (ledger, now) = (Ledger::new(config()), clock::now());
    let peer = address("tcp://8.8.8.8:5");
    let act = Act { offence: Offence::BadCommand, session: SessionKind::Inbound, detail: "not text" };
    let verdict = ledger.judge(&peer, act, now).unwrap();
    assert_eq!((verdict.points, verdict.bans.len()), (20.0, 0));
    assert!(ledger.judge(&address("unix:///run/socket"), act, now).is_none());
    ledger.note_used(&peer, Totals { bytes_in: 7, ..Totals::default() }, now);
    ledger.note_banned(&peer, now);
    let place = ledger.admit(&peer, now).unwrap();

    let later = now + Duration::from_secs(600);
    let statement = ledger.statement(&HostKey::of(&peer).unwrap(), later);
    assert_eq!((statement.host.as_str(), statement.group.as_str()), ("8.8.8.8", "8.8.0.0/16"));
    assert_eq!(statement.events[0].what, "bad command");
    assert_eq!((statement.events[0].detail.as_str(), statement.events[0].ago), ("not text", 600));
    assert!((statement.score.points - 10.0).abs() < 0.01 && (statement.events[0].left - 10.0).abs() < 0.01);
    assert_eq!(statement.score.gone_in, 1993, "ten points are one after 3.32 half-lives");
    assert_eq!(statement.inbound, Places { open: 1, limit: Some(3) });
    assert_eq!((statement.pending, statement.refused.banned, statement.used.bytes_in), (1, 1, 7));
    let next = |offence| statement.next.iter().find(|(found, _)| *found == offence).map(|(_, count)| *count);
    assert_eq!(next(Offence::Malformed), Some(1));
    assert_eq!(next(Offence::BadCommand), Some(5));
    assert_eq!(next(Offence::Incompatible), Some(90));
    assert_eq!(statement.group_score.map(|group| group.hosts), Some(1));
    drop(place);

    let stranger = ledger.statement(&HostKey::of(&address("tcp://127.0.0.1:1")).unwrap(), later);
    assert_eq!((stranger.inbound.limit, stranger.events.len(), stranger.group_score), (None, 0, None));
}
