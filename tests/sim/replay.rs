//! A simulation can be had again: its seed decides everything in it.

use crate::kit::{Simulation, run};
use backplane::random;
use std::time::Duration;
use tokio::time::sleep;

const MINUTE: Duration = Duration::from_secs(60);

/// A bit of everything: a network comes up among hostile hosts, nodes go and come back, something is told, the
/// network is divided and healed.
async fn scenario(simulation: &mut Simulation) {
    simulation.populate(2, 25, &[], &[]).await;
    simulation.infest(4);
    simulation.reach_slots(15 * MINUTE).await;
    for _ in 0..5 {
        let number = random::within(0..simulation.nodes.len());
        simulation.kill(number).await;
        sleep(MINUTE).await;
        simulation.start(number).await;
    }
    // The one that came back last needs a moment to find anybody.
    sleep(2 * MINUTE).await;
    simulation.spread(1, MINUTE).await;
    simulation.network.divide(|ip| u8::from(ip.octets()[1] % 2 == 0));
    sleep(5 * MINUTE).await;
    simulation.network.heal();
    sleep(5 * MINUTE).await;
}

#[test]
fn a_seed_gives_the_same_bytes_at_the_same_times_and_another_one_others() {
    let one = run(1, scenario);
    let again = run(1, scenario);
    if let Some((first, second)) = one.difference(&again) {
        panic!("seed 1 was played twice, and differs for the first time at:\n{first}\n{second}");
    }
    assert_eq!(one.sum(), again.sum(), "the events are the same, and bytes or their times differ");
    assert_ne!(one.sum(), run(2, scenario).sum());
}
