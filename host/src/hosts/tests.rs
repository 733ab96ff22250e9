//! What the address book promises to those who use it.

use super::*;
use crate::address::Group;
use crate::clock;
use crate::settings::Blocked;
use rand::{SeedableRng, rngs::StdRng};
use std::{collections::HashSet, fs, time::Duration};

const NOW: u64 = 1_000_000;
const A: &str = "tcp://1.1.1.1:1/";
const B: &str = "tcp://2.2.2.2:1/";
const ONION: &str = "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion";

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

/// An address book that has heard of some addresses.
fn heard(texts: &[&str]) -> Hosts {
    let hosts = Hosts::new(HostsConfig::default());
    hosts.insert(texts.iter().map(|text| (address(text), 500)), None, NOW);
    hosts
}

fn rng() -> StdRng {
    StdRng::seed_from_u64(11)
}

fn candidate(hosts: &Hosts, now: Instant) -> Option<Reservation> {
    hosts.candidate(1, &|_| false, now, &mut rng())
}

/// The one entry that an address book has.
fn only(hosts: &Hosts) -> Option<(Colour, String, u64)> {
    let mut all = Colour::ALL.into_iter().flat_map(|colour| {
        hosts.entries(colour).into_iter().map(move |host| (colour, host.address.to_string(), host.last_seen))
    });
    let first = all.next();
    assert_eq!(all.next(), None);
    first
}

fn grey(text: &str, last_seen: u64) -> Option<(Colour, String, u64)> {
    Some((Colour::Grey, text.to_owned(), last_seen))
}

#[test]
fn hearsay_is_never_newer_than_now_and_changes_nothing_that_is_known() {
    let hosts = Hosts::new(HostsConfig::default());
    assert_eq!(hosts.insert([(address(A), u64::MAX), (address(A), 5)], None, NOW), 1);
    assert_eq!(only(&hosts), grey(A, NOW));
    candidate(&hosts, clock::now()).unwrap().connected(NOW + 1).ended(NOW + 2);
    assert_eq!(hosts.insert([(address(A), NOW + 9)], None, NOW + 9), 0);
    assert_eq!(only(&hosts), grey(A, NOW + 2));
}

#[test]
fn wakes_those_who_wait_for_something_new_to_dial() {
    let hosts = heard(&[A]);
    let inserted = hosts.inserted();
    assert_eq!(hosts.insert([(address(A), 5), (address("tcp+tls://3.3.3.3:1"), 5)], None, NOW), 0);
    assert!(!inserted.has_changed().unwrap());
    assert_eq!(hosts.insert([(address(B), 5)], None, NOW), 1);
    assert!(inserted.has_changed().unwrap());
}

#[test]
fn no_two_dials_go_to_one_address() {
    let (hosts, now) = (heard(&[A]), clock::now());
    let reservation = candidate(&hosts, now).unwrap();
    assert!(candidate(&hosts, now).is_none());
    assert!(hosts.refine_candidate(&mut rng()).is_none());
    drop(reservation);
    let connected = candidate(&hosts, now).unwrap().connected(NOW);
    assert_eq!(connected.address(), &address(A));
    assert!(candidate(&hosts, now).is_none());
    drop(connected);
    assert!(candidate(&hosts, now).is_some());
}

#[test]
fn passes_over_what_is_busy_elsewhere() {
    let (hosts, now) = (heard(&[A, B]), clock::now());
    for _ in 0..20 {
        let found = hosts.candidate(1, &|busy| *busy == address(A), now, &mut rng()).unwrap();
        assert_eq!(found.address(), &address(B));
    }
}

#[test]
fn an_address_is_gold_while_connected_then_grey() {
    let (hosts, now) = (heard(&[A]), clock::now());
    let connected = candidate(&hosts, now).unwrap().connected(NOW);
    assert_eq!(only(&hosts), Some((Colour::Gold, A.to_owned(), NOW)));
    drop(connected);
    assert_eq!(only(&hosts), grey(A, NOW));
}

