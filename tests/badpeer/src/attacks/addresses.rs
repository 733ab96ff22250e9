//! Lies about addresses.

use crate::attack::{Answer, Attack, Held, Opening, Role, Script};
use crate::attacker::{Attacker, frame_of};
use crate::hello::{introduce, version};
use Answer::{Banned, Closed, Tolerated};
use backplane::clock;
use backplane::hosts::{Colour, HostEntry};
use backplane::protocol::messages::{Addrs, Version};
use backplane_plugin::wire;
use backplane_tests::forge::{addr, text};
use backplane_tests::raw_peer::RawPeer;

/// How many entries of the flood fit into one message.
const ENTRIES: usize = 2_000;

/// How many addresses a node keeps that it has only heard of: grey and dark ones.
const MOST_HEARD: usize = 2_000 + 1_000;

/// The attacks.
#[must_use]
pub fn all() -> Vec<Attack> {
    let steps = |name, does, answer, steps| Attack::new(name, does, answer, Script::Steps(steps));
    vec![
        steps(
            "flood of 100 000 addresses",
            "52 full answers that nobody asked for, by 13 hosts",
            Tolerated,
            |on| Box::pin(flood(on)),
        ),
        steps("last seen in the future", "addresses last seen in 584 billion years", Tolerated, |on| {
            Box::pin(time_travel(on))
        }),
        steps(
            "addresses that are nobody's",
            "private, own, malformed and unreachable addresses",
            Tolerated,
            |on| Box::pin(useless(on)),
        ),
        steps("question for 2^32 - 1 addresses", "the largest question that there is", Tolerated, |on| {
            Box::pin(greedy(on))
        }),
        steps(
            "somebody else's address",
            "a version that claims to be reached at an honest node's address",
            Tolerated,
            |on| Box::pin(squatter(on)),
        ),
        steps(
            "seed that lies",
            "2 000 addresses of one group, and no node at any of them",
            Closed("the seed has answered"),
            |on| Box::pin(lying_seed(on)),
        )
        .as_met(Role::Seed),
        steps("seed that talks nonsense", "an answer that does not decode", Banned("rules of seed"), |on| {
            Box::pin(broken_seed(on))
        })
        .as_met(Role::Seed),
    ]
}

/// The victim's grey and dark addresses.
fn heard(on: &Attacker) -> Vec<HostEntry> {
    let hosts = &on.victim.node().context().hosts;
    [hosts.entries(Colour::Grey), hosts.entries(Colour::Dark)].concat()
}

/// Sends addresses, and waits until the victim has seen to them: what comes after them in the stream is answered.
async fn tell(peer: &mut RawPeer, entries: &[(String, u64)]) {
    peer.send("addr", &addr(entries)).await;
    assert!(peer.is_served().await, "the victim closed the channel");
}

async fn flood(on: &Attacker) -> Held {
    let known: Vec<_> = heard(on).into_iter().map(|entry| entry.address).collect();
    let mut peers = Vec::new();
    for host in 0..13 {
        // The victim has few slots: each one leaves before the next one comes.
        peers.clear();
        let mut peer = on.dial_from(host).await;
        peer.shake_hands().await;
        for message in 0..4 {
            let url = |number: usize| {
                let of = (host * 4 + message) * ENTRIES + number;
                format!("tcp://{}.{}.{}.9:1/", 50 + of / 65_536, of / 256 % 256, of % 256)
            };
            let entries: Vec<_> = (0..ENTRIES).map(|number| (url(number), 1_700_000_000)).collect();
            tell(&mut peer, &entries).await;
        }
        peers.push(peer);
    }
    let now: Vec<_> = heard(on).into_iter().map(|entry| entry.address).collect();
    assert!(known.iter().all(|known| now.contains(known)), "what was known has been pushed out");
    peers
}

