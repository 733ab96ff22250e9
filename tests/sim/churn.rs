//! Nodes leave, orderly or not, connections break, and nodes come back with what they had on their disks.

use crate::kit::{SimNode, Simulation, simulate};
use backplane::{clock, random};
use std::time::Duration;
use tokio::time::sleep;

const MINUTE: Duration = Duration::from_secs(60);
/// How long nodes come and go.
const HOURS: Duration = Duration::from_secs(2 * 3600);
/// So many nodes always run.
const FEWEST: usize = 15;

/// All connections of a node break at once.
fn break_connections(simulation: &Simulation) {
    let number = random::within(0..simulation.nodes.len());
    let ip = simulation.nodes.get(number).map(SimNode::ip);
    simulation.network.tear(|(from, to)| [Some(from), Some(to)].contains(&ip));
}

/// One node leaves, or one comes back.
async fn change(simulation: &mut Simulation) {
    let running = simulation.running().count();
    let number = random::within(0..simulation.nodes.len());
    let is_running = simulation.nodes.get(number).is_some_and(|node| node.is_running());
    if !is_running {
        simulation.start(number).await;
    } else if running > FEWEST && random::number() {
        simulation.kill(number).await;
    } else if running > FEWEST {
        simulation.stop(number).await;
    }
}

#[test]
fn a_network_whose_nodes_come_and_go_for_hours_stays_one_network() {
    simulate(2, async |simulation| {
        simulation.populate(2, 25, &[], &[]).await;
        let end = clock::now() + HOURS;
        let mut rumour = 0;
        while clock::now() < end {
            for _ in 0..12 {
                sleep(Duration::from_secs(random::within(10..120))).await;
                change(simulation).await;
                break_connections(simulation);
            }
            // Those that have just come need a moment to find anybody.
            sleep(2 * MINUTE).await;
            rumour += 1;
            simulation.spread(rumour, MINUTE).await;
        }
        for number in 0..simulation.nodes.len() {
            simulation.start(number).await;
        }
        simulation.reach_slots(15 * MINUTE).await;
        simulation.spread(rumour + 1, MINUTE).await;
    });
}