#[test]
fn a_failed_address_comes_back_by_back_off() {
    let (hosts, now) = (heard(&[A]), clock::now());
    candidate(&hosts, now).unwrap().failed(now);
    assert!(candidate(&hosts, now + Duration::from_secs(4)).is_none());
    let later = now + Duration::from_secs(5);
    candidate(&hosts, later).unwrap().failed(later);
    assert!(candidate(&hosts, later + Duration::from_secs(9)).is_none());
    hosts.free_suspended();
    assert!(candidate(&hosts, later).is_some());
    assert_eq!(only(&hosts), grey(A, 500));
}

#[test]
fn a_refined_address_is_white() {
    let (hosts, now) = (heard(&[A]), clock::now());
    candidate(&hosts, now).unwrap().failed(now);
    hosts.refine_candidate(&mut rng()).unwrap().refined(NOW);
    assert_eq!(only(&hosts), Some((Colour::White, A.to_owned(), NOW)));
    assert!(hosts.refine_candidate(&mut rng()).is_none(), "only grey ones are refined");
}

/// Tests the only address in vain until it is gone: how often.
fn tests_in_vain(hosts: &Hosts, now: Instant) -> u32 {
    let mut tests = 0;
    while let Some(candidate) = hosts.refine_candidate(&mut rng()) {
        candidate.unreachable(now);
        tests += 1;
    }
    assert_eq!(only(hosts), None);
    tests
}

#[test]
fn an_address_is_dropped_after_several_failures_and_one_that_was_seen_after_more() {
    let now = clock::now();
    assert_eq!(tests_in_vain(&heard(&[A]), now), 3);
    let seen = heard(&[A]);
    candidate(&seen, now).unwrap().connected(NOW).ended(NOW);
    assert_eq!(tests_in_vain(&seen, now), 10);
    let failed = heard(&[A]);
    candidate(&failed, now).unwrap().failed(now);
    assert_eq!(tests_in_vain(&failed, now), 2);
}

#[test]
fn failures_without_any_connection_do_not_count() {
    let (hosts, now) = (heard(&[A]), clock::now());
    for _ in 0..2 {
        hosts.refine_candidate(&mut rng()).unwrap().unreachable(now);
    }
    hosts.free_suspended();
    assert_eq!(tests_in_vain(&hosts, now), 3);
}

/// An address book whose tried addresses of one group have no room left, and some more of that group, all white.
fn crowded(rng: &mut StdRng) -> Hosts {
    let hosts = Hosts::new(HostsConfig { secret: Secret::new(rng), ..HostsConfig::default() });
    for port in 1..=400 {
        hosts.insert([(address(&format!("tcp://1.1.{}.{}:1", port / 200, port % 200)), 1)], None, NOW);
        if let Some(candidate) = hosts.refine_candidate(rng) {
            candidate.refined(NOW + port);
        }
    }
    hosts
}

#[test]
fn a_newcomer_has_a_place_only_when_the_holder_does_not_answer_any_more() {
    let mut rng = rng();
    let hosts = crowded(&mut rng);
    let whites = hosts.counts().white;
    assert!((40..=160).contains(&whites), "one group has {whites} tried addresses");
    let waiting = hosts.counts().grey;
    assert!(waiting > 0, "newcomers wait on the grey list");

    let first = hosts.feeler_candidate(&mut rng).unwrap();
    let holder = first.address().clone();
    first.refined(NOW + 1000);
    assert!(hosts.entries(Colour::White).iter().any(|host| host.address == holder));
    assert_eq!(hosts.counts().white, whites, "the holder answered and stays");

    let second = hosts.feeler_candidate(&mut rng).unwrap();
    let gone = second.address().clone();
    assert_ne!(gone, holder, "that contest is decided");
    let before = hosts.entries(Colour::White);
    second.unreachable(clock::now());
    let after = hosts.entries(Colour::White);
    assert!(after.iter().all(|host| host.address != gone), "the holder did not answer and goes");
    assert_eq!(after.len(), whites);
    let came: Vec<_> = after.iter().filter(|host| !before.contains(host)).collect();
    assert_eq!(came.len(), 1, "the newcomer has its place");
}

