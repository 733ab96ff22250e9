//! The network falls into two halves, and heals.

use crate::kit::{SimNode, Simulation, simulate};
use backplane_plugin::SessionKind;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::time::Duration;
use tokio::time::sleep;

const MINUTE: Duration = Duration::from_secs(60);

/// Which half a host is in: each has a seed.
const fn half(ip: Ipv4Addr) -> u8 {
    ip.octets()[1] % 2
}

fn in_half(simulation: &Simulation, number: u8) -> impl Iterator<Item = &SimNode> {
    simulation.running().filter(move |node| half(node.ip()) == number)
}

/// Whether each node of a half has its slots filled, with none of the other half among its peers.
fn works(simulation: &Simulation, number: u8) -> bool {
    let all: BTreeSet<_> = in_half(simulation, number).map(SimNode::ip).collect();
    in_half(simulation, number).all(|node| node.has_reached_its_slots(&all) && node.peers().is_subset(&all))
}

#[test]
fn both_halves_of_a_divided_network_work_and_become_one_network_again() {
    simulate(2, async |simulation| {
        // Few slots, so that each half has enough nodes to fill them by itself.
        simulation.populate(2, 25, &[], &["network.outbound_connections=4"]).await;
        simulation.reach_slots(15 * MINUTE).await;

        simulation.network.divide(half);
        simulation.until("both halves to work", 30 * MINUTE, |all| works(all, 0) && works(all, 1)).await;
        for number in [0, 1] {
            let first = in_half(simulation, number).next().expect("a half has nodes");
            first.tell(number.into());
        }
        let heard = |all: &Simulation, number: u8| in_half(all, number).all(|node| node.knows(number.into()));
        simulation.until("a rumour in each half", MINUTE, |all| heard(all, 0) && heard(all, 1)).await;
        assert!(in_half(simulation, 0).all(|node| !node.knows(1)), "the halves are divided");

        simulation.network.heal();
        sleep(20 * MINUTE).await;
        simulation.spread(2, MINUTE).await;
    });
}

/// Whether each outbound slot of each node has a channel.
fn is_full(simulation: &Simulation) -> bool {
    simulation.running().all(|node| node.slots().iter().all(Option::is_some))
}

#[test]
fn halves_whose_slots_are_all_full_find_each_other_when_the_network_heals() {
    simulate(2, async |simulation| {
        // Few of both, so that nobody is everybody's peer already.
        let few = ["network.outbound_connections=2", "network.inbound_connections=4"];
        simulation.populate(2, 20, &[], &few).await;
        simulation.reach_slots(15 * MINUTE).await;
        simulation.network.divide(half);
        let is_divided = |all: &Simulation| is_full(all) && works(all, 0) && works(all, 1);
        simulation.until("both halves to be full", 30 * MINUTE, is_divided).await;

        simulation.network.heal();
        // Nobody leaves, and no slot is empty: without the scout all would stay as it is.
        let meets = |node: &SimNode| {
            let dialled = node.slots().into_iter().flatten();
            dialled.into_iter().any(|other| half(other) != half(node.ip()))
        };
        simulation.until("slots across the gap", 60 * MINUTE, |all| all.running().any(meets)).await;
        simulation.spread(3, MINUTE).await;
        for node in simulation.running() {
            let channels = node.node().context().channels.all();
            let outbound =
                channels.iter().filter(|channel| channel.session() == SessionKind::Outbound).count();
            assert!(outbound <= 3, "{} has {outbound} outbound channels", node.ip());
        }
    });
}
