//! The network falls into two halves, and heals.

use crate::kit::{SimNode, Simulation, simulate};
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