#[test]
fn the_feeler_tries_grey_addresses_and_the_one_seen_longest_ago() {
    let (hosts, mut rng) = (heard(&[A, B, "tcp://3.3.3.3:1/"]), rng());
    hosts.refine_candidate(&mut rng).unwrap().refined(NOW);
    let oldest = hosts.entries(Colour::White)[0].address.clone();
    hosts.refine_candidate(&mut rng).unwrap().refined(NOW + 1);
    let grey = hosts.entries(Colour::Grey)[0].address.clone();
    let picked: HashSet<_> = (0..40)
        .filter_map(|_| hosts.feeler_candidate(&mut rng).map(|found| found.address().clone()))
        .collect();
    assert_eq!(picked, HashSet::from([oldest, grey]));
}

#[test]
fn slots_have_addresses_of_different_groups_while_there_are_others() {
    let hosts = heard(&["tcp://1.1.1.1:1/", "tcp://1.1.2.2:1/", "tcp://1.1.3.3:1/", "tcp://2.2.2.2:1/"]);
    let (now, mut rng) = (clock::now(), rng());
    let pick = |rng: &mut StdRng| hosts.candidate(4, &|_| false, now, rng).unwrap();
    let (first, second) = (pick(&mut rng), pick(&mut rng));
    assert_ne!(Group::of(first.address()), Group::of(second.address()));
    let third = pick(&mut rng);
    assert_eq!(third.address().to_string().get(..10), Some("tcp://1.1."), "no other group is left");
}

#[test]
fn local_addresses_are_no_group_in_localnet() {
    let hosts = Hosts::new(HostsConfig { localnet: true, ..HostsConfig::default() });
    let local = (1..=200).map(|port| (address(&format!("tcp://127.0.0.1:{port}")), 1));
    hosts.insert(local, Some(&address("tcp://127.0.0.1:5")), NOW);
    assert_eq!(hosts.counts().grey, 200);
    let (now, mut rng) = (clock::now(), rng());
    let held: Vec<_> = (0..8).map(|_| hosts.candidate(8, &|_| false, now, &mut rng).unwrap()).collect();
    assert_eq!(held.len(), 8);
}

#[test]
fn a_flood_from_one_peer_leaves_the_addresses_of_others_in_place() {
    let hosts = Hosts::new(HostsConfig::default());
    for source in 1..=100 {
        let source = address(&format!("tcp://20.{source}.1.1:1"));
        let own = |part: u8| (address(&format!("tcp://{part}.{}.7.7:1", source.port().unwrap())), 5);
        hosts.insert((30..40).map(own), Some(&source), NOW);
        hosts.insert(
            [(source.clone(), 5), (address(&format!("tor+tls://{ONION}:1")), NOW)],
            Some(&source),
            NOW,
        );
    }
    let before: Vec<_> = Colour::ALL.into_iter().flat_map(|colour| hosts.entries(colour)).collect();
    assert!(before.len() > 100);
    let flood = (0..100_000_u32).map(|number| {
        let [_, high, middle, low] = number.to_be_bytes();
        let scheme = if number % 3 == 0 { "tcp+tls" } else { "tcp" };
        (address(&format!("{scheme}://{}.{middle}.{low}.1:9", 50 + high)), u64::MAX)
    });
    hosts.insert(flood, Some(&address("tcp://9.9.9.9:1")), NOW);
    let after: Vec<_> = Colour::ALL.into_iter().flat_map(|colour| hosts.entries(colour)).collect();
    for host in &before {
        assert!(after.contains(host), "{} was pushed out", host.address);
    }
    let (grey, dark) = (hosts.counts().grey, hosts.counts().dark);
    assert!(after.len() - before.len() <= 8 * 16 + 8 * 8, "{grey} grey, {dark} dark");
    assert!(after.len() - before.len() > 16, "the flood has some places");
}

#[test]
fn peers_that_cannot_be_told_apart_are_one_source() {
    for source in ["unix:///run/socket", "socks5+tls://8.8.8.8:1/h:1"] {
        let hosts = Hosts::new(HostsConfig::default());
        let flood = (0..5000_u16).map(|number| {
            let [high, low] = number.to_be_bytes();
            (address(&format!("tcp://{}.{low}.1.1:9", 50 + high)), 1)
        });
        hosts.insert(flood, Some(&address(source)), NOW);
        let grey = hosts.counts().grey;
        assert!((16..=8 * 16).contains(&grey), "{grey} from {source}");
    }
}

