//! Networks of twenty nodes that chat: whatever happens to them, all who have joined a room end with the same history.

use crate::sim::node::{Linked, SimNode, address_of};
use crate::sim::seeds::simulate_with;
use crate::sim::simulation::{Simulation, node_at, run};
use backplane::node::Node;
use backplane::random;
use backplane_chat::service::{Place, Service};
use backplane_chat::{Chat, ChatConfig};
use backplane_plugin::manifest::Package;
use backplane_plugin::{Plugin, ProtocolRegistry};
use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::time::Duration;
use tokio::time::sleep;

const MINUTE: Duration = Duration::from_secs(60);
const PACKAGE: Package = Package {
    name: "chat",
    version: "0.1.0",
    description: "Chat, linked into simulated nodes",
    license: "MIT",
    panic: "unwind",
};
/// How many nodes there are, and which of them only relay.
const NODES: u8 = 20;
const RELAYS: usize = 4;

impl Linked for Chat {
    fn link(node: &Node) -> Self {
        let mut made = None;
        let make = |host| {
            let chat = Self::create(host, ChatConfig::default()).expect("a temporary folder can be used");
            made.insert(chat).clone()
        };
        node.plugins().link(PACKAGE, make, ProtocolRegistry::of_plugin()).expect("its names are free");
        made.expect("a plug-in that is linked has been made")
    }

    fn end(&self) {
        self.service().stop();
    }
}

type Talk = Simulation<Chat>;

/// A network in which every fifth node has left the room.
async fn network(simulation: &mut Talk) {
    simulation.populate(2, NODES, &[], &["network.outbound_connections=4"]).await;
    simulation.reach_slots(15 * MINUTE).await;
    for (number, node) in simulation.nodes.iter().enumerate() {
        if number % (RELAYS + 1) == RELAYS {
            service(node).leave("#lobby").unwrap();
        }
    }
}

fn service(node: &SimNode<Chat>) -> &Service {
    node.linked().service()
}

/// The nodes that run and have joined the room.
fn members(simulation: &Talk) -> Vec<&SimNode<Chat>> {
    simulation.running().filter(|node| service(node).room("#lobby").is_ok()).collect()
}

/// One of the members that run says something: its id.
fn say(simulation: &Talk, text: &str, of: impl Fn(&SimNode<Chat>) -> bool) -> String {
    let members: Vec<_> = members(simulation).into_iter().filter(|node| of(node)).collect();
    let speaker = members.get(random::within(0..members.len())).expect("it is one of them");
    service(speaker).send("#lobby", text, None).unwrap_or_else(|error| panic!("{text}: {error}")).id
}

/// A whole history: ids and texts in order.
fn history(node: &SimNode<Chat>) -> Vec<(String, String)> {
    let (mut place, mut all) = (Place::Latest, Vec::new());
    loop {
        let mut part = service(node).history("#lobby", &place, 200).unwrap();
        let first = part.messages.first().map(|message| message.cursor.clone());
        let messages = part.messages.drain(..).map(|message| (message.id, message.text));
        all.splice(0..0, messages.collect::<Vec<_>>());
        match first.filter(|_| part.older) {
            Some(cursor) => place = Place::Before(cursor),
            None => return all,
        }
    }
}

/// Waits until all members have the same history, which has these messages and nothing else.
async fn agree(simulation: &Talk, said: &BTreeSet<String>, limit: Duration) {
    for _ in 0..limit.as_secs() / 10 {
        sleep(Duration::from_secs(10)).await;
        let last = members(simulation)
            .into_iter()
            .all(|node| service(node).room("#lobby").is_ok_and(|room| room.missing == 0 && !room.syncing));
        let histories: Vec<_> =
            if last { members(simulation).into_iter().map(history).collect() } else { continue };
        let first = histories.first().expect("there are members");
        if first.len() == said.len() && histories.iter().all(|history| history == first) {
            assert_eq!(first.iter().map(|(id, _)| id.clone()).collect::<BTreeSet<_>>(), *said);
            return;
        }
    }
    let counts: Vec<_> =
        members(simulation).into_iter().map(|node| (node.ip(), history(node).len())).collect();
    panic!(
        "they do not agree on {} messages within {limit:?}: {counts:?}\n{}",
        said.len(),
        simulation.trace.tail(20)
    );
}

const fn half(ip: Ipv4Addr) -> u8 {
    ip.octets()[1] % 2
}

