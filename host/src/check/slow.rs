//! The check with a host that is full, and delays what is sent.

use super::case::Case;
use super::messages::taken;
use super::outcome::Verdict;
use super::patience::{PATIENCE, within};
use super::storm::call;
use super::visit::Line;
use super::world::{World, unmetered};
use backplane_plugin::abi::Manifest;
use rand::rngs::StdRng;

/// How many messages of each type. More that are metered would be held against the peer.
const MESSAGES: usize = 20;

pub(super) async fn slow(case: Case) -> Verdict {
    let mut rng = case.rng();
    through(&case, World::with(&case, Line::slow(), unmetered).await?, &mut rng).await?;
    through(&case, World::with(&case, Line::slow(), meter).await?, &mut rng).await
}

/// Every message is metered, and costs a millisecond from the second one on.
fn meter(manifest: &mut Manifest) {
    for message in manifest.protocols.iter_mut().flat_map(|protocol| protocol.messages.iter_mut()) {
        (message.score, message.threshold) = (1, 1);
        (message.sleep_step_ms, message.expiry_ms) = (1, 1000);
    }
}

/// Gives the plug-in in a slow world messages that it takes, as fast as they go.
async fn through(case: &Case, slow: World, rng: &mut StdRng) -> Verdict {
    let usual = World::create(case).await?;
    for speech in slow.speeches()? {
        let payloads = taken(&usual, &speech, MESSAGES, rng).await?;
        let mut visit = slow.start(speech.session)?;
        let mut calls = call(&slow, rng);
        for payload in payloads {
            visit.say(&speech.command, &payload).await?;
        }
        let all = async { while calls.join_next().await.is_some() {} };
        within(PATIENCE, "an RPC method does not answer while the host is slow", all).await?;
        visit.received().await?;
        visit.end().await?;
        slow.sound(|| format!("{} on a slow host", speech.command))?;
    }
    usual.end().await?;
    slow.end().await
}
