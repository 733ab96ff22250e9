//! The scout: now and then one outbound channel beyond the slots, to where no channel leads yet.
//!
//! Slots that are full look for nobody. Two halves of a network that was divided would go on without each other, and so would
//! a node whose peers all belong together. What the scout meets takes the slot of the outbound channel that would be missed
//! least, which is most often the youngest: so one slot wanders, and the peers of the others stay.

use super::context::SessionContext;
use super::dial::dial;
use super::slot::{Occupant, SlotState};
use crate::address::{Address, Group};
use crate::channel::{Channel, CloseReason};
use crate::clock;
use crate::protocol::standard;
use crate::random;
use backplane_plugin::SessionKind;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How long a channel has to last before it gets a slot.
const PROBATION: Duration = Duration::from_secs(30);

/// Works until the node stops.
pub(super) async fn run(context: &Arc<SessionContext>) {
    while context.pause(random::around(context.settings.now().network.scout_interval)).await {
        look_around(context).await;
        context.slots.set_scout(SlotState::Sleeping);
    }
}

/// Opens one channel, and gives it a slot if it is worth one.
async fn look_around(context: &Arc<SessionContext>) {
    let outbound = context.slots.channels();
    // A slot that is empty looks for somebody itself.
    if outbound.is_empty() || outbound.contains(&0) {
        return;
    }
    let groups = groups(context);
    let busy = |address: &Address| groups.contains(&Group::of(address)) || context.is_connected(address);
    let candidate = context.hosts.candidate(outbound.len(), &busy, clock::now(), &mut random::rng());
    let Some(candidate) = candidate else { return };
    context.slots.set_scout(SlotState::Connecting(candidate.address().clone()));
    match dial(context, candidate.address(), SessionKind::Outbound).await {
        Ok(live) => {
            let connected = candidate.connected(clock::unix_seconds());
            let newcomer = {
                let channel = Arc::clone(live.channel());
                Occupant::new(&channel, live.ended(), connected)
            };
            context.slots.set_scout(newcomer.state());
            settle(context, newcomer).await;
        }
        // A node that stops ended the dial itself.
        Err(_) if context.stop.is_cancelled() => {}
        Err(error) => {
            tracing::debug!(address = %candidate.address(), %error, "the scout meets nobody");
            candidate.failed(clock::now());
        }
    }
}

/// The groups that channels lead to. Under localnet each address is its own.
fn groups(context: &SessionContext) -> BTreeSet<Group> {
    if context.settings.now().network.localnet {
        return BTreeSet::new();
    }
    context.channels.all().iter().map(|channel| Group::of(channel.address())).collect()
}

/// Waits until a newcomer has lasted, and gives it a slot or closes it.
async fn settle(context: &SessionContext, mut newcomer: Box<Occupant>) {
    if timeout(PROBATION, newcomer.ended()).await.is_ok() {
        return;
    }
    let channel = Arc::clone(newcomer.channel());
    let outbound = context.slots.channels();
    let others: Vec<_> = outbound.iter().filter_map(|id| context.channels.find(*id)).collect();
    let facts = |channel: &Arc<Channel>| Facts::of(channel, clock::unix_seconds());
    let leaver = choose(others.iter().map(facts).collect(), &facts(&channel));
    let leaver = others.iter().find(|other| Some(other.id()) == leaver);
    let left = match leaver {
        Some(leaver) => {
            context.slots.hand_over(leaver.id(), newcomer).map(|()| leaver.close(CloseReason::Exchanged))
        }
        None => Err(newcomer),
    };
    if let Err(mut newcomer) = left {
        channel.close(CloseReason::Done);
        newcomer.ended().await;
    }
}

/// What is known of an outbound channel.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Facts {
    id: u32,
    /// The group of its address.
    group: Group,
    /// How long it has lived, in seconds.
    age: u64,
    /// Whether a plug-in's protocol runs on it.
    is_shared: bool,
}

impl Facts {
    fn of(channel: &Channel, now: u64) -> Self {
        let open = channel.messages().open_protocols();
        Self {
            id: channel.id(),
            group: Group::of(channel.address()),
            age: now.saturating_sub(channel.since()),
            is_shared: open.iter().any(|protocol| !standard::has(protocol)),
        }
    }
}

/// The outbound channel whose slot a newcomer gets; none, when it is not worth one. A channel on which a plug-in's protocol runs
/// leaves only for another such one, and after all others; then one leaves whose group has another one; of those the youngest.
/// The oldest stays, so that a node with few slots does not go from stranger to stranger.
fn choose(mut channels: Vec<Facts>, newcomer: &Facts) -> Option<u32> {
    let has_another =
        |facts: &Facts| channels.iter().any(|other| other.id != facts.id && other.group == facts.group);
    let doubled: BTreeSet<_> =
        channels.iter().filter(|facts| has_another(facts)).map(|facts| facts.id).collect();
    let oldest = channels.iter().max_by_key(|facts| (facts.is_shared, facts.age, Reverse(facts.id)))?.id;
    let is_worse = |facts: &Facts| newcomer.is_shared && !facts.is_shared;
    let is_equal = |facts: &Facts| newcomer.is_shared == facts.is_shared && facts.id != oldest;
    channels.retain(|facts| is_worse(facts) || is_equal(facts));
    let rank = |facts: &Facts| (facts.is_shared, !doubled.contains(&facts.id), facts.age, Reverse(facts.id));
    channels.iter().min_by_key(|facts| rank(facts)).map(|facts| facts.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(id: u32, group: u8, age: u64, is_shared: bool) -> Facts {
        Facts { id, group: Group::V4([10, group]), age, is_shared }
    }

    #[test]
    fn the_youngest_of_equals_leaves() {
        let channels = vec![facts(1, 1, 300, true), facts(2, 2, 100, true), facts(3, 3, 200, true)];
        assert_eq!(choose(channels, &facts(9, 9, 30, true)), Some(2));
    }

    #[test]
    fn one_whose_group_has_another_leaves_before_a_younger_one() {
        let channels = vec![facts(1, 1, 300, true), facts(2, 2, 100, true), facts(3, 1, 200, true)];
        assert_eq!(choose(channels, &facts(9, 9, 30, true)), Some(3));
    }

    #[test]
    fn one_that_shares_nothing_leaves_first_and_takes_nothing_from_those_that_do() {
        let mut channels = vec![facts(1, 1, 300, false), facts(2, 2, 100, true), facts(3, 2, 200, true)];
        for is_shared in [true, false] {
            assert_eq!(choose(channels.clone(), &facts(9, 9, 30, is_shared)), Some(1));
        }
        channels.remove(0);
        assert_eq!(choose(channels, &facts(9, 9, 30, false)), None);
    }

    #[test]
    fn the_oldest_stays_but_for_one_that_shares_more() {
        for (group, is_shared) in [(1, true), (9, true), (9, false)] {
            let only = vec![facts(1, 1, 300, is_shared)];
            assert_eq!(choose(only, &facts(9, group, 30, is_shared)), None, "{group} {is_shared}");
        }
        assert_eq!(choose(vec![facts(1, 1, 300, false)], &facts(9, 9, 30, true)), Some(1));
        let alike = vec![facts(1, 1, 300, false), facts(2, 1, 100, false)];
        assert_eq!(choose(alike, &facts(9, 9, 30, false)), Some(2));
        assert_eq!(choose(Vec::new(), &facts(9, 9, 30, true)), None);
    }
}
