//! Checks that give a plug-in payloads of every message type.

use super::case::Case;
use super::generate;
use super::outcome::{Stop, Verdict, failed};
use super::patience::{PATIENCE, within};
use super::world::{Speech, World};
use crate::channel::CloseReason;
use rand::rngs::StdRng;

/// The largest payload that is tried, in bytes.
const MOST_BYTES: usize = 64 * 1024 * 1024;
/// How many random payloads of each type.
const RANDOM: usize = 300;

pub(super) async fn empty(case: Case) -> Verdict {
    feed(case, |_, _| vec![Vec::new()]).await
}

pub(super) async fn maximal(case: Case) -> Verdict {
    feed(case, |speech, rng| generate::of_size(speech.max_bytes.min(MOST_BYTES), rng)).await
}

pub(super) async fn random(case: Case) -> Verdict {
    let fits = |speech: &Speech, payload: &Vec<u8>| payload.len() <= speech.max_bytes;
    feed(case, |speech, rng| {
        let payloads = (0..RANDOM).map(|_| generate::payload(rng));
        payloads.filter(|payload| fits(speech, payload)).collect()
    })
    .await
}

/// Gives every message type its payloads, each on a channel of its own: one that is refused ends its channel.
async fn feed(case: Case, payloads: impl Fn(&Speech, &mut StdRng) -> Vec<Vec<u8>>) -> Verdict {
    let (world, mut rng) = (World::create(&case).await?, case.rng());
    for speech in world.speeches()? {
        for payload in payloads(&speech, &mut rng) {
            say(&world, &speech, &payload).await?;
        }
    }
    world.end().await
}

async fn say(world: &World, speech: &Speech, payload: &[u8]) -> Verdict {
    world.begin(describe(speech, payload));
    let mut visit = world.start(speech.session)?;
    let mut received = Ok(());
    // Once more: a job that does not come back from the first one does not receive the second.
    for _ in 0..2 {
        visit.say(&speech.command, payload).await?;
        received = visit.received().await;
        if received.is_err() {
            break;
        }
    }
    let ended = visit.end().await;
    // A panic is the cause of whatever else went wrong.
    world.sound(|| describe(speech, payload))?;
    match received.and(ended) {
        Err(Stop::Failed(what)) => failed(format!("{}: {what}", describe(speech, payload))),
        verdict => verdict,
    }
}

/// Some payloads that do not end their channel.
pub(super) async fn taken(
    world: &World,
    speech: &Speech,
    count: usize,
    rng: &mut StdRng,
) -> Result<Vec<Vec<u8>>, Stop> {
    let mut taken = Vec::new();
    for _ in 0..4 * count {
        let mut payload = generate::payload(rng);
        payload.truncate(speech.max_bytes);
        let mut visit = world.start(speech.session)?;
        visit.say(&speech.command, &payload).await?;
        visit.received().await?;
        if visit.is_open().await {
            taken.push(payload);
        }
        visit.end().await?;
        if taken.len() == count {
            break;
        }
    }
    Ok(taken)
}

fn describe(speech: &Speech, payload: &[u8]) -> String {
    let start: String = payload.iter().take(32).map(|byte| format!("{byte:02x}")).collect();
    let more = if payload.len() > 32 { ".." } else { "" };
    format!("{} of {} bytes ({start}{more})", speech.command, payload.len())
}

pub(super) async fn oversize(case: Case) -> Verdict {
    let world = World::create(&case).await?;
    for speech in world.speeches()? {
        let mut visit = world.start(speech.session)?;
        visit.claim(&speech.command, speech.max_bytes.saturating_add(1)).await?;
        let what = format!("{}: a larger payload than it may have does not end the channel", speech.command);
        let reason = within(PATIENCE, what, visit.channel.ended()).await?.clone();
        visit.end().await?;
        world.sound(|| format!("{} that is too large", speech.command))?;
        if !matches!(reason, CloseReason::TooLarge { .. }) {
            return failed(format!(
                "{} that is too large ended its channel otherwise: {reason}",
                speech.command
            ));
        }
    }
    world.end().await
}