async fn time_travel(on: &Attacker) -> Held {
    let mut peer = on.meet(Opening::Ponged).await;
    let entries: Vec<_> = (1..100).map(|number| (format!("tcp://60.{number}.1.1:1/"), u64::MAX)).collect();
    tell(&mut peer, &entries).await;
    let heard = heard(on);
    let latest = heard.iter().map(|entry| entry.last_seen).max();
    assert!(latest.is_some_and(|latest| latest <= clock::unix_seconds()), "{latest:?}");
    vec![peer]
}

async fn useless(on: &Attacker) -> Held {
    let before = heard(on).len();
    let mut peer = on.meet(Opening::Ponged).await;
    let port = on.address().port().unwrap_or_default();
    let own = [on.address().to_string(), on.address().with_port(port ^ 1).to_string(), on.honest.to_string()];
    let others = [
        "tcp://127.0.0.1:1/",
        "tcp://192.168.1.1:1/",
        "tcp://10.1.1.1:1/",
        "tcp://[::1]:1/",
        "tcp://[::ffff:8.8.8.8]:1/",
        "tcp://0x7f.1:1/",
        "tcp://localhost:1/",
        "tcp://user@60.1.1.1:1/",
        "tcp://60.1.1.1:1/path",
        "tcp://60.1.1.1:1/?query",
        "tcp://60.1.1.1:0/",
        "tcp://60.1.1.1/",
        "unix:///run/node",
        "socks5://60.1.1.1:1/60.1.1.2:2",
        "http://60.1.1.1:1/",
        "tor://60.1.1.1:1/",
        "tor://short.onion:1/",
    ];
    let all = own.into_iter().chain(others.map(ToOwned::to_owned));
    let entries: Vec<_> = all.map(|url| (url, 1_700_000_000)).collect();
    tell(&mut peer, &entries).await;
    let heard = heard(on);
    assert_eq!(heard.len(), before, "{heard:?}");
    vec![peer]
}

async fn greedy(on: &Attacker) -> Held {
    let mut teller = on.dial_from(1).await;
    teller.shake_hands().await;
    let entries: Vec<_> = (0..2_000)
        .map(|number| (format!("tcp://61.{}.{}.1:1/", number / 200, number % 200), 1_700_000_000))
        .collect();
    tell(&mut teller, &entries).await;
    let mut peer = on.meet(Opening::Ponged).await;
    // What there is to share are addresses of nodes that have been found; what was only told stays here.
    peer.send("getaddr", &[&u32::MAX.to_le_bytes()[..], &[1], &text(b"tcp")].concat()).await;
    let answer: Addrs = wire::from_bytes(&peer.next_of("addr").await.payload).expect("an answer decodes");
    assert!(answer.addrs.len() <= 510, "{}", answer.addrs.len());
    assert!(answer.addrs.iter().all(|(url, _)| !url.as_str().contains("//61.")), "hearsay was passed on");
    vec![peer, teller]
}

async fn squatter(on: &Attacker) -> Held {
    let mut peer = on.dial().await;
    let theirs = Version { ext_send_addr: vec![on.honest.clone()], ..version() };
    assert!(introduce(&mut peer, &theirs).await.is_some());
    assert!(peer.is_served().await);
    let context = on.victim.node().context();
    assert!(context.is_connected(&on.honest), "the victim forgot whom it is connected to");
    vec![peer]
}

async fn lying_seed(on: &Attacker) -> Held {
    let mut peer = on.meet(Opening::Shaken).await;
    peer.next_of("getaddr").await;
    let entries: Vec<_> = (0..ENTRIES)
        .map(|number| (format!("tcp://62.1.{}.{}:1/", number / 250, number % 250), u64::MAX))
        .collect();
    peer.send("addr", &addr(&entries)).await;
    peer.rest().await;
    let heard = heard(on);
    assert!(heard.len() <= MOST_HEARD, "{}", heard.len());
    Vec::new()
}

async fn broken_seed(on: &Attacker) -> Held {
    let mut peer = on.meet(Opening::Shaken).await;
    peer.next_of("getaddr").await;
    let bad = frame_of("addr", &[1, 3, b'a']);
    // The victim may have closed already.
    let _ = peer.write(&bad).await;
    peer.rest().await;
    Vec::new()
}
