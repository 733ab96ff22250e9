//! Checks in which channels come and go.

use super::case::Case;
use super::generate;
use super::messages::taken;
use super::outcome::{Verdict, failed};
use super::patience::{PATIENCE, within};
use super::visit::Visit;
use super::world::World;
use crate::channel::CloseReason;
use rand::Rng;
use rand::rngs::StdRng;
use tokio::task::{JoinSet, yield_now};

/// How many channels come and go.
const CHANNELS: usize = 2000;
/// How many of them are open at the same time.
const AT_ONCE: usize = 8;
/// How many messages of each type are said by turns.
const TAKEN: usize = 10;
/// How many channels are closed in the middle of something.
const CLOSED: usize = 500;

pub(super) async fn sessions(case: Case) -> Verdict {
    let (world, mut rng) = (World::create(&case).await?, case.rng());
    let sessions = world.sessions()?;
    let mut all = sessions.iter().copied().cycle();
    for _ in 0..CHANNELS / AT_ONCE {
        let mut open = Vec::new();
        for session in all.by_ref().take(AT_ONCE) {
            let mut visit = world.visit(session)?;
            // Some peers do not speak it, and it is dropped without having started.
            if rng.random_ratio(3, 4) {
                visit.start();
                if let Some(why) = world.watch.unstarted() {
                    return failed(why);
                }
            }
            open.push(visit);
            linger(&mut rng, 3).await;
        }
        for mut visit in open {
            leave(&mut visit, &mut rng);
            visit.end().await?;
        }
        world.sound(|| "channels came and went".to_owned())?;
    }
    world.end().await
}

pub(super) async fn close(case: Case) -> Verdict {
    let (world, mut rng) = (World::create(&case).await?, case.rng());
    let sessions = world.sessions()?;
    let mut messages = Vec::new();
    for speech in world.speeches().unwrap_or_default() {
        for payload in taken(&world, &speech, TAKEN, &mut rng).await? {
            messages.push((speech.command.clone(), payload));
        }
    }
    for session in sessions.into_iter().cycle().take(CLOSED) {
        let mut visit = world.start(session)?;
        let mut calls = call(&world, &mut rng);
        for _ in 0..rng.random_range(0..8) {
            let Some((command, payload)) = messages.get(rng.random_range(0..messages.len().max(1))) else {
                break;
            };
            visit.say(command, payload).await?;
            linger(&mut rng, 2).await;
        }
        linger(&mut rng, 20).await;
        leave(&mut visit, &mut rng);
        visit.end().await?;
        within(PATIENCE, "an RPC method does not answer after a channel closed", async {
            while calls.join_next().await.is_some() {}
        })
        .await?;
        world.sound(|| "a channel was closed".to_owned())?;
    }
    world.end().await
}

/// Asks some of its RPC methods.
pub(super) fn call(world: &World, rng: &mut StdRng) -> JoinSet<()> {
    let mut calls = JoinSet::new();
    let methods = world.trial.methods().len();
    for index in (0..methods).filter(|_| rng.random()).collect::<Vec<_>>() {
        let answer = world.trial.rpc(index, generate::params(rng));
        calls.spawn(async move {
            // Any answer is one.
            let _ = answer.await;
        });
    }
    calls
}

/// Ends a channel from one of its sides.
fn leave(visit: &mut Visit, rng: &mut StdRng) {
    match rng.random_range(0..3) {
        0 => visit.hang_up(),
        1 => visit.channel.close(CloseReason::Done),
        _ => visit.channel.close(CloseReason::TooSlow),
    }
}

/// Lets others run for some turns.
async fn linger(rng: &mut StdRng, most: u32) {
    for _ in 0..rng.random_range(0..=most) {
        yield_now().await;
    }
}
