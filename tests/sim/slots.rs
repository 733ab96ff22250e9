//! A network comes up: from two seeds to full slots everywhere.

use crate::kit::simulate;
use std::time::Duration;

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

#[test]
fn a_seed_finds_out_who_answers_although_nobody_stays_with_it() {
    simulate(1, async |simulation| {
        // Nobody is full: a node that takes no more connections does not answer.
        simulation.populate(2, 25, &[], &["network.inbound_connections=40"]).await;
        simulation
            .until("every address on the white lists of the seeds", 30 * MINUTE, |simulation| {
                let whites = simulation.seeds.iter().map(|seed| seed.node().context().hosts.counts().white);
                whites.min() == Some(simulation.nodes.len())
            })
            .await;
    });
}