#[test]
fn anchors_come_first_after_a_restart_and_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("anchors.tsv");
    let (hosts, now, mut rng) = (heard(&[A, B, "tcp://3.3.3.3:1/"]), clock::now(), rng());
    let changed = hosts.anchors_changed();
    let connected = hosts.candidate(8, &|_| false, now, &mut rng).unwrap().connected(NOW);
    assert!(changed.has_changed().unwrap());
    let anchor = connected.address().clone();
    hosts.save_anchors(&path).unwrap();

    let many = (0..200_u8).map(|number| (address(&format!("tcp://{}.5.5.5:1", 20 + number)), 9));
    for is_on_a_list in [true, false] {
        let again = Hosts::new(HostsConfig::default());
        if is_on_a_list {
            again.insert([(anchor.clone(), 1)], None, NOW);
        }
        again.insert(many.clone(), None, NOW);
        fs::copy(&path, folder.path().join("copy.tsv")).unwrap();
        let report = again.take_anchors(&folder.path().join("copy.tsv"), NOW).unwrap();
        assert_eq!(report, LoadReport { kept: 1, refused: 0, damaged: Vec::new() });
        assert!(!folder.path().join("copy.tsv").exists(), "the file is used once");
        let first = again.candidate(8, &|_| false, now, &mut rng).unwrap();
        assert_eq!(first.address(), &anchor);
        drop(first);
        let later = (0..5).map(|_| again.candidate(8, &|_| false, now, &mut rng).unwrap());
        let later: Vec<_> = later.map(|found| found.address().clone()).collect();
        assert_ne!(later, vec![anchor.clone(); 5], "an anchor is preferred once");
    }
}

#[test]
fn what_the_operator_blocks_leaves_the_lists_and_is_not_let_in() {
    let hosts = heard(&[A, B]);
    let blocked = |host: &str, ports| Blocked {
        host: HostKey::of(&address(host)).unwrap(),
        schemes: Vec::new(),
        ports,
    };
    hosts.reconfigure(|config| config.blacklist = vec![blocked(A, Vec::new()), blocked(B, vec![7])]);
    assert_eq!(only(&hosts), grey(B, 500));
    assert!(hosts.is_banned(&address("tcp://1.1.1.1:50000")));
    assert!(!hosts.is_banned(&address("tcp://2.2.2.2:50000")));
    assert_eq!(hosts.insert([(address("tcp://2.2.2.2:7"), 1)], None, NOW), 0);
}

#[test]
fn an_address_that_gets_a_session_of_its_own_leaves_the_lists_and_may_come_back() {
    let hosts = heard(&[A, B]);
    hosts.reconfigure(|config| config.excluded = vec![address(A)]);
    assert_eq!(only(&hosts), grey(B, 500));
    assert_eq!(hosts.insert([(address(A), 1)], None, NOW), 0);
    hosts.reconfigure(|config| config.excluded.clear());
    assert_eq!(hosts.insert([(address(A), 1)], None, NOW), 1);
}

#[test]
fn what_changes_leaves_the_addresses_of_this_node_and_the_places_of_all_others() {
    let hosts = heard(&[A, B]);
    let terms = BanTerms { time: Duration::from_secs(7), ..BanTerms::default() };
    hosts.add_own(&address("tcp://3.3.3.3:1"));
    hosts.reconfigure(|config| {
        *config = HostsConfig { localnet: true, disable_greys: true, bans: terms, ..config.clone() };
    });
    assert_eq!(hosts.insert([(address("tcp://3.3.3.3:2"), 1)], None, NOW), 0, "an own address");
    assert_eq!(hosts.insert([(address("tcp://127.0.0.1:2"), 1)], None, NOW), 0, "not under localnet");
    assert!(candidate(&hosts, clock::now()).is_none(), "no grey ones");
    assert_eq!(hosts.next_ban(&"2.2.2.2".parse().unwrap()), Duration::from_secs(7));
}

