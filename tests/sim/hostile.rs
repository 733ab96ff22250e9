//! A third of the nodes is hostile, and so is one of the seeds.

use crate::kit::{Simulation, simulate};
use std::time::Duration;
use tokio::time::sleep;

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn honest_nodes_reach_their_slots_and_each_other_among_hostile_ones() {
    simulate(2, async |simulation| {
        let lying = Simulation::hostile_seed();
        simulation.populate(2, 17, &[lying], &[]).await;
        simulation.infest(8);
        simulation.reach_slots(30 * MINUTE).await;
        simulation.spread(1, MINUTE).await;
        // They have had time to do what they can.
        sleep(15 * MINUTE).await;
        simulation.reach_slots(30 * MINUTE).await;
        simulation.spread(2, MINUTE).await;
    });
}
