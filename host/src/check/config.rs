//! Checks of a plug-in's configuration: what it takes, what it refuses, how it changes.

use super::case::Case;
use super::outcome::{Verdict, failed};
use super::patience::{PATIENCE, within};
use super::schema::{Attempt, attempts};
use super::world::{World, services};
use crate::plugin::Trial;
use backplane_plugin::PluginError;
use tokio::time::timeout;

pub(super) async fn refuse(case: Case) -> Verdict {
    let (schema, library) = (case.manifest()?.config, case.open()?);
    let (services, base) = services(&case, &library)?;
    for attempt in attempts(&schema, &mut case.rng()) {
        case.begin(&attempt);
        let config = attempt.on(&base);
        let creating = Trial::create(&library, &services, &config);
        let made = within(PATIENCE, format!("{attempt}: it is not made"), creating).await?;
        judge(&attempt, made.as_ref().map(drop))?;
        if let Ok(trial) = made {
            let _ = timeout(PATIENCE, trial.stop()).await;
        }
    }
    Ok(())
}

pub(super) async fn reconfigure(case: Case) -> Verdict {
    let (schema, world) = (case.manifest()?.config, World::create(&case).await?);
    let usual = world.trial.reconfigure(&world.config, true).await;
    usual.or_else(|error| failed(format!("its configuration, as it is, is not taken over: {error}")))?;
    for attempt in attempts(&schema, &mut case.rng()) {
        world.begin(&attempt);
        let config = attempt.on(&world.config);
        for apply in [false, true] {
            let done = world.trial.reconfigure(&config, apply).await;
            judge(&attempt, done.as_ref().map(|_| ()))?;
        }
        world.sound(|| attempt.to_string())?;
    }
    world.end().await
}

/// What the plug-in made of an attempt, held against what it should.
fn judge(attempt: &Attempt, outcome: Result<(), &PluginError>) -> Verdict {
    match outcome {
        Err(error) if error.is_panic() => failed(format!("{attempt}: it {error}")),
        Ok(()) if attempt.is_wrong => {
            failed(format!("{attempt}: it is taken, although its schema refuses it"))
        }
        Err(error) if attempt.is_wrong => {
            let is_named = error.place().is_some_and(|place| place.starts_with(&attempt.key()));
            if error.is_config() && is_named {
                return Ok(());
            }
            let place = error.place().unwrap_or("no key");
            failed(format!("{attempt}: it is refused, with {place} instead of {}: {error}", attempt.key()))
        }
        // A plug-in may know better than its schema.
        Ok(()) | Err(_) => Ok(()),
    }
}