#[test]
fn both_halves_of_a_divided_network_end_with_the_same_history() {
    simulate_with(1, async |simulation: &mut Talk| {
        network(simulation).await;
        let mut said = BTreeSet::new();
        for number in 0..20 {
            said.insert(say(simulation, &format!("before {number}"), |_| true));
            sleep(Duration::from_millis(random::within(0..2000))).await;
        }
        agree(simulation, &said, 10 * MINUTE).await;

        simulation.network.divide(half);
        for number in 0..40 {
            let side = u8::from(number % 2 == 0);
            said.insert(say(simulation, &format!("divided {number}"), |node| half(node.ip()) == side));
            sleep(Duration::from_millis(random::within(0..5000))).await;
        }
        sleep(5 * MINUTE).await;
        simulation.network.heal();
        for number in 0..10 {
            said.insert(say(simulation, &format!("healed {number}"), |_| true));
            sleep(Duration::from_millis(random::within(0..20_000))).await;
        }
        agree(simulation, &said, 60 * MINUTE).await;
    });
}

#[test]
fn nodes_that_are_killed_and_connections_that_break_lose_nothing() {
    simulate_with(1, async |simulation: &mut Talk| {
        network(simulation).await;
        let mut said = BTreeSet::new();
        for number in 0..60 {
            said.insert(say(simulation, &format!("line {number}"), |_| true));
            sleep(Duration::from_millis(random::within(0..3000))).await;
            match number % 6 {
                1 => {
                    let victim = random::within(0..simulation.nodes.len());
                    simulation.kill(victim).await;
                }
                3 => {
                    let number = random::within(0..simulation.nodes.len());
                    let ip = simulation.nodes.get(number).map(SimNode::ip);
                    simulation.network.tear(|(from, to)| [Some(from), Some(to)].contains(&ip));
                }
                5 => {
                    let stopped = simulation.nodes.iter().position(|node| !node.is_running());
                    if let Some(number) = stopped {
                        simulation.start(number).await;
                    }
                }
                _ => {}
            }
        }
        for number in 0..simulation.nodes.len() {
            simulation.start(number).await;
        }
        agree(simulation, &said, 60 * MINUTE).await;
    });
}

#[test]
fn a_seed_gives_the_same_conversation_at_the_same_times() {
    let scenario = async |simulation: &mut Talk| {
        simulation.populate(1, 8, &[], &["network.outbound_connections=3"]).await;
        simulation.reach_slots(15 * MINUTE).await;
        let mut said = BTreeSet::new();
        for number in 0..10 {
            said.insert(say(simulation, &format!("line {number}"), |_| true));
            sleep(Duration::from_secs(random::within(0..20))).await;
        }
        simulation.kill(3).await;
        sleep(MINUTE).await;
        simulation.start(3).await;
        agree(simulation, &said, 30 * MINUTE).await;
    };
    let (one, again) = (run(1, scenario), run(1, scenario));
    if let Some((first, second)) = one.difference(&again) {
        panic!("seed 1 was played twice, and differs for the first time at:\n{first}\n{second}");
    }
    assert_eq!(one.sum(), again.sum(), "the events are the same, and bytes or their times differ");
    assert_ne!(one.sum(), run(2, scenario).sum());
}

#[test]
fn messages_cross_nodes_that_have_not_joined_the_room() {
    simulate_with(1, async |simulation: &mut Talk| {
        // In a row: only the first and the last have joined.
        for number in 1..=6 {
            let peers = match number {
                1 => Vec::new(),
                _ => vec![format!("network.peers={}", address_of(node_at(number - 1)))],
            };
            let sets = [peers, vec!["network.outbound_connections=0".to_owned()]].concat();
            let mut node = SimNode::new(&simulation.network, node_at(number), &sets);
            node.start().await;
            simulation.nodes.push(node);
        }
        for node in &simulation.nodes[1..5] {
            service(node).leave("#lobby").unwrap();
        }
        simulation
            .until("a row", 5 * MINUTE, |all| {
                all.nodes.iter().map(|node| node.peers().len()).sum::<usize>() == 10
            })
            .await;
        let mut said = BTreeSet::new();
        for number in 0..10 {
            let speaker = &simulation.nodes[if number % 2 == 0 { 0 } else { 5 }];
            said.insert(service(speaker).send("#lobby", &format!("line {number}"), None).unwrap().id);
            sleep(Duration::from_secs(1)).await;
        }
        agree(simulation, &said, MINUTE).await;
    });
}
