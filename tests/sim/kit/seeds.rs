//! The seeds of a simulation: a few by default, more or a certain one by the environment; a failure names its own.

use super::node::Linked;
use super::simulation::{Simulation, run};
use std::env;
use std::thread;

/// Asks for one seed.
const ONE: &str = "BACKPLANE_SIM_SEED";
/// Asks for so many seeds.
const MANY: &str = "BACKPLANE_SIM_SEEDS";

/// Plays a scenario of nodes that flood with each seed: `usual` many, unless the environment asks for others.
pub(crate) fn simulate(usual: u64, scenario: impl AsyncFn(&mut Simulation)) {
    simulate_with(usual, scenario);
}

/// As [`simulate`], of nodes with another plug-in.
pub(crate) fn simulate_with<L: Linked>(usual: u64, scenario: impl AsyncFn(&mut Simulation<L>)) {
    let number = |name| {
        let text = env::var(name).ok()?;
        Some(text.parse::<u64>().unwrap_or_else(|_| panic!("{name}={text} is no number")))
    };
    let seeds = number(ONE).map_or(1..=number(MANY).unwrap_or(usual), |seed| seed..=seed);
    for seed in seeds {
        let played = Played { seed };
        let trace = run(seed, &scenario);
        let (events, bytes) = trace.size();
        println!("seed {seed}: {events} events, {bytes} bytes, sum {:016x}", trace.sum());
        drop(played);
    }
}

/// A seed that is being played.
struct Played {
    seed: u64,
}

impl Drop for Played {
    fn drop(&mut self) {
        if thread::panicking() {
            let test = thread::current().name().unwrap_or("TEST").to_owned();
            let seed = self.seed;
            eprintln!(
                "seed {seed} failed; to see it again: {ONE}={seed} cargo test -p backplane-tests --test {} {test}",
                env!("CARGO_CRATE_NAME")
            );
        }
    }
}
