//! Checks of how a plug-in ends.

use super::case::Case;
use super::generate;
use super::outcome::{Verdict, failed};
use super::patience::{PATIENCE, within};
use super::world::World;
use rand::rngs::StdRng;

pub(super) async fn stop(case: Case) -> Verdict {
    let world = World::create(&case).await?;
    talk(&world, &mut case.rng()).await?;
    ends(&world).await
}

pub(super) async fn stop_twice(case: Case) -> Verdict {
    for _ in 0..3 {
        let world = World::create(&case).await?;
        talk(&world, &mut case.rng()).await?;
        ends(&world).await?;
        // There is nothing left that could stop.
        ends(&world).await?;
    }
    Ok(())
}

/// Stops the plug-in.
pub(super) async fn ends(world: &World) -> Verdict {
    let stopped = within(PATIENCE, "it does not stop", world.trial.stop()).await?;
    stopped.or_else(|error| failed(format!("it fails to stop: {error}")))?;
    world.sound(|| "it stopped".to_owned())
}

/// Opens some channels with some messages on them, and closes them.
pub(super) async fn talk(world: &World, rng: &mut StdRng) -> Verdict {
    let mut visits = Vec::new();
    for speech in world.speeches().unwrap_or_default() {
        let mut visit = world.start(speech.session)?;
        let mut payload = generate::payload(rng);
        payload.truncate(speech.max_bytes);
        visit.say(&speech.command, &payload).await?;
        visits.push(visit);
    }
    for visit in visits {
        visit.end().await?;
    }
    Ok(())
}
