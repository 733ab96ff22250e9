//! A network comes up: from two seeds to full slots everywhere.

use crate::kit::{SimNode, Simulation, simulate};
use std::time::Duration;
use tokio::time::sleep;

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn every_node_reaches_its_slots_and_a_broadcast_reaches_every_node() {
    simulate(3, async |simulation| {
        simulation.populate(2, 25, &[], &[]).await;
        simulation.reach_slots(15 * MINUTE).await;
        simulation.spread(1, MINUTE).await;
        for node in simulation.running() {
            // Once from each peer, and once of its own accord.
            assert!(
                node.times(1) <= node.peers().len() + 1,
                "{} heard it {} times",
                node.ip(),
                node.times(1)
            );
        }
    });
}

/// How many addresses the seed that knows fewest has found a node at.
fn least_whites(simulation: &Simulation) -> usize {
    let whites = simulation.seeds.iter().map(|seed| seed.node().context().hosts.counts().white);
    whites.min().unwrap_or_default()
}

/// Whether every inbound slot is taken.
fn is_full(node: &SimNode) -> bool {
    let inbound = node.node().context().inbound.status();
    inbound.channels.len() == inbound.limit
}

#[test]
fn a_seed_finds_out_who_answers_although_nobody_stays_with_it_and_all_are_full() {
    simulate(1, async |simulation| {
        // Fewer places than the nodes would fill: there are always some that ask for one.
        simulation
            .populate(2, 12, &[], &["network.inbound_connections=2", "network.outbound_connections=3"])
            .await;
        simulation
            .until("full nodes on the white lists of the seeds", 30 * MINUTE, |simulation| {
                simulation.nodes.iter().all(is_full) && least_whites(simulation) == simulation.nodes.len()
            })
            .await;
        for _ in 0..15 {
            sleep(MINUTE).await;
            assert_eq!(least_whites(simulation), simulation.nodes.len(), "a full node was taken for gone");
        }
    });
}