#[test]
fn a_ban_has_all_ports_and_schemes_of_its_host() {
    let hosts = heard(&[A, "tcp://1.1.1.1:2/", "tcp+tls://1.1.1.1:3/", B]);
    let connected = hosts.candidate(1, &|found| *found != address(A), clock::now(), &mut rng());
    let connected = connected.unwrap().connected(NOW);
    assert!(hosts.ban(&address("quic://1.1.1.1:40000"), "noise", NOW));
    connected.ended(NOW);
    assert_eq!(hosts.insert([(address("tcp://1.1.1.1:5/"), 1)], None, NOW), 0);
    assert_eq!(hosts.counts(), Counts { grey: 1, black: 1, ..Counts::default() });
    assert!(hosts.is_banned(&address("tcp://[::ffff:1.1.1.1]:9/")) && !hosts.is_banned(&address(B)));
    assert_eq!(hosts.bans().first().map(|ban| (ban.reason.as_str(), ban.since)), Some(("noise", NOW)));
}

#[test]
fn some_hosts_are_never_banned() {
    let localnet = Hosts::new(HostsConfig { localnet: true, ..HostsConfig::default() });
    for (text, in_localnet) in
        [("unix:///run/socket", false), ("socks5://8.8.8.8:1/h:1", false), ("tcp://127.0.0.1:1", true)]
    {
        assert!(!heard(&[]).ban(&address(text), "", NOW), "{text}");
        assert_eq!(localnet.ban(&address(text), "", NOW), in_localnet, "{text}");
    }
}

#[test]
fn own_addresses_that_are_learnt_later_leave_the_lists() {
    let hosts = heard(&[A, B]);
    let reservation = hosts.candidate(1, &|found| *found != address(A), clock::now(), &mut rng()).unwrap();
    hosts.add_own(&address(A));
    drop(reservation.connected(NOW));
    assert_eq!(only(&hosts), grey(B, 500));
}

#[test]
fn dark_addresses_are_forgotten_after_a_day() {
    let hosts = Hosts::new(HostsConfig::default());
    let dark = [("tor+tls", 1), ("tcp+tls", NOW)];
    let dark = dark.map(|(scheme, seen)| (address(&format!("{scheme}://3.3.3.3:1")), seen));
    hosts.insert(dark, None, NOW);
    assert_eq!(hosts.counts(), Counts { dark: 1, ..Counts::default() });
    hosts.insert([(address("tcp+tls://4.4.4.4:1"), NOW + 86_401)], None, NOW + 86_401);
    assert_eq!(hosts.entries(Colour::Dark).len(), 1);
}

#[test]
fn grey_and_black_addresses_are_not_shared() {
    let hosts = heard(&[A, B]);
    hosts.ban(&address("tcp://3.3.3.3:1"), "", NOW);
    assert_eq!(hosts.share(9, &["tcp".to_owned()], &mut rng()), []);
    let connected = candidate(&hosts, clock::now()).unwrap().connected(NOW);
    let shared = hosts.share(9, &["tcp".to_owned()], &mut rng());
    assert_eq!(shared, [(connected.address().clone(), NOW)]);
}

#[test]
fn a_file_is_taken_line_by_line_under_the_rules_of_today() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hosts.tsv");
    let lines = [
        "white\ttcp://1.1.1.1:1/\t1000001", // newer than now
        "nonsense",
        "dark\ttcp://2.2.2.2:1/\t5", // dialable by now
        "grey\ttcp://2.2.2.2:1/\t6", // twice
        "",
        "gold\ttcp://127.0.0.1:1/\t5",        // not localnet
        "gold\ttcp+tls://3.3.3.3:1/\t999999", // not dialable any more
        "black\ttcp://4.4.4.4:1/\t7",
        "grey\ttcp://5.5.5.5:1/\tx",
        "grey\ttcp://4.4.4.4:2/\t7", // banned above
    ];
    fs::write(&path, lines.join("\n")).unwrap();
    let hosts = Hosts::new(HostsConfig::default());
    let report = hosts.load(&path, NOW).unwrap();
    assert_eq!(report, LoadReport { kept: 4, refused: 3, damaged: vec![2, 9] });
    assert_eq!(hosts.counts(), Counts { grey: 1, white: 1, dark: 1, black: 1, gold: 0 });

    hosts.save(&path).unwrap();
    let saved =
        "dark\ttcp+tls://3.3.3.3:1/\t999999\ngrey\ttcp://2.2.2.2:1/\t5\nwhite\ttcp://1.1.1.1:1/\t1000000\n";
    assert_eq!(fs::read_to_string(&path).unwrap(), saved);
}
