//! The check of RPC methods.

use super::case::Case;
use super::generate;
use super::outcome::{Stop, Verdict};
use super::patience::{PATIENCE, within};
use super::world::World;
use rand::rngs::StdRng;
use serde_json::{Value, json};

/// How many random parameters each method is asked with.
const RANDOM: usize = 100;

pub(super) async fn fuzz(case: Case) -> Verdict {
    let (world, mut rng) = (World::create(&case).await?, case.rng());
    if world.trial.methods().is_empty() {
        return Err(Stop::Skipped("it has no RPC methods"));
    }
    ask_all(&world, &mut rng).await?;
    // Once more with somebody to talk to.
    let mut visits = Vec::new();
    for session in world.sessions().unwrap_or_default() {
        visits.push(world.start(session)?);
    }
    ask_all(&world, &mut rng).await?;
    for visit in visits {
        visit.end().await?;
    }
    world.end().await
}

async fn ask_all(world: &World, rng: &mut StdRng) -> Verdict {
    for (index, method) in world.trial.methods().iter().enumerate() {
        let random: Vec<_> = (0..RANDOM).map(|_| generate::params(rng)).collect();
        for params in usual().into_iter().chain(random) {
            let text: String = params.to_string().chars().take(200).collect();
            world.begin(format!("{method} {text}"));
            let answer = world.trial.rpc(index, params);
            let answer = within(PATIENCE, format!("{method} {text} is not answered"), answer).await?;
            let told = answer.err().map(|error| error.data.map_or(error.message, |data| data.to_string()));
            world.sound(|| format!("{method} {text} is answered {}", told.unwrap_or_default()))?;
        }
    }
    Ok(())
}

/// Parameters that somebody will send.
fn usual() -> Vec<Value> {
    let nested = (0..60).fold(json!([]), |inner, _| json!([inner]));
    vec![
        json!([]),
        json!({}),
        json!([null]),
        json!([0]),
        json!([""]),
        json!([u64::MAX]),
        json!(["x".repeat(100_000)]),
        nested,
    ]
}
